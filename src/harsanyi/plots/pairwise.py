"""How strongly pairs of players interact, against how many other players are present."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.pairwise import PairwiseOrders
from harsanyi.plots.bands import interval_text, samples_text
from harsanyi.plots.style import POSITIVE, REFERENCE, axes_or_new, finish


@dataclass(frozen=True)
class PairwisePlots:
    """Pictures of the pairwise interactions of some samples."""

    _orders: PairwiseOrders

    def pairwise_strength(self, normalised: bool = True, ax: Axes | None = None) -> Axes:
        """Strength against the size of the context, see `harsanyi.plots.pairwise_strength`."""
        return pairwise_strength(self._orders, normalised, ax)


def pairwise_strength(orders: PairwiseOrders, normalised: bool = True, ax: Axes | None = None) -> Axes:
    """Strength of the interactions of pairs, J^(m), against m / (n - 2), the share of the others that are present.

    Args:
        orders: the interactions.
        normalised: over the mean of all sizes drawn (True), or in the unit of the score (False).
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes. Error bars are bootstrap intervals over samples. Dashed: the strength that drawing contexts makes
        alone, where no pair interacts. Open marks: the cautious strength, where it differs.

    Source: 2111.06236, figure 3. The axis is not that of the order of AND and OR interactions: it counts the context.
    """
    ax = axes_or_new(ax)
    scale = float(orders.strength.value.mean()) or 1.0
    scale = scale if normalised else 1.0
    _draw(ax, orders, orders.normalised if normalised else orders.strength)
    if not orders.exact.all():
        ax.plot(orders.shares, orders.cautious_strength.value / scale, linestyle="", marker="o", markersize=5,
                markerfacecolor="white", markeredgecolor=POSITIVE, zorder=2, label="cautious strength")  # fmt: skip
        ax.plot(orders.shares, orders.noise / scale, color=REFERENCE, linestyle="--", linewidth=1.2,
                label="noise of drawing alone")  # fmt: skip
    ax.set_ylim(bottom=min(0.0, float(orders.cautious_strength.value.min()) / scale))
    ax.margins(y=0.2)
    ax.set_xlim(-0.03, 1.03)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel(f"players in the context (of the {orders.n - 2} beside the pair)")
    ax.set_ylabel("strength / its mean" if normalised else "strength (unit of the score)")
    ax.legend(frameon=False, fontsize="small")
    return finish(ax, "Interactions of pairs by their context", _subtitle(orders))


def _draw(ax: Axes, orders: PairwiseOrders, estimate: Estimate) -> None:
    known = ~np.isnan(estimate.low)
    ends = np.stack((estimate.value - estimate.low, estimate.high - estimate.value)).clip(min=0)
    ax.errorbar(
        orders.shares, estimate.value, np.where(known, ends, 0.0), color=POSITIVE, marker="o", markersize=5,
        capsize=3, linewidth=1.5, zorder=3, label="strength of the pairs",
    )  # fmt: skip


def _subtitle(orders: PairwiseOrders) -> str:
    samples, _, pairs = orders.interactions.shape
    bars = f"; bars: {interval_text(orders.bootstrap.level)}s" if samples > 1 else ""
    return f"{samples_text([samples], 'mean of ')}, {pairs} pair{'s' * (pairs != 1)} each{bars}"
