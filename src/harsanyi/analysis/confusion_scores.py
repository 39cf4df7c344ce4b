"""How much each sample confuses a network, and which samples do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE, SCORES, SHARE, ConfusionRule
from harsanyi.analysis.measures import high_order_share, mean_cancellation, ratio
from harsanyi.analysis.sides import Positions
from harsanyi.analysis.transfer import Bools, Encoded, both_types, transferred
from harsanyi.interactions import Interactions

ROUNDING = 9  # digits after the point: scores that differ by less are the same number, computed in another order


def scores_of(x: Interactions, encoded: Encoded | None, rule: ConfusionRule) -> dict[str, Floats]:
    """The scores of each sample.

    Args:
        x: of the network.
        encoded: what the baselines encode, or nothing.
        rule: which effects count, which orders are high, and when an effect generalizes.

    Returns:
        By name, in [0, 1], (samples,); NaN where a sample has no salient effect. "non_generalizable" only where there
        are baselines.

    Source: our definitions, after 2502.08625.
    """
    strength = x.strength_by_order(rule.counting.salience)
    found = {COMPLEX_CANCELLING: high_order_share(strength, rule.lowest_high(x.n)) * mean_cancellation(strength)}
    if encoded is None:
        return found
    salient, shared = transferred(x, encoded, rule.counting)
    size = np.abs(both_types(x))
    kept, whole = ((size * mask).sum((0, 2)) for mask in (shared, salient))
    return {NON_GENERALIZABLE: 1 - ratio(kept, whole), **found}


def ranking(scores: Mapping[str, Floats], deciding: str) -> Positions:
    """Positions of the samples that have a score, the most confusing first; ties by the other score, then by position.

    Args:
        scores: by name, (samples,) each.
        deciding: the name that comes first.

    Returns:
        int64 (m,).
    """
    names = sorted(scores, key=lambda name: name != deciding)
    keys = [-scores[name].round(ROUNDING) for name in reversed(names)]
    return np.asarray(np.lexsort(keys), dtype=np.int64)[
        : int((~np.isnan(scores[deciding])).sum())
    ]  # stable, and NaN comes last


def confusing(scores: Mapping[str, Floats], deciding: str, rule: ConfusionRule) -> Bools:
    """Which samples are confusing: the first of the ranking, or those at or above a threshold, bool (samples,).

    None stands out that has no higher score than the median sample, unless a share asks for more than half.
    """
    score, ranked = scores[deciding], ranking(scores, deciding)
    if rule.threshold is not None:
        return np.asarray(score.round(ROUNDING) >= round(rule.threshold, ROUNDING))
    share = rule.share or SHARE
    members = first_of(ranked, set_size(share, len(ranked)), len(score))
    if len(ranked) < 2 or (share > 0.5 and not alike(score[ranked])):
        return members
    return members & (score > np.median(score[ranked]) + 10.0**-ROUNDING)


def alike(scores: Floats) -> bool:
    """Whether all of several scores are the same, up to rounding; one alone is like no other."""
    return len(scores) > 1 and bool(np.ptp(scores) < 10.0**-ROUNDING)


def set_size(share: float, samples: int) -> int:
    """The number of samples nearest to a share of them, at least one where there is one.

    Example:
        >>> set_size(0.1, 50), set_size(0.1, 3), set_size(0.5, 3), set_size(0.1, 0)
        (5, 1, 2, 0)
    """
    return min(max(int(share * samples + 0.5 + 1e-9), 1), samples)


def first_of(ranked: Positions, count: int, samples: int) -> Bools:
    """The first of a ranking as a mask, (samples,)."""
    chosen = np.zeros(samples, dtype=bool)
    chosen[ranked[:count]] = True
    return chosen


def other_score(scores: Mapping[str, Floats], deciding: str) -> str | None:
    """Name of the score that does not decide, where there is one."""
    return next((name for name in SCORES if name in scores and name != deciding), None)
