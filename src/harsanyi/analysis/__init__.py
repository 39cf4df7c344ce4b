"""Findings from interactions: pure functions on labelled results; nothing here runs a network."""

from harsanyi.analysis.and_alone import and_alone
from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.theory_fit import TheoryFit, fit_theory
from harsanyi.analysis.training import training_dynamics

__all__ = [
    "Bootstrap",
    "Dynamics",
    "Estimate",
    "Moment",
    "TheoryFit",
    "and_alone",
    "fit_theory",
    "training_dynamics",
]
