"""Players and scores from names and options: the same fields in Python, in YAML and on the command line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from harsanyi.core.errors import ArgumentError, did_you_mean
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
    known = {field.name: field for field in dataclasses.fields(_KINDS[kind])}
    for name in fields:
        if name not in known:
            raise ArgumentError(
                "players", f"the option {name!r} with kind {kind!r}", "; ".join(map(_told, known.values())),
                did_you_mean(name, known),
            )  # fmt: skip
    missing = [name for name, field in known.items() if field.default is dataclasses.MISSING and name not in fields]
    if missing:
        raise ArgumentError(missing[0], "nothing", f"a value: players of kind {kind!r} need it")
    values = {name: _value(name, value, label_column) for name, value in fields.items()}
    try:
        players: Players | PosingPlayers = _KINDS[kind](**values)
    except TypeError as error:
        raise ArgumentError("players", str(error), "; ".join(map(_told, known.values()))) from error
    return players


def read_players(path: str | Path) -> dict[str, Any]:
    """Options of players from a YAML file.

    Raises:
        ArgumentError: no such file, or no mapping in it.
    """
    import yaml

    try:
        options = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ArgumentError("players", f"{path} ({error})", "a readable YAML file") from error
    if not isinstance(options, dict):
        raise ArgumentError("players", f"{path}, which holds a {type(options).__name__}", "a mapping with kind: …")
    return options


def _value(name: str, value: Any, label_column: str | None) -> Any:
    if name == "grid" and isinstance(value, list):
        return tuple(value)
    if name in _FILES and isinstance(value, str) and Path(value).suffix:
        values = torch.from_numpy(read_samples(value, argument=name, without=label_column).inputs)
        return values[0] if name == "baseline" and values.ndim > 1 and len(values) == 1 else values
    if name in _FILES and isinstance(value, list):
        return torch.tensor(value)
    return value


def _told(field: dataclasses.Field[Any]) -> str:
    required = field.default is dataclasses.MISSING
    return f"{field.name} (required)" if required else f"{field.name} (default {field.default!r})"
