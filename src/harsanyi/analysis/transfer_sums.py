"""Sums of each sample over its interactions that generalize and that do not, and what means of these sums say."""

from __future__ import annotations

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.transfer import Bools
from harsanyi.core.strength import strength_by_order


def sums_of(effects: Floats, salient: Bools, found: Bools) -> Floats:
    """Strength by part, sign and order, and numbers of effects, of each sample.

    Args:
        effects: AND and OR, (2, samples, 2**n).
        salient: which of them are salient, (2, samples, 2**n).
        found: which of these generalize, likewise.

    Returns:
        float64 (samples, 6 n): strength, see `strength_in`, then the number of effects of each order that generalize
        and that are salient.
    """
    strength = np.stack([strength_of(np.where(part, effects, 0.0)) for part in (found, salient & ~found)], 1)
    counts = np.stack([strength_of(part.astype(np.float64))[:, 0] for part in (found, salient)], 1)
    return np.concatenate([sums.reshape(effects.shape[1], -1) for sums in (strength, counts)], 1)


def strength_of(effects: Floats) -> Floats:
    """Sums of positive and of negative effects of both types by order, (2, samples, 2**n) to (samples, 2, n)."""
    return np.asarray(strength_by_order(torch.from_numpy(effects)).sum(0).numpy())


def strength_in(sums: Floats) -> Floats:
    """The strength in `sums_of` or in means of it, (..., 6 n) to (..., 2, 2, n): part, sign, order."""
    n = sums.shape[-1] // 6
    return sums[..., : 4 * n].reshape(*sums.shape[:-1], 2, 2, n)


def measures(means: Floats) -> dict[str, Floats]:
    """H, the rate by order, and J_pos and J_neg of both parts, from means over the samples of `sums_of`, (..., 6 n)."""
    n = means.shape[-1] // 6
    strength = strength_in(means)
    counts = means[..., 4 * n :].reshape(*means.shape[:-1], 2, n)
    whole = np.abs(strength).sum((-2, -1))
    return {
        "power": ratio(whole[..., 0], whole.sum(-1)),
        "rate": ratio(counts[..., 0, :], counts[..., 1, :]),
        "positive": strength[..., 0, :],
        "negative": strength[..., 1, :],
    }
