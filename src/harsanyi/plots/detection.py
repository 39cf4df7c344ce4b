"""How well scores find samples, as ROC curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harsanyi.analysis.detection import Detection
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.style import (
    AND_COLOUR,
    NAME_LENGTH,
    NEGATIVE,
    NEUTRAL,
    ONSET,
    OR_COLOUR,
    POSITIVE,
    REFERENCE,
    axes_or_new,
    finish,
    in_lines,
    number,
    shortened,
)

_COLOURS = (POSITIVE, NEGATIVE, REFERENCE, OR_COLOUR, ONSET, AND_COLOUR)
_LINES: tuple[Any, ...] = (
    "solid",
    "dashed",
    "dashdot",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (1, 1)),
)  # never as often as colours
_MARKS = "os^vDXP"
_SHOWN = 8  # marks along a curve, about


@dataclass(frozen=True)
class DetectionPlots:
    """Pictures of how well scores find samples."""

    _found: Detection

    def detection_curves(self, ax: Axes | None = None) -> Axes:
        """ROC curves, see `harsanyi.plots.detection_curves`."""
        return detection_curves(self._found, ax)


def detection_curves(found: Detection, ax: Axes | None = None) -> Axes:
    """ROC curves of all scores, with the area under each.

    Args:
        found: scores of the same samples.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: share of the positive samples that is found against the share of the others that is found too; the
        curves differ by colour, line and marks; dotted and grey, chance.
    """
    ax = axes_or_new(ax, 5.0, 5.4)
    handles: dict[str, Artist] = {}
    for at, name in enumerate(found.names):
        curve = found.curve(name)
        look: dict[str, Any] = {"color": _COLOURS[at % len(_COLOURS)], "linestyle": _LINES[at % len(_LINES)],
                                "marker": _MARKS[at % len(_MARKS)], "linewidth": 1.5, "markersize": 4}  # fmt: skip
        ax.plot(curve["false_positive_rate"], curve["true_positive_rate"], **look,
                markevery=(at / (_SHOWN * len(found.names)), 1 / _SHOWN))  # fmt: skip
        handles[_text(found, at)] = Line2D([], [], **look)
    (handles["by chance"],) = ax.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="dotted", linewidth=1.2)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="share of the other samples that is found too",
           ylabel="share of the positive samples that is found")  # fmt: skip
    add_legend_below(ax, handles)
    positives, others = found.counts
    counts = f"{positives} positive, {others} other samples; area under the curve (interval)"
    return finish(ax, in_lines(ax, "Which score finds the samples"), in_lines(ax, counts))


def _text(found: Detection, at: int) -> str:
    """Name and area of a score, for a legend."""
    value, low, high = (number(float(end[at]), ".3f") for end in (found.auc.value, found.auc.low, found.auc.high))
    return f"{shortened(' '.join(found.names[at].split()), NAME_LENGTH)}: {value} ({low} to {high})"
