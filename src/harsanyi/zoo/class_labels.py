"""Labels of any form, words or numbers, as class numbers and names."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError

UNKNOWN = -1


def encode_labels(
    splits: Sequence[Sequence[object]], known: Sequence[str] | None = None
) -> tuple[list[Tensor], tuple[str, ...]]:
    """Number the classes, the same way in every split.

    Words are classes in the order of `known`, or sorted where some are not known; blanks and full stops around them
    do not count. Whole numbers that count from 0 are kept; others are numbered in their order.

    Args:
        splits: the labels of each split; -1 or nothing for an unknown one.
        known: names of the classes, in order, if they are known beforehand.

    Returns:
        The labels of each split, int64, -1 for unknown ones, and the names of the classes.

    Raises:
        ArgumentError: labels that are neither words nor whole numbers, or no known label at all.

    Example:
        >>> encode_labels([[" >50K", "<=50K."], [">50K"]], known=("<=50K", ">50K"))
        ([tensor([1, 0]), tensor([1])], ('<=50K', '>50K'))
    """
    cleaned = [[_cleaned(label) for label in labels] for labels in splits]
    values = {label for labels in cleaned for label in labels if label is not None}
    if not values:
        raise ArgumentError("source", "a data set without labels", "labelled samples")
    if all(isinstance(value, str) for value in values):
        order, names = _named(values, known)
    elif not any(isinstance(value, str) for value in values):
        order, names = _numbered(values, known)
    else:
        raise ArgumentError("source", "labels of which some are words and some numbers", "one or the other")
    numbers = {value: number for number, value in enumerate(order)}
    return [torch.tensor([UNKNOWN if label is None else numbers[label] for label in labels], dtype=torch.int64)
            for labels in cleaned], names  # fmt: skip


def _cleaned(label: object) -> str | int | None:
    """A word without blanks and full stops around it, a whole number, or nothing for an unknown label."""
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return None
    if isinstance(label, str):
        return label.strip(" .")
    if not isinstance(label, bool | int | float | np.number | np.bool_) or int(label) != label:
        raise ArgumentError("source", f"the label {label!r}", "labels that are words or whole numbers")
    return None if label == UNKNOWN else int(label)


def _named(values: set[str | int], known: Sequence[str] | None) -> tuple[list[str | int], tuple[str, ...]]:
    if known is not None and values <= set(known):
        return list(known), tuple(known)
    names = sorted(map(str, values))
    return list(names), tuple(names)


def _numbered(values: set[str | int], known: Sequence[str] | None) -> tuple[list[str | int], tuple[str, ...]]:
    numbers = sorted(map(int, values))
    if numbers[0] == 0 or (known is not None and numbers[0] >= 0 and numbers[-1] < len(known)):
        numbers = list(range(max(numbers[-1] + 1, len(known) if known is not None else 0)))
    fits = known is not None and len(known) == len(numbers)
    return list(numbers), tuple(known) if known is not None and fits else tuple(map(str, numbers))
