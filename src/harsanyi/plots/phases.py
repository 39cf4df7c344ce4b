"""The mean order of the interactions and the loss gap along one time axis, with the moments at which each turns."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.plots.bands import draw_band, interval_text, leave_room, samples_text
from harsanyi.plots.legend import add_legend
from harsanyi.plots.moments import NAMES_HIGH, draw_marks, marks_of, name_phases, timeline_of
from harsanyi.plots.style import AND_COLOUR, POSITIVE, arranged, finish, new_figure
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline


def phases(dynamics: Dynamics, figure: Figure | None = None) -> Figure:
    """Mean order of the interactions over the training and, below it, the loss gap, with their intervals.

    Args:
        dynamics: of one training.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure: two panels that share their checkpoints, evenly spaced, or one where there are no losses. Dashed:
        where the second phase begins; dotted: after which checkpoint the loss gap grows; shaded: their intervals.

    Source: our definitions, see `harsanyi.analysis.phases`.
    """
    figure = arranged(new_figure(7.0, 3.2 if dynamics.gap is None else 5.2) if figure is None else figure)
    axes = figure.subplots(1 if dynamics.gap is None else 2, 1, sharex=True, squeeze=False)[:, 0]
    timeline = timeline_of(dynamics)
    _draw(axes[0], timeline, dynamics.mean_order, POSITIVE, "mean order", (1.0, float(dynamics.n)))
    if dynamics.gap is not None:
        _draw(axes[1], timeline, dynamics.gap, AND_COLOUR, "loss gap (test − train)", (0.0, 1.0))
        axes[1].axhline(0, color="black", linewidth=0.8, zorder=1)
    marks = marks_of(dynamics)
    for ax in axes:
        draw_marks(ax, marks, timeline)
        finish(ax, "")
    timeline.draw(axes[-1])
    pad = None if dynamics.boundary is None else NAMES_HIGH
    finish(axes[0], "Phases of the training", _subtitle(dynamics), pad=pad)
    if dynamics.boundary is not None:
        name_phases(axes[0], [dynamics.boundary.index], len(dynamics.steps))
    if marks:
        add_legend(figure, [mark.handle() for mark in marks], [mark.text(dynamics.unit) for mark in marks])
    return figure


def _draw(
    ax: Axes, timeline: Timeline, estimate: Estimate, colour: str, label: str, fallback: tuple[float, float]
) -> None:
    draw_band(ax, timeline, estimate, colour, "o" if colour == POSITIVE else "s")
    leave_room(ax, estimate, fallback)
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.tick_params(labelsize=TICK_SIZE)
    ax.set_ylabel(label, fontsize=LABEL_SIZE)


def _subtitle(dynamics: Dynamics) -> str:
    samples = dynamics.strength.shape[1]
    bands = [f"bands: {interval_text(dynamics.bootstrap.level)}s"] if samples > 1 else []
    return "; ".join(dict.fromkeys([dynamics.verdict, samples_text([samples]), *bands]))
