"""Losses of a sample without some of its interactions, and without random ones of equal strength."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Floats


def losses_without(score: float, effects: Floats, lost: npt.NDArray[np.bool_], draws: int, seed: int) -> Floats:
    """Cross-entropy of a sample as it is, without chosen effects, and without random ones of equal strength.

    Args:
        score: v(N), the log-odds of the true label.
        effects: the salient effects, none of them 0, (m,).
        lost: which of them are removed, (m,).
        draws: random removals whose mean loss is the third.
        seed: of these.

    Returns:
        (5,): the three losses in nats; the strength, sum of |effects|, that is removed; the strength of all.

    Source: 2505.06993; how the control draws is our definition.
    """
    strength = np.abs(effects[lost]).sum()
    # The draws follow from the sample's own effects, so that sorting the samples otherwise changes nothing.
    generator = np.random.default_rng([seed, zlib.crc32(effects.tobytes())])
    control = _loss(score - removed_at_random(effects, strength, draws, generator)).mean()
    return np.array([_loss(score), _loss(score - effects[lost].sum()), control, strength, np.abs(effects).sum()])


def removed_at_random(effects: Floats, strength: float, draws: int, generator: np.random.Generator) -> Floats:
    """Sums of random effects that together have a given strength, the last of them in part.

    Args:
        effects: none of them 0, (m,).
        strength: sum of |effects| to reach, at most that of all.
        draws: number of random orders in which they are taken.
        generator: of the orders.

    Returns:
        (draws,), each a sum of share * effect with the sum of share * |effect| equal to the strength.

    Example:
        >>> removed_at_random(np.array([2.0, 2.0, 2.0]), 3.0, 4, np.random.default_rng(0)).tolist()
        [3.0, 3.0, 3.0, 3.0]

    Source: our definition.
    """
    ordered = effects[generator.random((draws, len(effects))).argsort(1)]
    own = np.abs(ordered)
    share = np.clip((strength - (own.cumsum(1) - own)) / own, 0, 1)
    return np.asarray((share * ordered).sum(1))


def _loss(score: npt.ArrayLike) -> Floats:
    """softplus(-v), the cross-entropy."""
    return np.asarray(np.logaddexp(0.0, -np.asarray(score)))
