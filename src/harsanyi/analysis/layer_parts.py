"""Two layers effect by effect: what both encode, what only the lower one does, what only the higher one does."""

from __future__ import annotations

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.measures import ratio
from harsanyi.core.errors import HarsanyiError
from harsanyi.core.strength import strength_by_order

PARTS = ("overlap", "forget", "new")
TYPES = ("AND", "OR", "both")
_ROUNDING = 1e-9  # relative


def shared_part(lower: Floats, higher: Floats) -> Floats:
    """What two layers have of each effect: sign * min(|I|, |J|) where both have it with the same sign, else 0.

    Args:
        lower: salient effects of a layer, the others 0, any shape.
        higher: likewise, of another.

    Example:
        >>> shared_part(np.array([2.0, -1.0, 3.0]), np.array([0.5, -4.0, -3.0])).tolist()
        [0.5, -1.0, 0.0]

    Source: 2409.08712.
    """
    sign = np.sign(lower)
    return np.asarray(np.where(sign == np.sign(higher), sign * np.minimum(np.abs(lower), np.abs(higher)), 0.0))


def part_sums(lower: Floats, higher: Floats) -> Floats:
    """Strength that two layers share, that the higher one forgets, and that is new in it, by sample, type and order.

    Args:
        lower: salient effects of a layer, the others 0, (2, samples, 2**n), AND first.
        higher: likewise, of the other layer.

    Returns:
        sum of |shared|, of |I - shared| and of |J - shared|: (samples, 3, 2, n): sample, part, type, order.

    Raises:
        HarsanyiError: the parts do not sum to the strength of the layers, which would be a fault of this package.

    Source: 2409.08712.
    """
    shared = shared_part(lower, higher)
    sums = by_order(np.stack((shared, lower - shared, higher - shared)))
    _check_sums(sums, by_order(np.stack((lower, higher))))
    return np.moveaxis(sums, 2, 0)


def _check_sums(sums: Floats, whole: Floats) -> None:
    """Refuse parts (3, ...) that are not all = overlap + forget of the lower and overlap + new of the higher layer."""
    if not np.allclose(sums[0] + sums[1:], whole, rtol=_ROUNDING, atol=_ROUNDING * float(whole.max(initial=0))):
        raise HarsanyiError("overlap, forgotten and new strength do not sum to the strength of the layers")


def by_order(effects: Floats) -> Floats:
    """Sum of |effects| of each order, (..., 2**n) to (..., n)."""
    return np.asarray(strength_by_order(torch.from_numpy(np.abs(effects))).numpy()[..., 0, :])


def with_totals(sums: Floats) -> Floats:
    """Sums by type and order with those of both types and of all orders, (..., 2, n) to (..., 3, n + 1)."""
    both = np.concatenate((sums, sums.sum(-2, keepdims=True)), -2)
    return np.concatenate((both, both.sum(-1, keepdims=True)), -1)


def part_shares(strength: Floats) -> dict[str, Floats]:
    """Completeness, overlap / all of the higher layer, and redundancy, forget / all of the lower one.

    Args:
        strength: of the three parts, sums or means, (..., 3, types, orders).

    Returns:
        completeness and redundancy, (..., types, orders), in [0, 1]; NaN where the layer has no strength.

    Source: 2409.08712.
    """
    overlap, forget, new = np.moveaxis(strength, -3, 0)
    return {"completeness": ratio(overlap, overlap + new), "redundancy": ratio(forget, overlap + forget)}
