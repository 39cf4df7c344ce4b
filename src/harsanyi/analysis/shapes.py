"""The shape of a strength by order: spindle, decay or neither."""

from __future__ import annotations

from math import comb

import numpy as np

from harsanyi.analysis.bootstrap import Floats
from harsanyi.core.theory import null_strength

_RISE = 0.05  # a rise by this share of the whole strength still counts as falling
_DISTANCE = 0.25  # of a spindle from its nearest binomial shape


def binomial_shares(n: int, mean_order: float) -> Floats:
    """The shape C(n, k) r^k, as shares (n,), with r such that the mean order is as given; r = sqrt(2) is the null."""
    order = np.arange(1, n + 1)
    logs = np.log([comb(n, int(k)) for k in order])

    def shares(log_r: float) -> Floats:
        weights = logs + order * log_r
        powers = np.exp(weights - weights.max())
        return np.asarray(powers / powers.sum())

    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if shares(middle) @ order < mean_order else (low, middle)
    return shares(low)


def null_distance(strength: Floats) -> float:
    """Share of the strength that lies at other orders than the null model's, in [0, 1]; NaN without strength."""
    n, total = len(strength), strength.sum()
    return float(np.abs(strength / total - null_strength(n).numpy() / n).sum() / 2) if total > 0 else np.nan


def shape_of(strength: Floats) -> str:
    """The shape of a strength by order: "spindle", "decay" or "neither".

    Spindle: a middle order (neither 1 nor n) is the strongest, and no more than a quarter of the strength lies
    elsewhere than in the null model's shape C(n, k) r^k of the same mean order (r = sqrt(2) for independent noise;
    networks damp the high orders, so r is free). Decay: order 1 is the strongest, it is stronger than order n, and no
    order is stronger than the order before by more than 0.05 of the whole.

    Args:
        strength: J_pos - J_neg of each order, (n,).

    Source: our definition, after the figures of 2405.10262 and 2407.19198.
    """
    if not strength.sum() > 0:
        return "neither"
    n, shares = len(strength), strength / strength.sum()
    strongest = int(shares.argmax())
    if 0 < strongest < n - 1:
        fitted = binomial_shares(n, float(shares @ np.arange(1, n + 1)))
        return "spindle" if np.abs(shares - fitted).sum() / 2 <= _DISTANCE else "neither"
    falls = np.diff(shares).max(initial=-np.inf) <= _RISE and shares[0] - shares[-1] > _RISE
    return "decay" if strongest == 0 and falls else "neither"
