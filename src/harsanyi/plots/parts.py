"""Strength by order in two parts: what generalizes upwards, what does not downwards."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.plots.style import NEGATIVE, POSITIVE, figure_of, number
from harsanyi.plots.timeline import TICK_SIZE
from harsanyi.plots.whiskers import draw_whiskers

_SIDE = 0.17  # orders, of the lines of intervals from the middle of a bar
_LEAST = 1 / 3  # of the other side's height
_NAME_HIGH = 14.0  # points
_DIRECTIONS = (1.0, -1.0)


def part_bars(ax: Axes, positive: Estimate, negative: Estimate) -> None:
    """Draw bars of orders 1 to n: positive effects from 0 on, the size of negative ones beyond them.

    Args:
        ax: where.
        positive: sums of positive effects, (2, n): of those that generalize, and of the others.
        negative: likewise, <= 0.
    """
    order = np.arange(1, positive.value.shape[1] + 1, dtype=np.float64)
    for which, direction in enumerate(_DIRECTIONS):
        inner, outer = positive.value[which], -negative.value[which]
        ax.bar(order, direction * inner, color=POSITIVE, edgecolor=POSITIVE)
        ax.bar(
            order, direction * outer, bottom=direction * inner, color="white", edgecolor=NEGATIVE, hatch="..."
        )  # fmt: skip
        for side, ends in ((-_SIDE, (positive.low, positive.high)), (_SIDE, _beyond(positive, negative))):
            low, high = sorted_ends(direction * ends[0][which], direction * ends[1][which])
            draw_whiskers(ax, order + side, low, high)
    ax.axhline(0, color="black", linewidth=0.8)


def part_ends(positive: Estimate, negative: Estimate) -> tuple[Floats, Floats]:
    """Lowest, <= 0, and highest value, >= 0, that `part_bars` draws of estimates (..., 2, n), each (...)."""
    _, high = _beyond(positive, negative)
    drawn = np.fmax(np.fmax(positive.value - negative.value, high), positive.high)
    up, down = (np.nanmax(drawn[..., which, :], -1) for which in range(2))
    return np.asarray(-down), np.asarray(up)


def balanced(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Ends, <= 0 and >= 0, each moved out to a third of the other at least, so that its name has room."""
    return np.minimum(low, -high * _LEAST), np.maximum(high, -low * _LEAST)


def named_limits(ax: Axes, low: float, high: float) -> None:
    """Set the vertical limits to what is drawn, with room for the names of the two sides above and below it."""
    low, high = map(float, balanced(np.asarray(low), np.asarray(high)))
    low, high = (low, high) if low < high else (-1.0, 1.0)
    taken = min(_NAME_HIGH / (72 * ax.bbox.height / figure_of(ax).dpi), 0.25)  # share of the height, of each name
    room = taken / (1 - 2 * taken) * (high - low)
    ax.set_ylim(low - room, high + room)


def _beyond(positive: Estimate, negative: Estimate) -> tuple[Floats, Floats]:
    """Interval of the size of negative effects, drawn beyond the positive ones."""
    return positive.value - negative.high, positive.value - negative.low


def sorted_ends(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The lower and the higher of each two ends."""
    return np.minimum(one, other), np.maximum(one, other)


def unsigned(ax: Axes, numbers: int = 7) -> None:
    """Write sizes along the vertical axis, about so many, where direction says which part it is."""
    ax.yaxis.set_major_locator(MaxNLocator(numbers))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(abs(value), "g")))


def name_sides(ax: Axes, up: str = "generalize", down: str = "do not") -> None:
    """Write in the right corners of axes what is drawn upwards and what downwards."""
    for text, height, align in ((f"{up} ↑", 0.98, "top"), (f"{down} ↓", 0.02, "bottom")):
        ax.annotate(text, (0.99, height), xycoords="axes fraction", ha="right", va=align, fontsize=TICK_SIZE)


def sign_handles() -> dict[str, Artist]:
    """What the two parts of a bar are, for a legend."""
    return {
        "positive effects": Patch(facecolor=POSITIVE, edgecolor=POSITIVE),
        "|negative effects|": Patch(facecolor="white", edgecolor=NEGATIVE, hatch="....."),
    }
