"""`dynamics.plot.…`: the pictures of the dynamics of a training with the dynamics filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.analysis.dynamics import Dynamics
from harsanyi.plots.heat_map import order_heat_map
from harsanyi.plots.phases import phases
from harsanyi.plots.training import training_figure


@dataclass(frozen=True)
class DynamicsPlots:
    """Pictures of the dynamics of one training."""

    _dynamics: Dynamics

    def training_figure(self, steps: Sequence[float] | None = None, figure: Figure | None = None) -> Figure:
        """Strength by order at some checkpoints and the loss gap, see `harsanyi.plots.training_figure`."""
        return training_figure(self._dynamics, steps, figure)

    def order_heat_map(self, value: str = "normalised", ax: Axes | None = None) -> Axes:
        """Strength of every order at every checkpoint, see `harsanyi.plots.order_heat_map`."""
        return order_heat_map(self._dynamics, value, ax)

    def phases(self, figure: Figure | None = None) -> Figure:
        """Mean order and loss gap over the training, see `harsanyi.plots.phases`."""
        return phases(self._dynamics, figure)
