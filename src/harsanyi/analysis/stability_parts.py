"""How much each salient effect varies over noisy draws of its sample, and what that is by order."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.layer_parts import by_order, with_totals
from harsanyi.analysis.measures import ratio

_ROUNDING = 1e-6  # of an effect: one that varies by no more does not vary, splits are not computed more exactly


def steadiness(drawn: Floats) -> Floats:
    """|mean over the draws| / standard deviation over the draws.

    Args:
        drawn: effects, (draws, ...), two draws or more.

    Returns:
        (...), >= 0; NaN where the draws are all the same.

    Example:
        >>> steadiness(np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0]])).tolist()
        [2.0, nan]

    Source: 2409.08712; the standard deviation is the unbiased one (divided by draws - 1).
    """
    mean, squares = drawn.mean(0), ((drawn - drawn.mean(0)) ** 2).sum(0)
    return _over_deviation(mean, squares / (len(drawn) - 1), np.abs(drawn).max(0))


def steadiness_without(drawn: Floats) -> Floats:
    """`steadiness` without each of the draws in turn, (draws, ...) of three draws or more."""
    draws, mean = len(drawn), drawn.mean(0)
    apart = drawn - mean
    squares = (apart**2).sum(0) - apart**2 * draws / (draws - 1)
    return _over_deviation(mean - apart / (draws - 1), squares / (draws - 2), np.abs(drawn).max(0))


def _over_deviation(mean: Floats, variance: Floats, largest: Floats) -> Floats:
    deviation = np.sqrt(np.maximum(variance, 0))
    varies = deviation > _ROUNDING * largest
    return np.asarray(np.where(varies, np.abs(mean) / np.where(varies, deviation, 1.0), np.nan))


def sample_means(values: Floats, salient: Floats) -> Floats:
    """Mean over the salient effects of each order that vary, by sample.

    Args:
        values: of `steadiness`, (..., 2, samples, 2**n), NaN where there is none.
        salient: which of the effects count, 1 or 0, (2, samples, 2**n).

    Returns:
        (..., samples, 3, n + 1): type, order; NaN without such an effect.
    """
    known = salient * ~np.isnan(values)
    sums = [with_totals(np.moveaxis(by_order(each), -3, -2)) for each in (known * np.nan_to_num(values), known)]
    return ratio(*sums)
