"""Strength of the effects by order, and how well the strongest effects reproduce the scores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
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


def strongest_first(
    and_: Float[Tensor, "*samples coalitions"], or_: Float[Tensor, "*samples coalitions"]
) -> tuple[Int[Tensor, "effects"], Bool[Tensor, "effects"]]:
    """Effects by falling |effect|, of several samples by falling mean |effect|; the empty set is left out.

    Args:
        and_: (2**n,) of one sample, or (samples, 2**n).
        or_: likewise.

    Returns:
        Coalition indices, int64, and whether each is an OR effect, bool, both (2 * (2**n - 1),).
    """
    count = and_.shape[-1] - 1
    strength = torch.cat([effects.abs().reshape(-1, count + 1).sum(0)[1:] for effects in (and_, or_)])
    ranked = strength.argsort(descending=True, stable=True)
    return ranked % count + 1, ranked >= count


def keep_strongest(
    and_: Float[Tensor, "coalitions"], or_: Float[Tensor, "coalitions"], counts: Sequence[int]
) -> tuple[Float[Tensor, "counts coalitions"], Float[Tensor, "counts coalitions"]]:
    """Effects of one sample with all but the k strongest set to 0, for each k; the empty set stays.

    Args:
        and_: (2**n,).
        or_: (2**n,).
        counts: the numbers k, each >= 0.

    Returns:
        and_, or_, both (len(counts), 2**n).
    """
    coalition, is_or = strongest_first(and_, or_)
    rank = torch.zeros(2, len(and_), dtype=torch.int64, device=and_.device)
    rank[is_or.long(), coalition] = torch.arange(1, len(coalition) + 1, device=and_.device)
    k = torch.tensor(list(counts), device=and_.device)[:, None]
    kept_and, kept_or = (
        torch.where(place <= k, effects, 0.0) for place, effects in zip(rank, (and_, or_), strict=True)
    )
    kept_or[:, 0] = 0
    return kept_and, kept_or


def reproduction_error(
    scores: Float[Tensor, "coalitions"],
    and_: Float[Tensor, "coalitions"],
    or_: Float[Tensor, "coalitions"],
    counts: Sequence[int],
) -> Float[Tensor, "counts"]:
    """Error with which the k strongest effects of one sample reproduce all of its scores.

    Args:
        scores: (2**n,).
        and_: (2**n,).
        or_: (2**n,).
        counts: the numbers k, each >= 0.

    Returns:
        (len(counts),): root mean square of the error over all coalitions, over the standard deviation of the scores;
        0 where the scores are constant and reproduced.

    Source: our definition.
    """
    error = (scores_from(*keep_strongest(and_, or_, counts)) - scores).square().mean(-1).sqrt()
    return torch.where(error > 0, error / scores.std(correction=0), 0.0)
