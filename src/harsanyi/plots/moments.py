"""Where the second phase begins and where the loss gap begins to grow, marked along a time axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.phases import Moment
from harsanyi.plots.style import ONSET, REFERENCE, figure_of
from harsanyi.plots.timeline import LABEL_SIZE, Timeline, step_text

NAMES_HIGH = 2.2 * LABEL_SIZE  # points, the names of the phases above axes
_LINE = 1.6  # points
_NAME, _NUMBER = 4.5, 0.8  # em, that "phase 1" and "1" need


class Mark(NamedTuple):
    """A moment of the training and how it is drawn.

    Attributes:
        moment: which.
        meaning: what begins there.
        preposition: between the meaning and the step.
        colour: of its line and of the span of its interval.
        line: "dashed" or "dotted", the second sign beside the colour.
    """

    moment: Moment
    meaning: str
    preposition: str
    colour: str
    line: Literal["dashed", "dotted"]

    def text(self, unit: str) -> str:
        """What begins where, with its interval where there is one."""
        low, high = self.moment.low, self.moment.high
        ends = f" (interval {step_text(low)} to {step_text(high)})" if low < high else ""
        return f"{self.meaning} {self.preposition} {unit} {step_text(self.moment.step)}{ends}"

    def handle(self) -> Line2D:
        """Its line, for a legend."""
        return Line2D([], [], color=self.colour, linestyle=self.line, linewidth=_LINE)


def marks_of(dynamics: Dynamics) -> list[Mark]:
    """The phase boundary and the onset of the loss gap, those of them that there are."""
    boundary, onset = dynamics.boundary, dynamics.onset
    marks = [] if boundary is None else [Mark(boundary, "second phase begins", "at", REFERENCE, "dashed")]
    return marks if onset is None else [*marks, Mark(onset, "loss gap begins to grow", "after", ONSET, "dotted")]


def timeline_of(dynamics: Dynamics) -> Timeline:
    """The time axis of a training, on which the moments that there are have their numbers."""
    return Timeline(dynamics.steps, dynamics.unit, tuple(mark.moment.index for mark in marks_of(dynamics)))


def draw_marks(ax: Axes, marks: Sequence[Mark], timeline: Timeline) -> None:
    """Draw a vertical line for each moment, and a span for its interval where it is wider than a point."""
    for mark in marks:
        low, high = mark.moment.low, mark.moment.high
        if low < high:
            ax.axvspan(timeline.at(low), timeline.at(high), color=mark.colour, alpha=0.18, linewidth=0, zorder=0)
        ax.axvline(timeline.at(mark.moment.step), color=mark.colour, linestyle=mark.line, linewidth=_LINE, zorder=1)


def name_phases(ax: Axes, boundaries: Sequence[int], checkpoints: int) -> None:
    """Write above axes, between title and lines, which phase lies between which moments.

    Args:
        ax: with a time axis.
        boundaries: positions of the checkpoints that part the phases, rising.
        checkpoints: how many there are.
    """
    ends = [-0.5, *map(float, boundaries), checkpoints - 0.5]
    inch = float(ax.bbox.width) / figure_of(ax).dpi / checkpoints  # of a checkpoint
    for phase, (start, end) in enumerate(pairwise(ends), 1):
        room = (end - start) * inch * 72 / LABEL_SIZE
        fitting = [name for name, width in ((f"phase {phase}", _NAME), (str(phase), _NUMBER)) if width <= room]
        ax.annotate(
            fitting[0] if fitting else "", ((start + end) / 2, 1), xytext=(0, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", fontsize=LABEL_SIZE, annotation_clip=False,
        )  # fmt: skip
