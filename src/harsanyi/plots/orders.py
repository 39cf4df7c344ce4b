"""How much of the effects is of which order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from harsanyi.core.salience import SalienceRule
from harsanyi.plots.source import Source, caption, rows
from harsanyi.plots.style import NEGATIVE, POSITIVE, axes_or_new, finish


def strength_by_order(
    interactions: Source, rule: SalienceRule | str | None = "score_range", ax: Axes | None = None
) -> Axes:
    """Positive effects summed by order, drawn upwards, and negative effects, drawn downwards.

    Args:
        interactions: of several samples, whose mean is drawn, or of one.
        rule: which effects count, as for `Interactions.salient`; nothing counts every effect.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: order (players in the interaction) against strength, in the unit of the score.

    Raises:
        ArgumentError: an unknown rule; no samples.

    Source: J_pos and J_neg of 2405.10262, figures 3 and 6.
    """
    parent, drawn = rows(interactions)
    positive, negative = parent.strength_by_order(rule)[drawn].mean(0)
    ax = axes_or_new(ax)
    strength_bars(ax, positive, negative)
    ax.margins(y=0.2)  # room for the legend
    if not (positive.any() or negative.any()):
        ax.set_ylim(-1, 1)
    ax.set_xlabel("order (players in the interaction)")
    ax.set_ylabel("sum of effects (unit of the score)")
    ax.legend(frameon=False, fontsize="small", loc="upper right", ncols=2)
    counted = "every effect" if rule is None else "salient effects"
    samples = caption(interactions)
    return finish(ax, "Strength by order", f"{counted}, {'mean of ' * samples.endswith('s')}{samples}")


def strength_bars(ax: Axes, positive: npt.NDArray[np.float64], negative: npt.NDArray[np.float64]) -> None:
    """Bars of orders 1 to n: positive strength (n,) drawn upwards, negative strength (n,), <= 0, drawn downwards."""
    order = np.arange(1, len(positive) + 1)
    ax.bar(order, positive, color=POSITIVE, edgecolor=POSITIVE, label="positive")
    ax.bar(order, negative, color="white", edgecolor=NEGATIVE, hatch="...", label="negative")
    ax.axhline(0, color="black", linewidth=0.8)
    order_axis(ax, len(positive))


def order_axis(ax: Axes, n: int, most: int = 12) -> None:
    """Make orders 1 to n the horizontal axis, with about `most` numbers at most."""
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=most))
    ax.set_xlim(0.4, n + 0.6)
