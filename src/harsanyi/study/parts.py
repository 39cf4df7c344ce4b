"""Samples of several parts (test, train, mislabelled, or other names) as one list that a larger limit only extends."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
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


def joined(
    parts: Mapping[str, Samples], limit: int | None, same: Mapping[str, Sequence[Hashable]] | None = None
) -> Samples:
    """Several parts as one: the first sample of each, then the second of each, and so on.

    Args:
        parts: by name, each with at least one sample. The labels of a part "mislabelled" are taken to be wrong, unless
            it says which are.
        limit: of the samples of each part.
        same: what tells the samples of a part apart; one that two parts have is of the part whose turn comes first.
            Nothing where parts have no sample in common.

    Returns:
        The `Samples`, each with the name of its part.

    Raises:
        ArgumentError: parts of other shapes, dtypes or columns than the first, some with labels and some without, or
            one that other parts leave nothing.
    """
    parts = {name: _all_wrong(part) if name == MISLABELLED else part for name, part in parts.items()}
    first = next(iter(parts.values()))
    for name, part in parts.items():
        if not len(part.inputs) or part.parts is not None:
            given = "samples that have parts themselves" if len(part.inputs) else "no sample"
            raise ArgumentError(f"samples.{name}", given, "the samples of one part, at least one")
        if _form(part) != _form(first):
            raise ArgumentError(f"samples.{name}", _form(part), f"{_form(first)}, as in the first part")
    keys = [same[name] if same else [(name, row) for row in range(len(part.inputs))] for name, part in parts.items()]
    which, rows = _turns(keys, limit)
    for place, name in enumerate(parts):
        if place not in which:
            raise ArgumentError(f"samples.{name}", "a part without a sample that no other part has", "one at least")
    pieces = [part.take(rows[which == place]) for place, part in enumerate(parts.values())]
    in_turns = np.argsort(np.argsort(which, kind="stable"))
    return replace(_one_after_the_other(pieces), parts=np.repeat(list(parts), np.bincount(which))).take(in_turns)


def _all_wrong(part: Samples) -> Samples:
    if part.labels is None or part.mislabelled is not None:
        return part
    return replace(part, mislabelled=np.ones(len(part.labels), np.bool_))


def in_turns(samples: Samples, limit: int | None) -> Samples:
    """Samples that have parts already, in the order of `joined`."""
    assert samples.parts is not None
    names = dict.fromkeys(samples.parts.tolist())
    return joined({name: replace(samples.take(np.flatnonzero(samples.parts == name)), parts=None) for name in names},
                  limit)  # fmt: skip


def joined_splits(data: Data[Any], splits: Sequence[str], limit: int | None) -> Samples:
    """Splits of a data set as one, see `joined` and `split_of`; no sample is in it twice.

    Raises:
        ArgumentError: as `split_of`, or a split that the others leave nothing.
    """
    parts = {split: split_of(data, split) for split in splits}
    same = {split: [(_source(split), row) for row in _rows(data, split).tolist()] for split in parts}
    return joined(parts, limit, same)


def split_of(data: Data[Any], split: str) -> Samples:
    """A split of a data set; "mislabelled" are the training samples whose label is wrong on purpose.

    These come from the last on, so that the first training samples keep theirs.

    Raises:
        ArgumentError: an unknown split, or one without a sample.
    """
    if split not in _KNOWN:
        raise ArgumentError("samples.split", repr(split), f"one of {', '.join(_KNOWN)}",
                            did_you_mean(str(split), _KNOWN))  # fmt: skip
    part = _source(split)
    inputs, labels = getattr(data, f"{part}_inputs"), getattr(data, f"{part}_labels")
    values = inputs.numpy() if isinstance(inputs, torch.Tensor) else np.array(inputs, np.str_)
    wrong = np.zeros(len(labels), np.bool_)
    if part == TRAIN:
        wrong[data.mislabelled.numpy()] = True
    found = Samples(values, labels.numpy(), data.input_names, mislabelled=wrong)
    found = found.take(_rows(data, split))
    if not len(found.inputs):
        hint = "Set label_noise of the data" if split == MISLABELLED else ""
        raise ArgumentError("samples.split", f"{split!r}, which has no sample", "a split with samples", hint)
    return found


def _source(split: str) -> str:
    return TRAIN if split == MISLABELLED else split


def _rows(data: Data[Any], split: str) -> npt.NDArray[np.int64]:
    """Rows of its source that a split has, in its order."""
    if split == MISLABELLED:
        return np.sort(data.mislabelled.numpy())[::-1].copy()
    return np.arange(len(getattr(data, f"{split}_labels")))


def _turns(
    keys: Sequence[Sequence[Hashable]], limit: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Part and row of every sample, where parts take turns and each takes its next one that none has taken.

    More turns only add to the end.
    """
    waiting = [(place, enumerate(part)) for place, part in enumerate(keys)]
    taken: set[Hashable] = set()
    chosen: list[tuple[int, int]] = []
    for _ in range(max(map(len, keys)) if limit is None else limit):
        for place, rest in waiting:
            row, key = next(((row, key) for row, key in rest if key not in taken), (-1, None))
            if row >= 0:
                taken.add(key)
                chosen.append((place, row))
    which, rows = np.array(chosen, np.int64).T
    return which, rows


def _one_after_the_other(pieces: Sequence[Samples]) -> Samples:
    wrong = [piece.mislabelled for piece in pieces]
    known = [np.zeros(len(piece.inputs), np.bool_) if each is None else each
             for piece, each in zip(pieces, wrong, strict=True)]  # fmt: skip
    labels = [piece.labels for piece in pieces if piece.labels is not None]
    return Samples(
        np.concatenate([piece.inputs for piece in pieces]), np.concatenate(labels) if labels else None,
        pieces[0].columns, None, None if all(each is None for each in wrong) else np.concatenate(known),
    )  # fmt: skip


def _form(part: Samples) -> str:
    labels = "without labels" if part.labels is None else f"with {'text ' * (part.labels.dtype.kind == 'U')}labels"
    kind = "text" if part.inputs.dtype.kind == "U" else str(part.inputs.dtype)
    columns = f", columns {', '.join(part.columns)}" if part.columns else ""
    return f"{kind} {part.inputs.shape[1:]} {labels}{columns}"
