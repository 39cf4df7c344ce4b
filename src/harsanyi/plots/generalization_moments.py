"""Where the first of three phases ends and where the third begins, marked along a time axis."""

from __future__ import annotations

from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics
from harsanyi.plots.moments import Mark
from harsanyi.plots.style import ONSET, REFERENCE
from harsanyi.plots.timeline import Timeline


def generalization_marks(dynamics: GeneralizationDynamics) -> list[Mark]:
    """The end of phase 1 and the start of phase 3, those of them that there are."""
    peak, overfitting = dynamics.peak, dynamics.overfitting
    marks = [] if peak is None else [Mark(peak, "phase 1 ends", "at", REFERENCE, "dashed")]
    return marks if overfitting is None else [*marks, Mark(overfitting, "phase 3 begins", "at", ONSET, "dotted")]


def generalization_timeline(dynamics: GeneralizationDynamics) -> Timeline:
    """The time axis of a training, on which the moments that there are have their numbers."""
    marks = generalization_marks(dynamics)
    return Timeline(dynamics.steps, dynamics.unit, tuple(mark.moment.index for mark in marks))
