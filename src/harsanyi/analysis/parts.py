"""Salient strength in two parts, what generalizes and what does not, by sign and by order."""

from __future__ import annotations

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.transfer import Bools
from harsanyi.core.strength import strength_by_order

PARTS = ("generalizable", "other")


def part_sums(effects: Floats, salient: Bools, shared: Bools | Floats) -> Floats:
    """What is averaged over samples.

    Args:
        effects: AND and OR effects, (2, samples, 2**n).
        salient: which of them count, bool (2, samples, 2**n).
        shared: how far each generalizes, in [0, 1], (2, samples, 2**n).

    Returns:
        Strength by part, sign and order, then the number of effects that generalize and that are salient by order,
        (samples, 6 n).
    """
    counted, share = np.where(salient, effects, 0.0), np.where(salient, shared, 0.0)
    parts = np.stack((counted * share, counted * (1 - share)), 2)  # (2, samples, part, 2**n)
    strength = _by_order(parts).sum(0)  # (samples, part, sign, n)
    counts = _by_order(np.stack((share, salient.astype(np.float64)), 2)).sum(0)[..., 0, :]
    samples = effects.shape[1]
    return np.concatenate((strength.reshape(samples, -1), counts.reshape(samples, -1)), 1)


def gained_sums(effects: Floats, before: Floats, shared: Bools) -> Floats:
    """Newly gained strength: max(|I| now - |I| before with the same sign, 0) of every effect.

    Args:
        effects: salient effects now, the others 0, (2, samples, 2**n).
        before: likewise at the checkpoint before.
        shared: which generalize now.

    Returns:
        Sums by part and order, >= 0, (samples, 2, n).
    """
    gained = np.maximum(np.abs(effects) - np.maximum(np.sign(effects) * before, 0), 0)
    return np.asarray(_by_order(np.stack((gained * shared, gained * ~shared), 2)).sum(0)[..., 0, :])


def strength_in(sums: Floats) -> Floats:
    """Strength by part, sign and order out of `part_sums` or its means, (..., 6 n) to (..., 2, 2, n)."""
    n = sums.shape[-1] // 6
    return np.asarray(sums[..., : 4 * n].reshape(*sums.shape[:-1], 2, 2, n))


def part_measures(means: Floats) -> dict[str, Floats]:
    """H, the rate by order and the strength of both signs, from means over samples of `part_sums`.

    Args:
        means: (..., 6 n).

    Returns:
        power (...), rate (..., n), positive and negative (..., 2, n).
    """
    strength, n = strength_in(means), means.shape[-1] // 6
    counts = means[..., 4 * n :].reshape(*means.shape[:-1], 2, n)
    whole = np.abs(strength).sum((-2, -1))
    return {
        "power": ratio(whole[..., 0], whole.sum(-1)),
        "rate": ratio(counts[..., 0, :], counts[..., 1, :]),
        "positive": strength[..., 0, :],
        "negative": strength[..., 1, :],
    }


def course_measures(means: Floats, checkpoints: int) -> dict[str, Floats]:
    """`part_measures` of each checkpoint, what is gained from each to the next, and its share that generalizes.

    Args:
        means: over samples, of `part_sums` at each checkpoint, then of `gained_sums` between them, side by side,
            (..., 6 n checkpoints + 2 n (checkpoints - 1)).
        checkpoints: how many.

    Returns:
        power (..., checkpoints), rate (..., checkpoints, n), positive and negative (..., checkpoints, 2, n), gained
        (..., checkpoints - 1, 2, n), gained_rate (..., checkpoints - 1).
    """
    n = means.shape[-1] // (8 * checkpoints - 2)
    cut = 6 * n * checkpoints
    gained = means[..., cut:].reshape(*means.shape[:-1], checkpoints - 1, 2, n)
    return {
        **part_measures(means[..., :cut].reshape(*means.shape[:-1], checkpoints, 6 * n)),
        "gained": gained,
        "gained_rate": ratio(gained[..., 0, :].sum(-1), gained.sum((-2, -1))),
    }


def part_columns(**by_part: Estimate) -> dict[str, Estimate]:
    """One estimate a part, (..., n), out of each of (..., 2, n); named with the part behind."""
    return {f"{name}_{part}": Estimate(*(ends[..., at, :] for ends in (whole.value, whole.low, whole.high)))
            for at, part in enumerate(PARTS) for name, whole in by_part.items()}  # fmt: skip


def _by_order(effects: Floats) -> Floats:
    return np.asarray(strength_by_order(torch.from_numpy(effects)).numpy())
