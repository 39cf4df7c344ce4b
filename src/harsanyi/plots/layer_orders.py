"""Measures of layers against the order: generalization capacity and stability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.capacity import GeneralizationCapacity
from harsanyi.analysis.stability import Stability
from harsanyi.plots.bands import samples_text
from harsanyi.plots.layer_axis import layer_looks, layer_name
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.orders import order_axis
from harsanyi.plots.style import axes_or_new, finish, in_lines
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE
from harsanyi.plots.whiskers import draw_curve, whisker_handle

_APART = 0.06  # orders, between curves


@dataclass(frozen=True)
class CapacityPlots:
    """Pictures of generalization capacity."""

    _found: GeneralizationCapacity

    def capacity_by_order(self, ax: Axes | None = None) -> Axes:
        """IoU against the order, see `harsanyi.plots.capacity_by_order`."""
        return capacity_by_order(self._found, ax)


@dataclass(frozen=True)
class StabilityPlots:
    """Pictures of stability."""

    _found: Stability

    def stability_by_order(self, ax: Axes | None = None) -> Axes:
        """Stability against the order, see `harsanyi.plots.stability_by_order`."""
        return stability_by_order(self._found, ax)


def capacity_by_order(found: GeneralizationCapacity, ax: Axes | None = None) -> Axes:
    """Intersection over union of the salient interactions of two networks against the order, a line a layer.

    Args:
        found: of two networks.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: dark is low; thin lines are intervals. Orders where nothing is salient have no mark.

    Source: 2409.08712.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    _draw(ax, found.names, found.iou, found.samples, found.bootstrap)
    ax.set_ylim(-0.03, 1.03)
    ax.set_ylabel("intersection over union", fontsize=LABEL_SIZE)
    subtitle = f"salient interactions that both networks have; {samples_text([found.samples], 'mean of ')}"
    return finish(ax, in_lines(ax, "Generalization capacity of each layer"), in_lines(ax, subtitle))


def stability_by_order(found: Stability, ax: Axes | None = None) -> Axes:
    """Stability of the salient interactions under noise against the order, a line a layer.

    Args:
        found: of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: dark is low; thin lines are intervals over samples. Orders where nothing is salient have no mark.

    Source: 2409.08712.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    _draw(ax, found.names, found.stability, found.samples, found.bootstrap)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("|mean| / standard deviation", fontsize=LABEL_SIZE)
    subtitle = f"over {found.draws} noisy draws a sample; {samples_text([found.samples], 'mean of ')}"
    return finish(ax, in_lines(ax, "Stability of each layer under noise"), in_lines(ax, subtitle))


def _draw(ax: Axes, names: Sequence[str], measure: Estimate, samples: int, bootstrap: Bootstrap) -> None:
    order = np.arange(1, measure.value.shape[-1], dtype=np.float64)
    middle = (len(names) - 1) / 2
    handles = {}
    for at, (name, (colour, marker, line)) in enumerate(zip(names, layer_looks(len(names)), strict=True)):
        single = Estimate(*(ends[at, -1, :-1] for ends in (measure.value, measure.low, measure.high)))
        shift = _APART * (at - middle) * min(1.0, len(order) / 10)
        handles[layer_name(name)] = draw_curve(ax, order + shift, single, colour, marker, line)
    if samples > 1:
        handles |= whisker_handle(bootstrap.level)  # type: ignore[arg-type]
    order_axis(ax, len(order))
    ax.tick_params(labelsize=TICK_SIZE)
    ax.set_xlabel("order (players in the interaction)", fontsize=LABEL_SIZE)
    add_legend_below(ax, handles)
