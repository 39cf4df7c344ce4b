"""What a monitor looks at, so that a folder never mixes the interactions of different samples or players."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harsanyi.monitor.question import Question
from harsanyi.progress import described


def identity(question: Question, salience: Any) -> dict[str, Any]:
    """What a row of the table depends on beside the network, in JSON types.

    Args:
        question: what is asked of the network.
        salience: rule for the effects that count.

    Returns:
        Hashes of inputs and labels, and a description of each of the rest.
    """
    labels = question.labels.cpu() if isinstance(question.labels, Tensor) else question.labels
    names = ("players", "score", "noise", "max_gap", "output")
    how = {name: described(getattr(question, name)) for name in names} | {"salience": described(salience)}
    known = {"inputs": _hash(question.inputs), "labels": _hash(np.asarray(labels).tolist()), **how}
    plain: dict[str, Any] = json.loads(json.dumps(known))  # as it is read again
    return plain


def differences(found: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """Where a record differs from ours, in words.

    Example:
        >>> differences({"noise": 0.04, "inputs": "5f3a"}, {"noise": 0.02, "inputs": "71c0"})
        ['noise 0.04 instead of 0.02', 'other inputs']
    """
    return [_difference(name, found.get(name), value) for name, value in own.items() if found.get(name) != value]


def _difference(name: str, found: Any, own: Any) -> str:
    if name in ("inputs", "labels"):
        return f"other {name}"
    return f"{name} {_brief(found)} instead of {_brief(own)}"


def _brief(described: Any) -> str:
    if not isinstance(described, Mapping):
        return repr(described)
    options = ", ".join(f"{name}={_brief(value)}" for name, value in described.items() if name != "type")
    return f"{described.get('type', '')}({options})"


def _hash(values: Any) -> str:
    """SHA-256 of samples or labels."""
    whole = hashlib.sha256()
    for part in _bytes(values):
        whole.update(part)
    return whole.hexdigest()[:16]


def _bytes(values: Any) -> list[bytes]:
    if hasattr(values, "to_csv"):  # a table of pandas, whose columns may be of any type
        return [values.to_csv().encode()]
    if isinstance(values, Tensor):
        plain = values.detach().cpu().contiguous()
        return [f"{plain.dtype} {tuple(plain.shape)};".encode(), plain.reshape(-1).view(torch.uint8).numpy().tobytes()]
    if isinstance(values, np.ndarray) and not values.dtype.hasobject:
        return [f"{values.dtype} {values.shape};".encode(), np.ascontiguousarray(values).tobytes()]
    if isinstance(values, list | tuple) and values and isinstance(values[0], Tensor | np.ndarray):
        return [part for value in values for part in _bytes(value)]
    return [json.dumps(np.asarray(values).tolist()).encode()]
