"""Complexity of the interactions of one sample, each a number in a plain scale; from its strength by order."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis.bootstrap import Floats


def mean_order(strength: Floats) -> Floats:
    """How many players an interaction joins on average, weighted by strength: sum of |S| |I(S)| / sum of |I(S)|.

    Args:
        strength: sums of positive and of negative effects of each sample and order, (..., 2, n), as
            `Interactions.strength_by_order` returns them.

    Returns:
        (...), in [1, n]; NaN without strength.

    Example:
        >>> mean_order(np.array([[3.0, 0.0], [0.0, -1.0]])).item()  # strength 3 at order 1, 1 at order 2
        1.25

    Source: our definition.
    """
    total = _total(strength)
    return ratio(total @ np.arange(1, total.shape[-1] + 1), total.sum(-1))


def high_order_share(strength: Floats, high: int) -> Floats:
    """Share of the strength at order `high` and above.

    Args:
        strength: (..., 2, n).
        high: lowest order that counts as high, 1 to n.

    Returns:
        (...), in [0, 1]; NaN without strength.

    Source: our definition.
    """
    total = _total(strength)
    return ratio(total[..., high - 1 :].sum(-1), total.sum(-1))


def cancellation(strength: Floats) -> Floats:
    """How far positive and negative effects of an order cancel: 1 - |sum of effects| / sum of |effects|.

    Args:
        strength: (..., 2, n).

    Returns:
        (..., n), in [0, 1]; NaN at orders without strength.

    Source: our definition.
    """
    return np.maximum(1 - ratio(np.abs(strength.sum(-2)), _total(strength)), 0)


def mean_cancellation(strength: Floats) -> Floats:
    """Cancellation of a sample: that at each order, the mean over the orders weighted by their strength.

    Args:
        strength: (..., 2, n).

    Returns:
        (...), in [0, 1]; NaN without strength.

    Example:
        >>> mean_cancellation(np.array([[3.0, 1.0], [0.0, -1.0]])).item()  # 0 at order 1, 1 at order 2, of 3 and 2
        0.4

    Source: our definition.
    """
    return np.maximum(1 - ratio(np.abs(strength.sum(-2)).sum(-1), _total(strength).sum(-1)), 0)


def _total(strength: Floats) -> Floats:
    return np.asarray(strength[..., 0, :] - strength[..., 1, :])


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole, each (...); NaN where the whole is 0."""
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
