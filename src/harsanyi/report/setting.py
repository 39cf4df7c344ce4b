"""What a page explains, in words: which network and samples, which score, which parts, and what masks them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SCORES = {
    "LogOdds": "the log-odds of {label}, log p / (1 − p)",
    "Logit": "the logit of {label}",
    "LogProbability": "the log-probability of {label}",
    "BinaryLogit": "the network's logit, towards {label}",
    "NextToken": "the log-odds of the next token",
    "Continuation": "the log-probability of the text that continues the prompt",
}
_LABELS = {"given": "the given label", "predicted": "the class that the network prefers"}
_PARTS = {
    "Patches": "patches of the image", "Superpixels": "superpixels", "Regions": "regions of the input",
    "Columns": "columns or groups of columns", "Clusters": "clusters of points", "Words": "words",
}  # fmt: skip
_TOKENS = {name: f"replaced by the {name} token" for name in ("mask", "unk", "pad")}
_MASKED = {
    "zero": "set to 0", "mean": "set to its mean", "median": "set to its median", "blur": "blurred",
    "samples": "taken from other samples, over which the score is a mean", "centre": "moved to its centre",
    "drop": "left out",
}  # fmt: skip


def origin(provenance: Mapping[str, Any]) -> list[str]:
    """Which network was explained on which samples, where these were files; at most one sentence."""
    files = provenance.get("files")
    if not isinstance(files, Mapping) or not {"network", "checkpoint", "samples"} <= set(files):
        return []
    weights, samples = files["checkpoint"], files["samples"]
    if isinstance(weights, Mapping):
        how = f"with the weights of {Path(str(weights['path'])).name}"
    else:
        how = str(weights).removeprefix("none, ")
    return [f"Explained: {files['network']}, {how}, on samples of {Path(str(samples['path'])).name}."]


def setting(provenance: Mapping[str, Any], n: int) -> list[str]:
    """Which score is explained by which parts, and what masks them; at most one sentence.

    Args:
        provenance: of interactions, or the record of a study.
        n: number of players.
    """
    score, players = provenance.get("score"), provenance.get("players")
    if not isinstance(score, Mapping) or not isinstance(players, Mapping) or players.get("type") not in _PARTS:
        return []
    kind = str(players["type"])
    whole = players.get("clusters") if kind == "Clusters" else None
    parts = f"{n} {f'of {whole} ' if isinstance(whole, int) else ''}{_PARTS[kind]}"
    where = f" after the layer {players['at']}" if players.get("at") else ""
    return [f"Score: {_score(score, provenance)}. Parts: {parts}{where}; one that is masked is {_masked(players)}"
            f"{_rest(players, kind)}."]  # fmt: skip


def _score(score: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    kind = str(score.get("type"))
    if kind == "Output":
        index = score.get("index")
        return "the output of the network" if index is None else f"output {index} of the network"
    label = _LABELS.get(str(provenance.get("labels")), "the label")
    return _SCORES[kind].format(label=label) if kind in _SCORES else kind


def _masked(players: Mapping[str, Any]) -> str:
    baseline = players.get("baseline")
    if players["type"] == "Words" and baseline == "mean":
        return "replaced by the mean embedding"
    named = _TOKENS if players["type"] == "Words" else _MASKED
    if isinstance(baseline, str):
        return named.get(baseline, f"replaced by the baseline {baseline}")
    return f"set to {baseline:g}" if isinstance(baseline, int | float) else "replaced by a baseline of its own"


def _rest(players: Mapping[str, Any], kind: str) -> str:
    if players.get("rest") == "mask":
        return ", and so is what belongs to no part"
    return "" if kind == "Columns" and players.get("columns") is None else ", and what belongs to no part stays"
