"""How much two sets of samples have in common by chance."""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Floats
from harsanyi.core.errors import ArgumentError


def expected_jaccard(samples: int, first: int, second: int) -> float:
    """Jaccard index, samples in both sets over samples in either, that independent sets have on average.

    Args:
        samples: how many there are to choose from.
        first: number of samples in one set, 0 to `samples`.
        second: in the other.

    Returns:
        The exact mean over all pairs of such sets, in [0, 1]; NaN where both are empty.

    Raises:
        ArgumentError: a set that is larger than what there is to choose from, or a negative number.

    Example:
        >>> round(expected_jaccard(4, 2, 2), 4)  # 0, 1 or 2 in common: (1 * 0 + 4 * 1/3 + 1 * 1) / 6
        0.3889

    Source: the number in common has a hypergeometric distribution.
    """
    for argument, size in (("first", first), ("second", second)):
        if not 0 <= size <= samples:
            raise ArgumentError(argument, size, f"a number of samples, 0 to {samples}")
    if first + second == 0:
        return float("nan")
    common, probability = _in_common(samples, first, second)
    return float((probability * common / (first + second - common)).sum())


def limit_jaccard(first: float, second: float) -> float:
    """The same for endless samples, from the share of each set in [0, 1]: q / (2 - q) where both are q.

    Example:
        >>> round(limit_jaccard(0.1, 0.1), 4)
        0.0526
    """
    either = first + second - first * second
    return first * second / either if either > 0 else float("nan")


def overlap_p_value(samples: int, first: int, second: int, both: int) -> float:
    """Probability that independent sets of these sizes have as many samples in common, or more.

    Args:
        samples: how many there are to choose from.
        first: number of samples in one set.
        second: in the other.
        both: in both.

    Returns:
        The exact one-sided p-value, in [0, 1].

    Example:
        >>> round(overlap_p_value(4, 2, 2, 2), 4)
        0.1667

    Source: Fisher's exact test, one-sided.
    """
    common, probability = _in_common(samples, first, second)
    return min(float(probability[common >= both].sum()), 1.0)


def together_p_value(sets: Sequence[tuple[int, int, int, int]]) -> float:
    """Probability that pairs of independent sets have together so many samples in common, or so few.

    Args:
        sets: samples, first, second and both of each pair, as for `overlap_p_value`; pairs are independent too.

    Returns:
        The exact two-sided p-value, twice that of the nearer side, in [0, 1].

    Example:
        >>> round(together_p_value([(4, 2, 2, 2)] * 3), 4)  # 2 * (1 / 6)**3
        0.0093
    """
    probability, lowest = np.ones(1), 0
    for samples, first, second, _ in sets:
        common, each = _in_common(samples, first, second)
        probability, lowest = np.convolve(probability, each), lowest + int(common[0])
    at = sum(both for *_, both in sets) - lowest
    return min(2 * float(min(probability[: at + 1].sum(), probability[at:].sum())), 1.0)


def _in_common(samples: int, first: int, second: int) -> tuple[Floats, Floats]:
    """Numbers of samples that the sets may have in common, and the probability of each."""
    common = np.arange(max(0, first + second - samples), min(first, second) + 1, dtype=np.float64)
    ways = _log_choose(first, common) + _log_choose(samples - first, second - common)
    weight = np.exp(ways - ways.max())
    return common, weight / weight.sum()


def _log_choose(whole: int, chosen: Floats) -> Floats:
    kept = torch.from_numpy(chosen)
    parts = torch.lgamma(kept + 1) + torch.lgamma(whole - kept + 1)
    return np.asarray((lgamma(whole + 1) - parts).numpy())
