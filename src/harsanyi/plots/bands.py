"""Values over checkpoints with their intervals."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.plots.timeline import Timeline


def draw_band(ax: Axes, timeline: Timeline, estimate: Estimate, colour: str, marker: str) -> None:
    """Draw values over checkpoints as a marked line and their intervals as a band, where there are some.

    Args:
        ax: where.
        timeline: places of the checkpoints.
        estimate: (checkpoints,); NaN is left out.
        colour: of line and band.
        marker: of the values.
    """
    ax.fill_between(timeline.places, estimate.low, estimate.high, color=colour, alpha=0.2, linewidth=0, zorder=2)
    ax.plot(timeline.places, estimate.value, color=colour, marker=marker, markersize=4, linewidth=1.5, zorder=3)


def leave_room(ax: Axes, estimate: Estimate, fallback: tuple[float, float], above: float = 0.06) -> None:
    """Set the vertical limits to what is drawn, with room above it.

    Args:
        ax: whose.
        estimate: what is drawn.
        fallback: limits where nothing is.
        above: share of the height of what is drawn.
    """
    drawn = np.concatenate((estimate.value, estimate.low, estimate.high))
    drawn = drawn[np.isfinite(drawn)]
    low, high = (float(drawn.min()), float(drawn.max())) if len(drawn) else fallback
    span = (high - low) or max(abs(high), 1.0) / 10
    ax.set_ylim(low - 0.06 * span, high + above * span)


def samples_text(counts: list[int], before: str = "") -> str:
    """How many samples there are, of one network or of several.

    Example:
        >>> samples_text([16], "mean of "), samples_text([3, 6]), samples_text([1], "mean of ")
        ('mean of 16 samples', '3 or 6 samples', 'one sample')
    """
    return "one sample" if counts == [1] else f"{before}{' or '.join(map(str, counts))} samples"


def interval_text(level: float) -> str:
    """What the band or line around a value is.

    Example:
        >>> interval_text(0.95)
        '95 % interval'
    """
    return f"{100 * level:g} % interval"
