"""What generalizes to other networks, and what does not, by order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from harsanyi.analysis.generalization import Generalization
from harsanyi.plots.bands import samples_text
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.orders import order_axis
from harsanyi.plots.parts import name_sides, named_limits, part_bars, part_ends, sign_handles, unsigned
from harsanyi.plots.references import looks_of, reference_text
from harsanyi.plots.style import (
    AND_COLOUR,
    axes_or_new,
    finish,
    in_lines,
    number,
)
from harsanyi.plots.whiskers import draw_curve, whisker_handle

_APART = 0.12  # orders, between curves


@dataclass(frozen=True)
class GeneralizationPlots:
    """Pictures of what generalizes."""

    _found: Generalization

    def generalization_rate(self, ax: Axes | None = None) -> Axes:
        """Share of the interactions of each order, see `harsanyi.plots.generalization_rate`."""
        return generalization_rate(self._found, ax)

    def generalization_bars(self, ax: Axes | None = None) -> Axes:
        """Strength by order, see `harsanyi.plots.generalization_bars`."""
        return generalization_bars(self._found, ax)


def generalization_rate(found: Generalization, ax: Axes | None = None) -> Axes:
    """Share of the salient interactions of each order that other networks encode too.

    Args:
        found: of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled circles, the share; dashed, the ceilings; dotted, the floors; thin lines, intervals. Orders
        without salient interactions have no mark.

    Source: 2505.06993 for what generalizes; the share by order is our definition.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    order = np.arange(1, found.n + 1, dtype=np.float64)
    handles: dict[str, Artist] = {"this network": draw_curve(ax, order, found.rate, AND_COLOUR, "o")}
    for at, (reference, look) in enumerate(looks_of(found.references)):
        shift = _APART * (1 + at // 2) * (-1) ** at * min(1.0, found.n / 10)
        drawn = draw_curve(ax, order + shift, reference.rate, look.colour, look.marker, look.line)
        handles[reference_text(reference)] = drawn
    if len(found.strength) > 1:
        handles |= whisker_handle(found.bootstrap.level)
    order_axis(ax, found.n)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel("order (players in the interaction)")
    ax.set_ylabel("share that generalizes")
    add_legend_below(ax, handles)
    return _finished(ax, "Salient interactions that generalize", found)


def generalization_bars(found: Generalization, ax: Axes | None = None) -> Axes:
    """Strength by order: of interactions that generalize upwards, of the others downwards.

    Args:
        found: of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled, the sum of positive salient effects; dotted, farther from 0, the sum of |negative| ones; both
        the mean over the samples. Thin lines: the interval of the part that ends there.

    Source: the two parts of J^(k) of 2505.06993.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    part_bars(ax, found.positive, found.negative)
    low, high = part_ends(found.positive, found.negative)
    named_limits(ax, float(low), float(high))
    unsigned(ax)
    order_axis(ax, found.n)
    ax.set_xlabel("order (players in the interaction)")
    ax.set_ylabel("strength (unit of the score)")
    name_sides(ax)
    handles = sign_handles()
    if len(found.strength) > 1:
        handles |= whisker_handle(found.bootstrap.level)
    add_legend_below(ax, handles)
    return _finished(ax, "Strength that generalizes and that does not", found)


def _finished(ax: Axes, title: str, found: Generalization) -> Axes:
    """Title and subtitle, in lines that fit."""
    power, samples = found.power, samples_text([len(found.strength)])
    low, high = (number(float(end), ".2f") for end in (power.low, power.high))
    ends = "" if np.isnan(power.low) else f" ({low} to {high})"
    share = f"H, the share of the strength, is {number(float(power.value), '.2f')}{ends}"
    return finish(ax, in_lines(ax, title), in_lines(ax, f"{share}; {samples}"))
