"""The predicted strength by order beside the measured one, and the noise that the prediction takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.theory_fit import TheoryFit
from harsanyi.plots.bands import interval_text
from harsanyi.plots.columns import chosen_checkpoints, column_axes
from harsanyi.plots.legend import add_legend
from harsanyi.plots.orders import order_axis
from harsanyi.plots.style import AND_COLOUR, NEUTRAL, POSITIVE, REFERENCE, number
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline, step_text

_HIGH = 1.9  # inches, of the panels
_ORDERS = 6  # numbers along the orders of a panel
_POWERS = 5  # numbers along the noise, about
_ROOM = 0.15  # of all powers, from the outermost to 0 and to infinity
_BAR = "#C8C8C8"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def theory_fit(fit: TheoryFit, steps: Sequence[float] | None = None, figure: Figure | None = None) -> Figure:
    """Predicted and measured strength by order at some checkpoints, and the fitted noise over the training.

    Args:
        fit: of the theory to one training.
        steps: of the checkpoints to draw; nothing takes the first, the last and others between, five in all.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure. Bars: measured I^(k); open circles: predicted; above them the root mean square of the difference.
        The last panel: sigma2 of every checkpoint on a logarithmic scale, with intervals as thin lines; 0 and infinity
        stand below and above the scale, as open marks that no line joins. Dashed: where the second phase begins.

    Raises:
        ArgumentError: a step that no checkpoint has.

    Source: 2407.19198, the comparison of both curves.
    """
    indices = chosen_checkpoints(fit.steps, steps, ())
    figure, [[*panels, last]] = column_axes(figure, 1, len(indices), True, _HIGH)
    top = 1.1 * float(max(fit.measured[indices].max(), fit.predicted[indices].max(), 1.0))
    for ax, index in zip(panels, indices, strict=True):
        _draw_orders(ax, fit, index)
        ax.set_ylim(0, top)
        ax.tick_params(labelsize=TICK_SIZE, labelleft=ax is panels[0])
    panels[0].set_ylabel("normalised strength", fontsize=LABEL_SIZE)
    _draw_noise(last, fit)
    figure.suptitle(_heading(fit), fontsize=LABEL_SIZE + 1)
    handles = {"measured": panels[0].patches[0], "predicted": panels[0].lines[0]} | _named(last)
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def _heading(fit: TheoryFit) -> str:
    ratio = float(fit.error_ratio.value)
    judged = f"\nerror {number(ratio, '.2f')} times that of one shape for all checkpoints" if np.isfinite(ratio) else ""
    return f"Theory of the training: strength by order, predicted and measured{judged}"


def _named(ax: Axes) -> dict[str, Artist]:
    handles, labels = ax.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


def _draw_orders(ax: Axes, fit: TheoryFit, index: int) -> None:
    """Draw both strengths of one checkpoint."""
    order = np.arange(1, fit.n + 1)
    ax.bar(order, fit.measured[index], color=_BAR, edgecolor=NEUTRAL)
    ax.plot(
        order, fit.predicted[index], color=POSITIVE, linewidth=1.2, marker="o", markersize=4, markerfacecolor="white"
    )
    order_axis(ax, fit.n, _ORDERS)
    ax.set_xlabel("order", fontsize=LABEL_SIZE)
    error = number(float(fit.error[index]), ".2f")
    ax.set_title(f"{fit.unit} {step_text(fit.steps[index])}\nerror {error}", fontsize=LABEL_SIZE)


def _draw_noise(ax: Axes, fit: TheoryFit) -> None:
    """Draw sigma2 of every checkpoint, and where the checkpoints that are judged begin."""
    first, noise = int(fit.judged.argmax()), fit.sigma2
    timeline = Timeline(fit.steps, fit.unit, (first,) * fit.second_phase)
    low, high = _powers(noise)
    none, endless = _beyond(low, high)
    value, *ends = (np.clip(each, none, endless) for each in (noise.value, noise.low, noise.high))
    ordinary = (noise.value > 0) & np.isfinite(noise.value)
    wide = ends[0] < ends[1]
    if wide.any():
        ax.vlines(
            timeline.places[wide], ends[0][wide], ends[1][wide], color=AND_COLOUR, linewidth=0.8,
            label=interval_text(fit.bootstrap.level),
        )  # fmt: skip
    ax.plot(timeline.places, np.where(ordinary, value, np.nan), color=AND_COLOUR, marker="o", markersize=4)
    ax.plot(
        timeline.places[~ordinary], value[~ordinary], color=AND_COLOUR, linestyle="", marker="o", markersize=5,
        markerfacecolor="white",
    )  # fmt: skip
    if fit.second_phase:
        ax.axvline(first, color=REFERENCE, linestyle="dashed", linewidth=1.6, zorder=1, label="second phase begins")
    _noise_axis(ax, low, high)
    timeline.draw(ax, note=False)
    ax.set_title("noise σ²", fontsize=LABEL_SIZE)


def _powers(noise: Estimate) -> tuple[int, int]:
    """Powers of ten around all noise that is neither 0 nor infinite; of 1 where there is none."""
    known: Floats = np.concatenate((noise.value, noise.low, noise.high))
    known = known[(known > 0) & np.isfinite(known)]
    logs = np.log10(known) if len(known) else np.zeros(1)
    return int(np.floor(logs.min())), int(np.ceil(logs.max()))


def _beyond(low: int, high: int) -> tuple[float, float]:
    """Where 0 and infinity stand."""
    room = max(1.0, _ROOM * (high - low))
    return 10.0 ** (low - room), 10.0 ** (high + room)


def _noise_axis(ax: Axes, low: int, high: int) -> None:
    """Powers of ten, and 0 and infinity beyond the outermost, set apart by thin lines."""
    powers = [*range(low, high + 1, -(-(high - low) // _POWERS) or 1)]
    none, endless = _beyond(low, high)
    ax.set_yscale("log")
    ax.set_ylim(none * (none / 10.0**low) ** 0.4, endless * (endless / 10.0**high) ** 0.4)
    ax.yaxis.set_major_locator(FixedLocator([none, *(10.0**power for power in powers), endless]))
    ax.yaxis.set_major_formatter(
        FixedFormatter(["0", *(f"10{str(power).translate(_RAISED)}" for power in powers), "∞"])
    )
    ax.yaxis.set_minor_locator(NullLocator())
    for apart in (none * 10.0**low, endless * 10.0**high):
        ax.axhline(apart**0.5, color=NEUTRAL, linewidth=0.6, linestyle="dotted", zorder=0)
    ax.tick_params(labelsize=TICK_SIZE)
