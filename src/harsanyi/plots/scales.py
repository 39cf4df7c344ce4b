"""One scale for panels side by side, enlarged where the bars of a panel are much smaller than the others'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from harsanyi.plots.timeline import TICK_SIZE

_ENLARGED = 10.0  # from how many times smaller bars on
_ROOM = 1.12  # times the highest bar


def share_scale(
    row: Sequence[Axes], low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], room: float = _ROOM
) -> list[int]:
    """Give panels one scale, or a multiple of it where their bars are small, with numbers where it changes.

    Args:
        row: the panels, from left to right.
        low: lowest drawn value of each panel, <= 0, (panels,).
        high: highest, >= 0.
        room: times the outermost values, to the ends of the scale.

    Returns:
        How many times the scale of each panel is enlarged.
    """
    times = enlargements(low, high)
    bottom, top = room * low.min(), room * high.max()
    if bottom == top:
        bottom, top = -1.0, 1.0
    previous = 0
    for ax, enlarged in zip(row, times, strict=True):
        ax.set_ylim(bottom / enlarged, top / enlarged)
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.tick_params(labelsize=TICK_SIZE, labelleft=enlarged != previous)
        previous = enlarged
    return times


def times_text(enlarged: int) -> str:
    """How a title says so.

    Example:
        >>> times_text(1000), times_text(1)
        (' (×1,000)', '')
    """
    return f" (×{enlarged:,})" if enlarged > 1 else ""


def scales_text(panels: Iterable[Axes]) -> str:
    """What the title of the figure says where one of the panels does."""
    return "; ×k: enlarged k times" if any("×" in ax.get_title() for ax in panels) else ""


def enlargements(low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> list[int]:
    """How many times the scale of each panel is enlarged: 1, or the round number that its bars leave room for.

    Args:
        low: lowest drawn value of each panel, <= 0, (panels,).
        high: highest, >= 0.

    Example:
        >>> enlargements(np.array([-0.1, -2.0]), np.array([0.3, 20.0]))
        [20, 1]
    """
    ratios = [
        min((ends.max() / end for ends, end in ((-low, -below), (high, above)) if end > 0), default=1.0)
        for below, above in zip(low, high, strict=True)
    ]
    return [_round_below(ratio) if ratio > _ENLARGED else 1 for ratio in ratios]


def _round_below(ratio: float) -> int:
    """The largest of 1, 2, 5, 10, 20, … that is no larger."""
    decade = 10 ** int(np.floor(np.log10(ratio)))
    return int(max(lead for lead in (1, 2, 5) if lead * decade <= ratio) * decade)
