"""The papers' picture of a training: strength by order at some of its checkpoints, and the loss gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.core.errors import ArgumentError
from harsanyi.plots.bands import draw_band, leave_room, samples_text
from harsanyi.plots.columns import chosen_checkpoints, column_axes
from harsanyi.plots.glyphs import as_it_stands
from harsanyi.plots.legend import add_legend
from harsanyi.plots.moments import draw_marks, marks_of, timeline_of
from harsanyi.plots.orders import order_axis, strength_bars
from harsanyi.plots.scales import scales_text, share_scale, times_text
from harsanyi.plots.style import AND_COLOUR, NAME_LENGTH, NEGATIVE, POSITIVE, shortened
from harsanyi.plots.timeline import LABEL_SIZE, step_text
from harsanyi.plots.whiskers import draw_whiskers, whisker_handle

_HIGH = 1.9  # inches, of a row
_ORDERS = 6  # numbers along the orders of a panel


def training_figure(
    dynamics: Dynamics | Mapping[str, Dynamics], steps: Sequence[float] | None = None, figure: Figure | None = None
) -> Figure:
    """Strength by order at some checkpoints, a row for each network, and the loss gap over the training.

    The panels of a row share one scale. Where the bars of a checkpoint are more than ten times smaller than the highest
    of the row, its scale is enlarged by 10, 20, 50, 100, … times, which its title says as ×k.

    Args:
        dynamics: of one network, or of several by their names.
        steps: of the checkpoints to draw, each one of every network; nothing takes the first, the last, the phase
            boundary and others between, five in all for each network.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure. Bars: sums of positive salient effects upwards, of negative ones downwards, mean over the samples,
        with intervals as thin lines. The last column, where there are losses: test loss - train loss at every
        checkpoint, these evenly spaced, which is logarithmic, with 0, where their steps grow so.

    Raises:
        ArgumentError: no network, or a step that is not one of its checkpoints.

    Source: 2405.10262, figures 3 and 6.
    """
    networks = {"": dynamics} if isinstance(dynamics, Dynamics) else dict(dynamics)
    if not networks:
        raise ArgumentError("dynamics", "no network", "at least one")
    chosen = [chosen_checkpoints(each.steps, steps, _boundary(each)) for each in networks.values()]
    columns, losses = max(map(len, chosen)), any(each.gap is not None for each in networks.values())
    figure, axes = column_axes(figure, len(networks), columns, losses, _HIGH)
    for row, (name, each), indices in zip(axes, networks.items(), chosen, strict=True):
        _draw_panels(row[: len(indices)], each, indices)
        for ax in row[len(indices) : columns]:
            ax.set_axis_off()
        _draw_gap(row[columns:], each)
        _name(row[0], name, each)
    figure.align_ylabels([row[0] for row in axes])
    _explain(figure, list(networks.values()))
    return figure


def _boundary(dynamics: Dynamics) -> list[int]:
    return [] if dynamics.boundary is None else [dynamics.boundary.index]


def _draw_panels(row: list[Axes], dynamics: Dynamics, indices: list[int]) -> None:
    """Draw the bars of some checkpoints on one scale, or an enlarged one where they are small."""
    ends = [np.stack((part.value, part.low, part.high))[:, indices] for part in (dynamics.negative, dynamics.positive)]
    order = np.arange(1, dynamics.n + 1, dtype=np.float64)
    times = share_scale(row, np.nanmin(ends[0], (0, 2)), np.nanmax(ends[1], (0, 2)))
    for ax, index, enlarged in zip(row, indices, times, strict=True):
        strength_bars(ax, dynamics.positive.value[index], dynamics.negative.value[index])
        for whole in (dynamics.positive, dynamics.negative):
            draw_whiskers(ax, order, whole.low[index], whole.high[index])
        order_axis(ax, dynamics.n, _ORDERS)
        ax.set_xlabel("order", fontsize=LABEL_SIZE)
        _title(ax, dynamics, index, enlarged)


def _title(ax: Axes, dynamics: Dynamics, index: int, enlarged: int) -> None:
    """Say which checkpoint a panel shows, whether the second phase begins there, and how its scale is enlarged."""
    boundary = marks_of(dynamics)[0].meaning if index in _boundary(dynamics) else ""
    step = f"{dynamics.unit} {step_text(dynamics.steps[index])}{times_text(enlarged)}"
    ax.set_title(f"{boundary}\n{step}" if boundary else step, fontsize=LABEL_SIZE)


def _draw_gap(row: list[Axes], dynamics: Dynamics) -> None:
    """Draw the loss gap into the last panel, where there is one."""
    for ax in row:
        if dynamics.gap is None:
            ax.set_axis_off()
            continue
        timeline = timeline_of(dynamics)
        ax.axhline(0, color="black", linewidth=0.8)
        draw_marks(ax, marks_of(dynamics), timeline)
        draw_band(ax, timeline, dynamics.gap, AND_COLOUR, "o")
        leave_room(ax, dynamics.gap, (0.0, 1.0))
        timeline.draw(ax, note=False)
        ax.set_title("loss gap (test − train)", fontsize=LABEL_SIZE)


def _name(ax: Axes, name: str, dynamics: Dynamics) -> None:
    """Write network, verdict and scale beside the first panel of a row."""
    known = [shortened(" ".join(name.split()), NAME_LENGTH), dynamics.verdict] if name else []
    label = "\n".join([*known, "sum of effects"])
    ax.set_ylabel(label, fontsize=LABEL_SIZE, **as_it_stands(label))


def _explain(figure: Figure, networks: list[Dynamics]) -> None:
    """Add the title, and a legend of all that is drawn."""
    samples = sorted({each.strength.shape[1] for each in networks})
    counted = samples_text(samples, "mean of ")
    said = dict.fromkeys([networks[0].verdict, counted] if len(networks) == 1 else [counted])
    figure.suptitle(
        f"Strength by order over the training\n{', '.join(said)}{scales_text(figure.axes)}", fontsize=LABEL_SIZE + 1
    )
    handles: dict[str, Artist] = {
        "positive effects": Patch(facecolor=POSITIVE, edgecolor=POSITIVE),
        "negative effects": Patch(facecolor="white", edgecolor=NEGATIVE, hatch="....."),
    }
    if samples != [1]:
        handles |= whisker_handle(networks[0].bootstrap.level)
    for each in networks:
        for mark in marks_of(each):
            handles[mark.text(each.unit) if len(networks) == 1 else mark.meaning] = mark.handle()
    add_legend(figure, list(handles.values()), list(handles))
