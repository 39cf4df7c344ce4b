"""Values by order with the interval of each as a thin line."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.plots.bands import interval_text

WHISKER = 0.8  # points


def draw_whiskers(ax: Axes, places: npt.NDArray[np.float64], low: npt.ArrayLike, high: npt.ArrayLike,
                  colour: str = "black") -> None:  # fmt: skip
    """Draw vertical lines from low to high, (m,) each, where these are numbers and differ."""
    low, high = np.asarray(low), np.asarray(high)
    wide = low < high  # neither NaN nor a point
    ax.vlines(places[wide], low[wide], high[wide], color=colour, linewidth=WHISKER, zorder=4)


def draw_curve(ax: Axes, places: npt.NDArray[np.float64], estimate: Estimate, colour: str, marker: str,
               line: str = "solid", *, filled: bool = True, label: str = "") -> Line2D:  # fmt: skip
    """Draw values and their intervals, joined where neighbours are known.

    Args:
        ax: where.
        places: along the horizontal axis, (m,).
        estimate: (m,); NaN is left out.
        colour: of all of it.
        marker: of the values.
        line: style of the line.
        filled: whether the marks are.
        label: for a legend.

    Returns:
        The line, without its intervals.
    """
    draw_whiskers(ax, places, estimate.low, estimate.high, colour)
    style: dict[str, Any] = {} if filled else {"markerfacecolor": "white"}
    (drawn,) = ax.plot(
        places, estimate.value, color=colour, marker=marker, markersize=5, linestyle=line, linewidth=1.4,
        zorder=5, label=label or None, **style,
    )  # fmt: skip
    return drawn


def whisker_handle(level: float) -> dict[str, Artist]:
    """The line of an interval by what it is, for a legend."""
    return {interval_text(level): Line2D([], [], color="black", linewidth=WHISKER)}
