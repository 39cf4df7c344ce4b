"""Strength that generalizes and strength that does not, by order, at some checkpoints of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.analysis.estimates import part
from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics
from harsanyi.core.errors import ArgumentError
from harsanyi.plots.bands import draw_band, samples_text
from harsanyi.plots.columns import chosen_checkpoints, column_axes
from harsanyi.plots.generalization_moments import generalization_marks, generalization_timeline
from harsanyi.plots.glyphs import as_it_stands
from harsanyi.plots.legend import add_legend
from harsanyi.plots.moments import draw_marks
from harsanyi.plots.orders import order_axis
from harsanyi.plots.parts import balanced, name_sides, part_bars, part_ends, sign_handles, unsigned
from harsanyi.plots.scales import scales_text, share_scale, times_text
from harsanyi.plots.style import AND_COLOUR, NAME_LENGTH, shortened
from harsanyi.plots.timeline import LABEL_SIZE, step_text
from harsanyi.plots.whiskers import whisker_handle

_HIGH = 2.1  # inches, of a row
_ORDERS = 6  # numbers along the orders of a panel
_ROOM = 1.35  # times the outermost bars, for the names of the two sides


def generalization_training(
    dynamics: GeneralizationDynamics | Mapping[str, GeneralizationDynamics],
    steps: Sequence[float] | None = None,
    figure: Figure | None = None,
) -> Figure:
    """What generalizes and what does not, by order, at some checkpoints, and the share H over the training.

    The panels of a row share one scale. Where the bars of a checkpoint are more than ten times smaller than the highest
    of the row, its scale is enlarged by 10, 20, 50, 100, … times, which its title says as ×k.

    Args:
        dynamics: of one network, or of several by their names.
        steps: of the checkpoints to draw, each one of every network; nothing takes the first, the last, the ends of the
            phases and others between, five in all for each network.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure. Bars: strength of the salient effects that generalize upwards, of the others downwards, mean over
        the samples; filled from positive effects, dotted beyond them from negative ones, with intervals as thin lines.
        The last column: H at every checkpoint, these evenly spaced.

    Raises:
        ArgumentError: no network, or a step that is not one of its checkpoints.

    Source: the two parts of J^(k) of 2505.06993 over the training.
    """
    networks = {"": dynamics} if isinstance(dynamics, GeneralizationDynamics) else dict(dynamics)
    if not networks:
        raise ArgumentError("dynamics", "no network", "at least one")
    chosen = [chosen_checkpoints(each.steps, steps, _moments(each)) for each in networks.values()]
    columns = max(map(len, chosen))
    figure, axes = column_axes(figure, len(networks), columns, True, _HIGH)
    for row, (name, each), indices in zip(axes, networks.items(), chosen, strict=True):
        _draw_panels(row[: len(indices)], each, indices)
        for ax in row[len(indices) : columns]:
            ax.set_axis_off()
        _draw_share(row[columns], each)
        _name(row[0], name, each)
    figure.align_ylabels([row[0] for row in axes])
    _explain(figure, list(networks.values()))
    return figure


def _moments(dynamics: GeneralizationDynamics) -> list[int]:
    return [mark.moment.index for mark in generalization_marks(dynamics)]


def _draw_panels(row: list[Axes], dynamics: GeneralizationDynamics, indices: list[int]) -> None:
    """Draw the bars of some checkpoints on one scale, or an enlarged one where they are small."""
    low, high = balanced(*part_ends(dynamics.positive, dynamics.negative))
    times = share_scale(row, low[indices], high[indices], _ROOM)
    for ax, index, enlarged in zip(row, indices, times, strict=True):
        part_bars(ax, part(dynamics.positive, index), part(dynamics.negative, index))
        order_axis(ax, dynamics.n, _ORDERS)
        unsigned(ax, 5)
        name_sides(ax)
        ax.set_xlabel("order", fontsize=LABEL_SIZE)
        meanings = [mark.meaning for mark in generalization_marks(dynamics) if mark.moment.index == index]
        step = f"{dynamics.unit} {step_text(dynamics.steps[index])}{times_text(enlarged)}"
        ax.set_title("\n".join([*meanings, step]), fontsize=LABEL_SIZE)


def _draw_share(ax: Axes, dynamics: GeneralizationDynamics) -> None:
    """Draw H over the training into the last panel."""
    timeline = generalization_timeline(dynamics)
    draw_marks(ax, generalization_marks(dynamics), timeline)
    draw_band(ax, timeline, dynamics.power, AND_COLOUR, "o")
    ax.set_ylim(-0.03, 1.03)
    timeline.draw(ax, note=False)
    ax.set_title("share H", fontsize=LABEL_SIZE)


def _name(ax: Axes, name: str, dynamics: GeneralizationDynamics) -> None:
    """Write network, verdict and scale beside the first panel of a row."""
    known = [shortened(" ".join(name.split()), NAME_LENGTH), dynamics.verdict] if name else []
    label = "\n".join([*known, "strength"])
    ax.set_ylabel(label, fontsize=LABEL_SIZE, **as_it_stands(label))


def _explain(figure: Figure, networks: list[GeneralizationDynamics]) -> None:
    """Add the title, and a legend of all that is drawn."""
    samples = sorted({each.samples for each in networks})
    counted = samples_text(samples, "mean of ")
    said = dict.fromkeys([networks[0].verdict, counted] if len(networks) == 1 else [counted])
    title = f"What generalizes, by order, over the training\n{', '.join(said)}{scales_text(figure.axes)}"
    figure.suptitle(title, fontsize=LABEL_SIZE + 1)
    handles: dict[str, Artist] = sign_handles()
    if samples != [1]:
        handles |= whisker_handle(networks[0].bootstrap.level)
    for each in networks:
        for mark in generalization_marks(each):
            handles[mark.text(each.unit) if len(networks) == 1 else mark.meaning] = mark.handle()
    add_legend(figure, list(handles.values()), list(handles))
