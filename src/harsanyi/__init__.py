"""What a neural network has learned, as certified AND-OR interactions between its input variables."""

from harsanyi.core.errors import ArgumentError, HarsanyiError, NetworkError, NotConvergedWarning
from harsanyi.core.salience import FixedThreshold, MaxEffect, ScoreRange
from harsanyi.extract import extract, extract_game
from harsanyi.game.players import Columns, Patches, Regions
from harsanyi.game.scores import BinaryLogit, Logit, LogOdds, LogProbability, Output
from harsanyi.interactions import Effect, Interactions, SampleInteractions

__all__ = [
    "ArgumentError",
    "BinaryLogit",
    "Columns",
    "Effect",
    "FixedThreshold",
    "HarsanyiError",
    "Interactions",
    "LogOdds",
    "LogProbability",
    "Logit",
    "MaxEffect",
    "NetworkError",
    "NotConvergedWarning",
    "Output",
    "Patches",
    "Regions",
    "SampleInteractions",
    "ScoreRange",
    "extract",
    "extract_game",
]
