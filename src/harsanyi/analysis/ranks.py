"""Rank correlation: whether one number rises as another does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, in_order
from harsanyi.analysis.estimates import part, stacked


def rank_correlation(values: npt.ArrayLike, others: npt.ArrayLike) -> Floats:
    """Spearman's rank correlation along the last dimension; equal numbers share their mean rank.

    Args:
        values: (..., m), infinity allowed.
        others: (..., m), broadcast with the values.

    Returns:
        (...), in [-1, 1]; NaN for fewer than three numbers, and where all numbers on one side are equal.

    Example:
        >>> rank_correlation([9.0, 4.0, 4.0, 0.0], [1, 2, 3, 4]).round(3).item()
        -0.949

    Source: Spearman, 1904.
    """
    shape = np.broadcast_shapes(np.shape(values), np.shape(others))
    if shape[-1] < 3:
        return np.full(shape[:-1], np.nan)
    one, other = np.broadcast_arrays(_centred_ranks(values), _centred_ranks(others))
    spread = np.sqrt((one**2).sum(-1) * (other**2).sum(-1))
    return np.asarray(np.divide((one * other).sum(-1), spread, out=np.full(spread.shape, np.nan), where=spread > 0))


def correlation_of_known(values: Floats, others: npt.ArrayLike, known: npt.NDArray[np.bool_]) -> Floats:
    """Rank correlation along the last dimension over the places that are known, (..., m) and (m,) to (...).

    Fewer than three known places have none.
    """
    return rank_correlation(values[..., known], np.asarray(others)[known])


def correlations_of_samples(rows: Floats, pairs: Iterable[tuple[int, int]], bootstrap: Bootstrap) -> Estimate:
    """Rank correlation between pairs of numbers of each sample, with its interval over samples.

    Args:
        rows: (numbers, samples); a sample that has NaN in one of two rows is left out of their pair. Numbers that are
            the same to nine digits after the point are equal.
        pairs: positions of two rows.
        bootstrap: draws, level and seed of the intervals; all numbers of a sample are drawn together.

    Returns:
        (pairs,), see `rank_correlation`.
    """
    rounded = in_order(np.asarray(rows).round(9).T).T
    times_of = lru_cache(maxsize=1)(lambda samples: np.ascontiguousarray(bootstrap.times(samples).T))
    found = []
    for places in pairs:
        one, other = rounded[list(places)]
        known = ~(np.isnan(one) | np.isnan(other))
        drawn = _drawn_correlations(one[known], other[known], times_of(int(known.sum())))
        found.append(bootstrap.estimate(rank_correlation(one[known], other[known]), drawn))
    return stacked(found)


def correlation_of_samples(one: Floats, other: Floats, bootstrap: Bootstrap) -> Estimate:
    """Rank correlation of two numbers of each sample, (samples,) both, with its interval, (): one pair of the above."""
    return part(correlations_of_samples(np.stack((one, other)), [(0, 1)], bootstrap), 0)


def _drawn_correlations(one: Floats, other: Floats, times: Floats) -> Floats:
    """Rank correlation of samples, (m,), each drawn so many times, (m, draws), to (draws,)."""
    if len(one) < 3:
        return np.full(times.shape[1], np.nan)
    left, right = _drawn_ranks(one, times), _drawn_ranks(other, times)
    weighted = times * left
    products, own = ((weighted * ranks).sum(0) for ranks in (right, left))
    spread = np.sqrt(own * (times * right**2).sum(0))
    return np.asarray(np.divide(products, spread, out=np.full(len(spread), np.nan), where=spread > 0))


def _drawn_ranks(values: Floats, times: Floats) -> Floats:
    """Centred ranks of values among all that are drawn, (m,) and (m, draws) to (m, draws)."""
    order, place = np.argsort(values, kind="stable"), np.unique(values, return_inverse=True)[1]
    last = np.cumsum(np.bincount(place)) - 1  # of each value, in the order
    upto = np.cumsum(times[order], 0)[last]
    below = np.concatenate((np.zeros_like(upto[:1]), upto[:-1]))
    return np.asarray(((below + upto - len(times)) / 2)[place])


def _centred_ranks(values: npt.ArrayLike) -> Floats:
    import pandas as pd

    numbers = np.asarray(values, dtype=np.float64)
    ranks = pd.DataFrame(numbers.reshape(-1, numbers.shape[-1])).rank(axis=1).to_numpy()
    return np.asarray((ranks - ranks.mean(1, keepdims=True)).reshape(numbers.shape))
