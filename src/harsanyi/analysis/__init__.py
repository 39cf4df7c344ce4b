"""Findings from interactions: pure functions on labelled results; nothing here runs a network."""

from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.training import training_dynamics

__all__ = ["Bootstrap", "Dynamics", "Estimate", "Moment", "training_dynamics"]
