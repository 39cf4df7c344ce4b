"""Kinds of players, one a file."""

from harsanyi.game.players.images import Patches
from harsanyi.game.players.regions import Regions
from harsanyi.game.players.tabular import Columns

__all__ = ["Columns", "Patches", "Regions"]
