"""Intervals and tests for few numbers, where resampling them would tell too little."""

from __future__ import annotations

from itertools import combinations
from math import comb, cos, pi, sin, sqrt, tan
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Estimate, Floats

MOST_REARRANGEMENTS = 20_000  # beyond it, so many are drawn at random
_ROUNDING = 1e-9
_HALVINGS = 60


def share_estimate(part: npt.ArrayLike, whole: npt.ArrayLike, level: float) -> Estimate:
    """Shares with their intervals, which keep a width even where a share is 0 or 1.

    Args:
        part: how many have something, (...).
        whole: of how many independent ones, (...).
        level: of the intervals, in (0, 1).

    Returns:
        (...); NaN where the whole is 0.

    Example:
        >>> nothing = share_estimate(0, 10, 0.95)
        >>> float(nothing.value), float(nothing.low), round(float(nothing.high), 3)
        (0.0, 0.0, 0.278)

    Source: Wilson, 1927.
    """
    counts = np.asarray(whole, dtype=np.float64)
    counts = np.where(counts > 0, counts, np.nan)
    share = np.asarray(part) / counts
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre, scale = share + z**2 / (2 * counts), 1 + z**2 / counts
    reach = z * np.sqrt(share * (1 - share) / counts + (z / (2 * counts)) ** 2)
    low, high = (centre - reach) / scale, (centre + reach) / scale  # round off may leave them beyond the share
    return Estimate(np.asarray(share), np.minimum(low, share), np.maximum(high, share))


def mean_estimate(values: Floats, level: float, least: float, most: float) -> Estimate:
    """The mean of a few independent numbers with Student's interval.

    Args:
        values: (m,); NaN is left out.
        level: of the interval, in (0, 1).
        least: lowest number there can be; the interval ends there.
        most: highest.

    Returns:
        (); the interval is NaN for fewer than two numbers.

    Example:
        >>> found = mean_estimate(np.array([0.25, 0.5, 0.75]), 0.9, 0.0, 1.0)
        >>> float(found.value), round(float(found.low), 3), round(float(found.high), 3)
        (0.5, 0.079, 0.921)

    Source: Student, 1908.
    """
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if len(known) else np.nan
    if len(known) < 2:
        return Estimate(*(np.asarray(end) for end in (mean, np.nan, np.nan)))
    reach = t_quantile(level, len(known) - 1) * float(known.std(ddof=1)) / sqrt(len(known))
    return Estimate(np.asarray(mean), *(np.clip(end, least, most) for end in (mean - reach, mean + reach)))


def t_quantile(level: float, degrees: int) -> float:
    """The number t with P(|T| <= t) = level, of Student's distribution with these degrees of freedom.

    Example:
        >>> round(t_quantile(0.95, 4), 4)
        2.7764
    """
    low, high = 0.0, pi / 2  # the angle whose tangent is t / sqrt(degrees)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _central(middle, degrees) < level else (low, middle)
    return sqrt(degrees) * tan(low)


def _central(angle: float, degrees: int) -> float:
    """P(|T| <= sqrt(degrees) tan(angle)), by the finite series for whole degrees (Abramowitz and Stegun, 26.7.3-4)."""
    odd, square = degrees % 2, cos(angle) ** 2
    term = cos(angle) if odd else 1.0
    total = term if degrees > 1 else 0.0
    for power in range(2 + odd, degrees - 1, 2):
        term *= (power - 1) / power * square
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def rearranged_p_value(one: Floats, other: Floats, seed: int) -> float:
    """Whether the means of two sets of numbers differ, by giving the numbers to the sets anew.

    Args:
        one: (m,), no NaN.
        other: (k,), likewise.
        seed: of the rearrangements that are drawn where there are too many to try all.

    Returns:
        The two-sided p-value: the share of the ways, this one among them, that set the means at least as far apart; NaN
        where a set is empty.

    Example:
        >>> round(rearranged_p_value(np.array([0.9, 0.8, 0.9]), np.array([0.1, 0.0, 0.2]), 0), 3)  # 2 of 20 ways
        0.1

    Source: Fisher, 1935.
    """
    if min(len(one), len(other)) == 0:
        return np.nan
    pooled = np.concatenate((one, other))
    apart = _apart(one.sum(), pooled.sum(), len(one), len(other))
    sums = _rearranged_sums(pooled, len(one), seed)
    return float((_apart(sums, pooled.sum(), len(one), len(other)) >= apart - _ROUNDING).mean())


def least_p_value(one: int, other: int) -> float:
    """The least p-value that sets of so many numbers can have.

    Example:
        >>> least_p_value(3, 3), round(least_p_value(5, 5), 4)
        (0.1, 0.0079)
    """
    ways = comb(one + other, one)
    return (1 + (one == other)) / ways if ways <= MOST_REARRANGEMENTS else 1 / MOST_REARRANGEMENTS


def holm(p_values: Floats) -> Floats:
    """p-values corrected for how many there are, (m,); NaN counts as none and stays.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]

    Source: Holm, 1979.
    """
    order = np.argsort(p_values)  # NaN comes last
    times = np.maximum(int((~np.isnan(p_values)).sum()) - np.arange(len(p_values)), 1)
    found = np.empty_like(p_values)
    found[order] = np.minimum(np.maximum.accumulate(times * p_values[order]), 1)
    return found


def _apart(sums: npt.ArrayLike, total: float, one: int, other: int) -> Floats:
    return np.abs(np.asarray(sums) / one - (total - np.asarray(sums)) / other)


def _rearranged_sums(pooled: Floats, size: int, seed: int) -> Floats:
    """Sums of the numbers that a set of this size may be given: of all such sets, or of this one and random ones."""
    if comb(len(pooled), size) <= MOST_REARRANGEMENTS:
        return np.asarray(pooled[np.array(list(combinations(range(len(pooled)), size)))].sum(1))
    generator = np.random.default_rng(seed)
    drawn = generator.random((MOST_REARRANGEMENTS - 1, len(pooled))).argsort(1)[:, :size]
    return np.concatenate(([pooled[:size].sum()], pooled[drawn].sum(1)))
