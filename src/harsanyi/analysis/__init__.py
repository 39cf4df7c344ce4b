"""Findings from interactions: pure functions on labelled results; nothing here runs a network."""

from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.dynamics import Dynamics, training_dynamics
from harsanyi.analysis.phases import Moment

__all__ = ["Bootstrap", "Dynamics", "Estimate", "Moment", "training_dynamics"]
