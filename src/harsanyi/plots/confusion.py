"""Which samples confuse a network: one score against another, and the scores over a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.confusion import Confusion
from harsanyi.analysis.confusion_course import ConfusionCourse
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE
from harsanyi.analysis.confusion_scores import other_score
from harsanyi.analysis.transfer import Bools
from harsanyi.plots.bands import interval_text, samples_text
from harsanyi.plots.legend import add_legend, add_legend_below
from harsanyi.plots.parts import name_sides, named_limits, unsigned
from harsanyi.plots.style import (
    AND_COLOUR,
    NEGATIVE,
    NEUTRAL,
    REFERENCE,
    arranged,
    axes_or_new,
    finish,
    in_lines,
    new_figure,
    number,
)
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline

_AXES = {
    NON_GENERALIZABLE: "share that does not generalize",
    COMPLEX_CANCELLING: "high-order share × cancellation",
}
_HIGH = (3.0, 1.2)  # inches, of the panels of a course
_MEMBER: dict[str, Any] = {"color": NEGATIVE, "marker": "o", "markersize": 5, "zorder": 4}
_OTHER: dict[str, Any] = {"color": NEUTRAL, "marker": "o", "markersize": 4, "markerfacecolor": "white", "zorder": 2}
_THIN: dict[str, Any] = {"colors": NEUTRAL, "linewidths": 0.6, "alpha": 0.5}
_MEAN: dict[str, Any] = {"color": AND_COLOUR, "linestyle": "dashed", "linewidth": 1.2}
_BARS: tuple[dict[str, Any], dict[str, Any]] = (
    {"facecolor": AND_COLOUR, "edgecolor": AND_COLOUR},
    {"facecolor": "white", "edgecolor": AND_COLOUR, "hatch": "/////"},
)


@dataclass(frozen=True)
class ConfusionPlots:
    """Pictures of the samples that confuse a network."""

    _found: Confusion

    def confusion_scatter(self, ax: Axes | None = None) -> Axes:
        """One score against the other, see `harsanyi.plots.confusion_scatter`."""
        return confusion_scatter(self._found, ax)


@dataclass(frozen=True)
class ConfusionCoursePlots:
    """Pictures of the samples that confuse a network over its training."""

    _course: ConfusionCourse

    def confusion_course(self, figure: Figure | None = None) -> Figure:
        """The scores over the checkpoints, see `harsanyi.plots.confusion_course`."""
        return confusion_course(self._course, figure)


# One time -------------------------------------------------------------------------------------------------------------


def confusion_scatter(found: Confusion, ax: Axes | None = None) -> Axes:
    """The score that decides which samples are confusing against the other, or against the score of the whole sample.

    Args:
        found: samples of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes, a circle a sample: filled where it is confusing, open where not; dashed, the least score of a
        confusing sample. Samples without a score are left out. Along: the other score, or v(x_N) where there is none.

    Source: our definitions, after 2502.08625.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    score, other = found.scores[found.score], other_score(found.scores, found.score)
    along = found.outputs if other is None else found.scores[other]
    handles: dict[str, Artist] = {}
    for text, chosen, look in (
        ("other samples", ~found.members, _OTHER),
        ("confusing samples", found.members, _MEMBER),
    ):
        handles[text] = ax.plot(along[chosen], score[chosen], linestyle="", **look)[0]
    if found.members.any():
        line = ax.axhline(found.threshold, color=REFERENCE, linestyle="dashed", linewidth=1.0, zorder=1)
        handles[f"least of a confusing sample: {number(found.threshold)}"] = line
    ax.set_xlabel("score of the whole sample, v(x_N)" if other is None else _AXES[other], parse_math=False)
    ax.set_ylabel(_AXES[found.score])
    add_legend_below(ax, handles)
    return finish(ax, in_lines(ax, "Samples that confuse the network"), in_lines(ax, _agreement(found)))


def _agreement(found: Confusion) -> str:
    counts = f"{found.members.sum()} of {samples_text([len(found)])} confusing"
    if found.agreement is None or np.isnan(found.agreement.correlation.value):
        return counts
    return f"{counts}; rank correlation of the two scores {number(float(found.agreement.correlation.value), '.2f')}"


# Over a training ------------------------------------------------------------------------------------------------------


def confusion_course(course: ConfusionCourse, figure: Figure | None = None) -> Figure:
    """The score of every sample over the checkpoints, and how many samples enter and leave the confusing ones.

    Args:
        course: of one training.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure, panels that share their checkpoints, evenly spaced. First: thick lines, samples that are confusing
        at the last checkpoint; thin lines, all others; circles, where a sample is confusing, open for the others;
        dashed, the mean with its interval. Second, where there are two checkpoints: bars between them, samples that
        enter upwards, that leave downwards.

    Source: our definitions, after 2502.08625.
    """
    drawn = [_draw_scores, *[_draw_moves] * (len(course.steps) > 1)]
    high = _HIGH[: len(drawn)]
    figure = arranged(new_figure(7.0, sum(high) + 1.1) if figure is None else figure)
    axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": high})[:, 0]
    timeline = Timeline(course.steps, course.unit)
    handles: dict[str, Artist] = {}
    for ax, draw in zip(axes, drawn, strict=True):
        handles |= draw(ax, course, timeline)
        ax.tick_params(labelsize=TICK_SIZE)
        finish(ax, "")
    timeline.draw(axes[-1])
    subtitle = f"{samples_text([course.scores.shape[1]])}; {_settled(course)}"
    finish(axes[0], "Samples that confuse the network, over its training", in_lines(axes[0], subtitle))
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def _settled(course: ConfusionCourse) -> str:
    if not course.members[-1].any():
        return "none is confusing at the end"
    count = f"{course.members[-1].sum()} confusing at the end"
    if len(course.steps) == 1 or course.settled == course.steps[-1]:
        return f"{count}, not seen to settle"
    return f"{count}, settled from {course.unit} {course.settled:g} on"


def _draw_scores(ax: Axes, course: ConfusionCourse, timeline: Timeline) -> dict[str, Artist]:
    """Draw a line a sample, the confusing ones of the end above the others, and the mean."""
    final, places = course.members[-1], timeline.places
    lines = [np.column_stack((places, scores)) for scores in course.scores.T[~final]]
    ax.add_collection(LineCollection(lines, zorder=1, **_THIN))
    _mark(ax, places, course.scores[:, ~final], course.members[:, ~final], _OTHER)
    for scores in course.scores.T[final]:
        ax.plot(places, scores, color=NEGATIVE, linewidth=1.8, zorder=3)
    _mark(ax, places, course.scores[:, final], course.members[:, final], _MEMBER)
    ax.fill_between(places, course.mean.low, course.mean.high, color=AND_COLOUR, alpha=0.2, linewidth=0, zorder=5)
    ax.plot(places, course.mean.value, zorder=5, **_MEAN)
    top = float(np.max(course.scores, initial=0.0, where=~np.isnan(course.scores))) or 1.0
    ax.set_ylim(-0.03 * top, 1.05 * top)
    ax.set_ylabel(_AXES[course.score], fontsize=LABEL_SIZE)
    return {
        "confusing at the end": Line2D([], [], color=NEGATIVE, linewidth=1.8),
        "other samples": Line2D([], [], color=NEUTRAL, linewidth=0.6),
        "confusing at this checkpoint": Line2D([], [], linestyle="", **_MEMBER),
        "likewise, but not at the end": Line2D([], [], linestyle="", **_OTHER),
        f"mean, {interval_text(course.bootstrap.level)}": Line2D([], [], **_MEAN),
    }


def _mark(ax: Axes, places: Floats, scores: Floats, members: Bools, look: dict[str, Any]) -> None:
    """Draw a circle where a sample is confusing, all (checkpoints, samples)."""
    at, sample = np.nonzero(members)
    ax.plot(places[at], scores[at, sample], linestyle="", **look)


def _draw_moves(ax: Axes, course: ConfusionCourse, timeline: Timeline) -> dict[str, Artist]:
    """Draw bars between the checkpoints: samples that enter upwards, that leave downwards."""
    between = timeline.places[1:] - 0.5
    for counts, direction, look in zip((course.entering, course.leaving), (1, -1), _BARS, strict=True):
        ax.bar(between, direction * counts, 0.6, **look)
    ax.axhline(0, color="black", linewidth=0.8)
    named_limits(ax, -float(max(course.leaving.max(), 1)), float(max(course.entering.max(), 1)))
    unsigned(ax, 4)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    name_sides(ax, "enter", "leave")
    ax.set_ylabel("samples", fontsize=LABEL_SIZE)
    return {"enter the set": Patch(**_BARS[0]), "leave it": Patch(**_BARS[1])}
