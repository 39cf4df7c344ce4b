"""What a neural network has learned, as certified AND-OR interactions between its input variables.

The names below are imported when they are first used, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harsanyi.analysis.pairwise import PairwiseOrders
    from harsanyi.authors import from_authors
    from harsanyi.core.errors import ArgumentError, HarsanyiError, NetworkError, NotConvergedWarning
    from harsanyi.core.salience import FixedThreshold, MaxEffect, ScoreRange
    from harsanyi.extraction import extract, extract_game
    from harsanyi.game.continuation import Continuation, NextToken
    from harsanyi.game.players.images import Patches
    from harsanyi.game.players.points import Clusters
    from harsanyi.game.players.regions import Regions
    from harsanyi.game.players.superpixels import Superpixels
    from harsanyi.game.players.tabular import Columns
    from harsanyi.game.players.text import Words
    from harsanyi.game.scores import BinaryLogit, Logit, LogOdds, LogProbability, Output
    from harsanyi.interactions import Interactions
    from harsanyi.layered import extract_layers
    from harsanyi.loading.protocols import protocol
    from harsanyi.monitor.monitor import Monitor
    from harsanyi.pairwise import pairwise_orders
    from harsanyi.sample import Effect, SampleInteractions
    from harsanyi.study import Plan, Study

_HOMES = {
    "analysis.pairwise": ("PairwiseOrders",),
    "authors": ("from_authors",),
    "core.errors": ("ArgumentError", "HarsanyiError", "NetworkError", "NotConvergedWarning"),
    "core.salience": ("FixedThreshold", "MaxEffect", "ScoreRange"),
    "extraction": ("extract", "extract_game"),
    "game.continuation": ("Continuation", "NextToken"),
    "game.players.images": ("Patches",),
    "game.players.points": ("Clusters",),
    "game.players.regions": ("Regions",),
    "game.players.superpixels": ("Superpixels",),
    "game.players.tabular": ("Columns",),
    "game.players.text": ("Words",),
    "game.scores": ("BinaryLogit", "LogOdds", "LogProbability", "Logit", "Output"),
    "interactions": ("Interactions",),
    "layered": ("extract_layers",),
    "loading.protocols": ("protocol",),
    "monitor.monitor": ("Monitor",),
    "pairwise": ("pairwise_orders",),
    "sample": ("Effect", "SampleInteractions"),
    "study": ("Plan", "Study"),
}

__all__ = [
    "ArgumentError",
    "BinaryLogit",
    "Clusters",
    "Columns",
    "Continuation",
    "Effect",
    "FixedThreshold",
    "HarsanyiError",
    "Interactions",
    "LogOdds",
    "LogProbability",
    "Logit",
    "MaxEffect",
    "Monitor",
    "NetworkError",
    "NextToken",
    "NotConvergedWarning",
    "Output",
    "PairwiseOrders",
    "Patches",
    "Plan",
    "Regions",
    "SampleInteractions",
    "ScoreRange",
    "Study",
    "Superpixels",
    "Words",
    "extract",
    "extract_game",
    "extract_layers",
    "from_authors",
    "pairwise_orders",
    "protocol",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"harsanyi.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'harsanyi' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
