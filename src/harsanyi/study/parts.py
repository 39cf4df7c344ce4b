"""Samples of several parts (test, train, mislabelled, or other names) as one list that a larger limit only extends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.loading.samples import Samples
from harsanyi.zoo.data import SPLITS, Data

MISLABELLED = "mislabelled"
TRAIN, TEST = "train", "test"
_KNOWN = (*SPLITS, MISLABELLED)


def joined(parts: Mapping[str, Samples], limit: int | None) -> Samples:
    """Several parts as one: the first sample of each, then the second of each, and so on.

    Args:
        parts: by name, each with at least one sample.
        limit: of the samples of each part.

    Returns:
        The `Samples`, each with the name of its part.

    Raises:
        ArgumentError: parts of other shapes, dtypes or columns than the first, or some with labels and some without.
    """
    first = next(iter(parts.values()))
    for name, part in parts.items():
        if _form(part) != _form(first):
            raise ArgumentError(f"samples.{name}", _form(part), f"{_form(first)}, as in the first part")
    names = np.concatenate([np.full(len(part.inputs), name) for name, part in parts.items()])
    places = np.concatenate([np.arange(len(part.inputs)) for part in parts.values()])
    order = np.argsort(places, kind="stable")
    order = order[places[order] < (len(order) if limit is None else limit)]
    wrong = [np.zeros(len(part.inputs), np.bool_) if part.mislabelled is None else part.mislabelled
             for part in parts.values()]  # fmt: skip
    whole = Samples(
        np.concatenate([part.inputs for part in parts.values()]),
        None if first.labels is None else np.concatenate([_labels(part) for part in parts.values()]),
        first.columns, names, np.concatenate(wrong),
    )  # fmt: skip
    return whole.take(order)


def split_of(data: Data[Any], split: str) -> Samples:
    """A split of a data set; "mislabelled" are the training samples whose label is wrong on purpose.

    These come from the last on: of a data set that is larger than what is explained of it, few are then among the first
    training samples too.

    Raises:
        ArgumentError: an unknown split, or one without a sample.
    """
    if split not in _KNOWN:
        raise ArgumentError("samples.split", repr(split), f"one of {', '.join(_KNOWN)}",
                            did_you_mean(str(split), _KNOWN))  # fmt: skip
    part = TRAIN if split == MISLABELLED else split
    inputs, labels = getattr(data, f"{part}_inputs"), getattr(data, f"{part}_labels")
    values = inputs.numpy() if isinstance(inputs, torch.Tensor) else np.array(inputs, np.str_)
    wrong = np.zeros(len(labels), np.bool_)
    wrong[data.mislabelled.numpy() if part == TRAIN else []] = True
    found = Samples(values, labels.numpy(), data.input_names, mislabelled=wrong)
    if split == MISLABELLED:
        found = found.take(np.flatnonzero(wrong)[::-1])
    if not len(found.inputs):
        hint = "Set label_noise of the data" if split == MISLABELLED else ""
        raise ArgumentError("samples.split", f"{split!r}, which has no sample", "a split with samples", hint)
    return found


def _labels(part: Samples) -> npt.NDArray[Any]:
    assert part.labels is not None
    return part.labels


def _form(part: Samples) -> str:
    labels = "without labels" if part.labels is None else "with labels"
    kind = "text" if part.inputs.dtype.kind == "U" else str(part.inputs.dtype)
    columns = f", columns {', '.join(part.columns)}" if part.columns else ""
    return f"{kind} {part.inputs.shape[1:]} {labels}{columns}"
