"""How alike training and test samples of a class are, order by order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from harsanyi.analysis.class_similarity import ClassSimilarity
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.orders import order_axis
from harsanyi.plots.style import NEUTRAL, POSITIVE, REFERENCE, axes_or_new, finish, in_lines, number
from harsanyi.plots.whiskers import draw_curve, whisker_handle

_APART = 0.12  # orders, between curves


@dataclass(frozen=True)
class ClassSimilarityPlots:
    """Pictures of classes."""

    _found: ClassSimilarity

    def similarity_by_order(self, ax: Axes | None = None) -> Axes:
        """Similarity against the order, see `harsanyi.plots.similarity_by_order`."""
        return similarity_by_order(self._found, ax)


def similarity_by_order(found: ClassSimilarity, ax: Axes | None = None) -> Axes:
    """Similarity of the mean interactions of training and of test samples of a class, against the order.

    Args:
        found: of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled circles, the similarity; dashed with triangles upright, the ceiling that sampling leaves;
        dotted with triangles upside down, the floor of different classes; thin lines, their intervals. Orders without
        effects have no marks.

    Source: 2405.10262, its comparison of training and test samples; see `harsanyi.analysis.ClassSimilarity`.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    order = np.arange(1, found.n + 1, dtype=np.float64)
    shift = _APART * min(1.0, found.n / 10)
    handles: dict[str, Artist] = {
        "same class": draw_curve(ax, order, found.similarity, POSITIVE, "o"),
        "ceiling: parted at random": draw_curve(ax, order - shift, found.ceiling, REFERENCE, "^", "dashed"),
        "floor: different classes": draw_curve(ax, order + shift, found.floor, NEUTRAL, "v", "dotted"),
    }
    if not np.isnan(found.similarity.low).all():
        handles |= whisker_handle(found.bootstrap.level)
    order_axis(ax, found.n)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel("order (players in the interaction)")
    ax.set_ylabel("similarity")
    add_legend_below(ax, handles)
    return finish(ax, "Train and test samples of a class", in_lines(ax, _subtitle(found)))


def _subtitle(found: ClassSimilarity) -> str:
    train, test = found.counts.sum(0)
    trend = float(found.trend.value)
    told = "" if np.isnan(trend) else f"; rank correlation {number(trend, '+.2f')}"
    return f"{len(found.classes)} classes, {train} training and {test} test samples{told}"
