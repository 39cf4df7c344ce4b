"""Players and scores from names and options: the same fields in Python, in YAML and on the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import from_options, told
from harsanyi.game.continuation import Continuation, NextToken
from harsanyi.game.masking import Players
from harsanyi.game.players.images import Patches
from harsanyi.game.players.points import Clusters
from harsanyi.game.players.regions import Regions
from harsanyi.game.players.superpixels import Superpixels
from harsanyi.game.players.tabular import Columns
from harsanyi.game.players.text import Words
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import BinaryLogit, Logit, LogOdds, LogProbability, Output, Score
from harsanyi.loading.samples import read_samples

_KINDS: Mapping[str, Any] = {
    "columns": Columns,
    "patches": Patches,
    "regions": Regions,
    "superpixels": Superpixels,
    "words": Words,
    "clusters": Clusters,
}
_FILES = ("background", "regions", "baseline", "clusters")  # fields that may name a file of values
_SCORES: Mapping[str, Any] = {
    "log-odds": LogOdds,
    "logit": Logit,
    "log-probability": LogProbability,
    "binary-logit": BinaryLogit,
    "output": Output,
    "next-token": NextToken,
    "continuation": Continuation,
}


def score_from(name: str) -> Score:
    """Score of this name.

    Raises:
        ArgumentError: an unknown name.
    """
    if name not in _SCORES:
        raise ArgumentError("score", repr(name), f"one of {', '.join(_SCORES)}")
    score: Score = _SCORES[name]()
    return score


def players_from(options: Mapping[str, Any], label_column: str | None = None) -> Players | PosingPlayers:
    """Players from a mapping.

    Args:
        options: "kind" ("columns", "patches", "regions", "superpixels", "words" or "clusters") and the fields of that
            class. `background`, `regions`, `clusters` and `baseline` may name a file of values, read as samples are.
        label_column: of the samples, left out of the background too.

    Returns:
        The players.

    Raises:
        ArgumentError: an unknown kind or field (the near one and all fields with their defaults are listed).

    Example:
        >>> players_from({"kind": "patches", "grid": [4, 4], "n": 10}).n
        10
    """
    fields = dict(options)
    kind = fields.pop("kind", None)
    if kind not in _KINDS:
        raise ArgumentError("players", f"kind {kind!r}", f"kind: one of {', '.join(_KINDS)}")
    _check_fields(kind, fields)
    values = {name: _value(name, value, label_column) for name, value in fields.items()}
    try:
        players: Players | PosingPlayers = from_options(_KINDS[kind], values, "players")
    except TypeError as error:
        accepted = "; ".join(map(told, dataclasses.fields(_KINDS[kind])))
        raise ArgumentError("players", str(error), accepted) from error
    return players


def _check_fields(kind: str, given: Mapping[str, Any]) -> None:
    """Refuse fields that other kinds of players have."""
    names = {known: {field.name for field in dataclasses.fields(players)} for known, players in _KINDS.items()}
    for name in sorted(given.keys() - names[kind]):
        others = [known for known in _KINDS if name in names[known]]
        if others:
            accepted = f"it with players of kind {' or '.join(others)}"
            raise ArgumentError(name, f"{given[name]!r}, which {kind} do not have", accepted)


def _value(name: str, value: Any, label_column: str | None) -> Any:
    if name == "grid" and isinstance(value, list):
        return tuple(value)
    if name in _FILES and isinstance(value, str) and Path(value).suffix:
        read = read_samples(value, argument=name, without=label_column)
        if name == "background":
            return read.given()  # columns of a table by their names
        values = torch.from_numpy(read.inputs)
        return values[0] if name == "baseline" and values.ndim > 1 and len(values) == 1 else values
    if name in _FILES and isinstance(value, list):
        return torch.tensor(value)
    return value
