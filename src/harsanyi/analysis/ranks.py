"""Rank correlation: whether one number rises as another does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats


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


def correlation_of_samples(one: Floats, other: Floats, bootstrap: Bootstrap) -> Estimate:
    """Rank correlation of two numbers of each sample, with its interval over samples.

    Args:
        one: (samples,); a sample that has NaN here or there is left out. Numbers that are the same to nine digits after
            the point are equal.
        other: (samples,).
        bootstrap: draws, level and seed of the interval; both numbers of a sample are drawn together.

    Returns:
        (), see `rank_correlation`.
    """
    pairs = np.stack((one, other), 1).round(9)
    pairs = pairs[~np.isnan(pairs).any(1)]

    def correlation(drawn: Floats) -> Floats:
        return rank_correlation(drawn[..., 0], drawn[..., 1])

    return bootstrap.estimate(correlation(pairs), bootstrap.statistics(pairs, correlation))


def _centred_ranks(values: npt.ArrayLike) -> Floats:
    import pandas as pd

    numbers = np.asarray(values, dtype=np.float64)
    ranks = pd.DataFrame(numbers.reshape(-1, numbers.shape[-1])).rank(axis=1).to_numpy()
    return np.asarray((ranks - ranks.mean(1, keepdims=True)).reshape(numbers.shape))
