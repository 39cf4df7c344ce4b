"""Strength of the effects by order, and how well the strongest effects reproduce the scores."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import orders, players_in
from harsanyi.core.transforms import scores_from


def strength_by_order(effects: Float[Tensor, "*batch coalitions"]) -> Float[Tensor, "*batch sign n"]:
    """Sum of the positive and of the negative effects of each order.

    Args:
        effects: (..., 2**n); set what is not to count (effects that are not salient, say) to 0.

    Returns:
        (..., 2, n): [..., 0, k - 1] sums max(I(S), 0) and [..., 1, k - 1] sums min(I(S), 0) over |S| = k.

    Example:
        >>> strength_by_order(torch.tensor([9.0, 1.0, -2.0, 5.0])).tolist()
        [[1.0, 5.0], [-2.0, 0.0]]

    Source: J_pos, J_neg of 2405.10262, figures 3 and 6, before the mean over samples.
    """
    n = players_in(effects, "effects")
    signed = torch.stack((effects.clamp_min(0), effects.clamp_max(0)), -2)
    sums = signed.new_zeros(*signed.shape[:-1], n + 1)
    return sums.index_add_(-1, orders(n, effects.device), signed)[..., 1:]


def normalised_strength(strength: Float[Tensor, "*batch sign n"]) -> Float[Tensor, "*batch n"]:
    """I^(k) = (J_pos - J_neg) at order k over its mean over the orders, so that the n values average to 1.

    Args:
        strength: (..., 2, n) from `strength_by_order`.

    Returns:
        (..., n); 0 everywhere where there is no strength at all.

    Source: 2407.19198.
    """
    total = strength[..., 0, :] - strength[..., 1, :]
    mean = total.mean(-1, keepdim=True)
    return torch.where(mean > 0, total / mean, 0.0)


def strongest_first(and_: Float[Tensor, "coalitions"], or_: Float[Tensor, "coalitions"]) -> tuple[Tensor, Tensor]:
    """Effects of one sample by falling |effect|, the empty set left out.

    Args:
        and_: (2**n,).
        or_: (2**n,).

    Returns:
        Coalition indices, int64, and whether each is an OR effect, bool, both (2 * (2**n - 1),).
    """
    effects = torch.cat((and_[1:], or_[1:])).abs()
    ranked = effects.argsort(descending=True, stable=True)
    count = len(and_) - 1
    return ranked % count + 1, ranked >= count


def keep_strongest(
    and_: Float[Tensor, "coalitions"], or_: Float[Tensor, "coalitions"], k: int
) -> tuple[Tensor, Tensor]:
    """AND and OR effects of one sample with all but the k strongest set to 0; the empty set stays.

    Args:
        and_: (2**n,).
        or_: (2**n,).
        k: how many, >= 0.

    Returns:
        and_, or_, both (2**n,).
    """
    index, is_or = strongest_first(and_, or_)
    kept_and, kept_or = torch.zeros_like(and_), torch.zeros_like(or_)
    kept_and[0] = and_[0]
    for kept, effects, chosen in ((kept_and, and_, index[:k][~is_or[:k]]), (kept_or, or_, index[:k][is_or[:k]])):
        kept[chosen] = effects[chosen]
    return kept_and, kept_or


def reproduction_error(
    scores: Float[Tensor, "coalitions"],
    and_: Float[Tensor, "coalitions"],
    or_: Float[Tensor, "coalitions"],
    counts: list[int],
) -> Float[Tensor, "counts"]:
    """Error with which the k strongest effects of one sample reproduce all of its scores.

    Args:
        scores: (2**n,).
        and_: (2**n,).
        or_: (2**n,).
        counts: the numbers k.

    Returns:
        (len(counts),): root mean square of the error over all coalitions, over the standard deviation of the scores;
        0 where the scores are constant and reproduced.

    Source: our definition.
    """
    spread = scores.std(correction=0)
    kept = [keep_strongest(and_, or_, k) for k in counts]
    predicted = scores_from(torch.stack([a for a, _ in kept]), torch.stack([b for _, b in kept]))
    error = (predicted - scores).square().mean(-1).sqrt()
    return torch.where(error > 0, error / spread, 0.0)
