"""What generalizes over a training: the share, what is newly gained, and the loss gap, along one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics
from harsanyi.plots.bands import draw_band, interval_text, leave_room, samples_text
from harsanyi.plots.generalization_moments import generalization_marks, generalization_timeline
from harsanyi.plots.legend import add_legend
from harsanyi.plots.moments import NAMES_HIGH, draw_marks, name_phases
from harsanyi.plots.parts import name_sides, named_limits, unsigned
from harsanyi.plots.references import looks_of, reference_text
from harsanyi.plots.style import AND_COLOUR, NEUTRAL, POSITIVE, arranged, finish, in_lines, new_figure
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline
from harsanyi.plots.whiskers import draw_curve

_HIGH = (2.5, 1.7, 1.7)  # inches, of the panels
_GAINED: tuple[dict[str, Any], dict[str, Any]] = (
    {"facecolor": POSITIVE, "edgecolor": POSITIVE},
    {"facecolor": "white", "edgecolor": AND_COLOUR, "hatch": "/////"},
)
_END, _APART = 0.3, 0.07  # checkpoints, from the last one to the marks of the references, and between these


def generalization_course(dynamics: GeneralizationDynamics, figure: Figure | None = None) -> Figure:
    """The share that generalizes, the strength that is newly gained, and the loss gap, over the checkpoints.

    Args:
        dynamics: of one training.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure, panels that share their checkpoints, evenly spaced. First: H, circles with a band; open diamonds
        between checkpoints, the share of the strength newly gained there; ceilings (dashed) and floors (dotted) of H
        at the last checkpoint. Second, where there are two checkpoints: the strength gained between them, what
        generalizes upwards, the rest downwards. Third, where there are losses: test - train loss. Dashed: the end of
        phase 1; dotted: the start of phase 3; shaded: their intervals.

    Source: our definitions, after the three phases of 2505.06993.
    """
    drawn = [_draw_share, *[_draw_gained] * (len(dynamics.steps) > 1), *[_draw_gap] * (dynamics.gap is not None)]
    high = _HIGH[: len(drawn)]
    figure = arranged(new_figure(7.0, sum(high) + 1.1) if figure is None else figure)
    axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": high})[:, 0]
    timeline, marks = generalization_timeline(dynamics), generalization_marks(dynamics)
    handles: dict[str, Artist] = {}
    for ax, draw in zip(axes, drawn, strict=True):
        handles |= draw(ax, dynamics, timeline)
        draw_marks(ax, marks, timeline)
        ax.tick_params(labelsize=TICK_SIZE)
        finish(ax, "")
    timeline.draw(axes[-1])
    finish(
        axes[0],
        "What generalizes, over the training",
        in_lines(axes[0], _subtitle(dynamics)),
        pad=NAMES_HIGH if marks else None,
    )
    if marks:
        name_phases(axes[0], [mark.moment.index for mark in marks], len(dynamics.steps))
    handles |= {mark.text(dynamics.unit): mark.handle() for mark in marks}
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def _draw_share(ax: Axes, dynamics: GeneralizationDynamics, timeline: Timeline) -> dict[str, Artist]:
    """Draw H, the share of what is newly gained, and the references at the end."""
    draw_band(ax, timeline, dynamics.power, POSITIVE, "o")
    handles: dict[str, Artist] = {"of all salient strength: H": ax.lines[-1]}
    if len(timeline.places) > 1:
        between = timeline.places[1:] - 0.5
        handles["of newly gained strength"] = draw_curve(
            ax, between, dynamics.gained_rate, AND_COLOUR, "D", "None", filled=False
        )
        line = ax.axhline(dynamics.majority, color=NEUTRAL, linewidth=0.6, zorder=0)
        handles[f"majority ({100 * dynamics.majority:g} %)"] = line
    for at, (reference, look) in enumerate(looks_of(dynamics.references)):
        last = timeline.places[-1:] + _END + _APART * (at - (len(dynamics.references) - 1) / 2)
        end = Estimate(*(np.atleast_1d(each) for each in (reference.power.value, reference.power.low,
                                                          reference.power.high)))  # fmt: skip
        handle = draw_curve(ax, last, end, look.colour, look.marker, look.line)
        handles[reference_text(reference)] = handle
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_ylabel("share", fontsize=LABEL_SIZE)
    return handles


def _draw_gained(ax: Axes, dynamics: GeneralizationDynamics, timeline: Timeline) -> dict[str, Artist]:
    """Draw bars between the checkpoints: what generalizes upwards, the rest downwards."""
    between = timeline.places[1:] - 0.5
    gained = np.nansum(dynamics.gained.value, -1)  # over the orders, (checkpoints - 1, 2)
    for which, direction in enumerate((1, -1)):
        ax.bar(between, direction * gained[:, which], 0.7, **_GAINED[which])
    ax.axhline(0, color="black", linewidth=0.8)
    named_limits(ax, -float(gained[:, 1].max()), float(gained[:, 0].max()))
    unsigned(ax, 5)
    name_sides(ax)
    ax.set_ylabel("gained", fontsize=LABEL_SIZE)
    return {"gained, generalizes": Patch(**_GAINED[0]), "gained, does not": Patch(**_GAINED[1])}


def _draw_gap(ax: Axes, dynamics: GeneralizationDynamics, timeline: Timeline) -> dict[str, Artist]:
    """Draw the loss gap with its band."""
    if dynamics.gap is not None:
        draw_band(ax, timeline, dynamics.gap, AND_COLOUR, "s")
        leave_room(ax, dynamics.gap, (0.0, 1.0))
    ax.axhline(0, color="black", linewidth=0.8, zorder=1)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.set_ylabel("loss gap", fontsize=LABEL_SIZE)
    return {}


def _subtitle(dynamics: GeneralizationDynamics) -> str:
    bands = [f"bands and lines: {interval_text(dynamics.bootstrap.level)}s"] if dynamics.samples > 1 else []
    return "; ".join(dict.fromkeys([dynamics.verdict, samples_text([dynamics.samples]), *bands]))
