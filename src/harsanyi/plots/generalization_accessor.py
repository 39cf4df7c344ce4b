"""The pictures of what generalizes over a training with its dynamics filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics
from harsanyi.plots.generalization_course import generalization_course
from harsanyi.plots.generalization_training import generalization_training


@dataclass(frozen=True)
class GeneralizationDynamicsPlots:
    """Pictures of what generalizes over one training."""

    _dynamics: GeneralizationDynamics

    def generalization_training(self, steps: Sequence[float] | None = None, figure: Figure | None = None) -> Figure:
        """Strength by order at some checkpoints and H, see `harsanyi.plots.generalization_training`."""
        return generalization_training(self._dynamics, steps, figure)

    def generalization_course(self, figure: Figure | None = None) -> Figure:
        """H, what is gained and the loss gap, see `harsanyi.plots.generalization_course`."""
        return generalization_course(self._dynamics, figure)
