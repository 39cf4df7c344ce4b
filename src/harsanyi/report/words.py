"""Findings as plain sentences."""

from __future__ import annotations

import numpy as np
import torch

from harsanyi.analysis.estimates import counted
from harsanyi.core.coalitions import possible_effects
from harsanyi.core.strength import reproduction_error
from harsanyi.interactions import Interactions
from harsanyi.sample import SampleInteractions

_FEW = 0.1  # of the possible effects: more make no short explanation


def sentences(interactions: Interactions) -> list[str]:
    """What the interactions say about the network on these samples.

    Args:
        interactions: of at least one sample.

    Returns:
        Sentences: how well and how sparsely the score is matched, how simple the effects are, how much they cancel.
    """
    return [_matching(interactions), _sparsity(interactions), _orders(interactions), _cancellation(interactions)]


def _matching(x: Interactions) -> str:
    missed, mean = int((~x.converged).sum()), " (on average)" * (len(x) > 1)
    return (
        f"The effects reproduce the score of all {1 << x.n:,} masked versions of {_each(x)} within "
        f"{x.noise_bound.mean():.2g}{mean}, and no other AND-OR explanation within that error has less than "
        f"{100 * (1 - x.gap.max()):.1f} % of their total strength"
        + (f"; {counted(missed)} did not reach the gap asked for." if missed else ".")
    )


def _each(x: Interactions) -> str:
    return f"each of {len(x)} samples" if len(x) > 1 else "the sample"


def _sparsity(x: Interactions) -> str:
    counts, possible = x.salient().count, possible_effects(x.n)
    errors = [reproduced(sample, int(count)) for sample, count in zip(x, counts, strict=True)]
    return (
        f"Of {possible:,} possible effects, {counts.mean():.1f} a sample are salient (at least 3 % of the "
        f"mean score range); these alone reproduce the scores up to {100 * float(np.median(errors)):.0f} % of their "
        "standard deviation (median sample)."
        + (" This is no short explanation." if counts.mean() > _FEW * possible else "")
    )


def reproduced(sample: SampleInteractions, count: int) -> float:
    """Error of the strongest effects of a sample on all its scores, over their standard deviation."""
    scores, and_, or_ = (torch.from_numpy(values) for values in (sample.scores, sample.and_, sample.or_))
    return float(reproduction_error(scores, and_, or_, [count])[0])


def _orders(x: Interactions) -> str:
    strength = np.abs(x.strength_by_order()).sum((0, 1))
    if strength.sum() == 0:
        return "No effect is salient."
    share = strength / strength.sum()
    low, middle = min(2, x.n), max(2, x.n // 2)
    mean = float((share * np.arange(1, x.n + 1)).sum())
    return (
        f"{100 * share[:low].sum():.0f} % of the salient strength joins at most {low} of the {x.n} variables, "
        f"{100 * share[middle:].sum():.0f} % joins more than {middle}; the mean order is {mean:.1f}."
    )


def _cancellation(x: Interactions) -> str:
    """1 - |sum of effects| / sum of |effects| at each order, weighted by strength (methods: reconstructed, ours)."""
    strength = x.strength_by_order()
    total = np.abs(strength).sum(1)
    if total.sum() == 0:
        return "There is nothing to cancel."
    cancelled = total - np.abs(strength.sum(1))
    low, high = (
        cancelled[:, orders].sum() / max(total[:, orders].sum(), 1e-300) for orders in (slice(2), slice(2, None))
    )
    return (
        f"Positive and negative effects of the same order cancel {100 * low:.0f} % of the strength at orders 1 and 2, "
        f"and {100 * high:.0f} % above."
    )
