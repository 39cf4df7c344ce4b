"""What a split costs: the L1 norm of its effects, or what several networks that are split together cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor


def l1_norm(and_: Tensor, or_: Tensor) -> Tensor:
    """Sum of |effects| without the empty set, (*batch, 2**n) each to (*batch,)."""
    return and_[..., 1:].abs().sum(-1) + or_[..., 1:].abs().sum(-1)


@final
@dataclass(frozen=True)
class Penalty:
    """Sum over the effects of (1 - alpha) max_i |I_i(S)| + alpha sum_i |I_i(S)|, over networks i.

    An effect that one network has already is then cheap for the others. Of one network this is the L1 norm, whatever
    alpha. The empty set costs nothing.

    Args:
        alpha: 1 for networks that do not know of each other, 0 for the largest effect alone.

    Source: 2401.16318; its dual ball and the projection on it are our derivation.
    """

    alpha: float = 1.0

    def cost(self, and_: Tensor, or_: Tensor) -> Tensor:
        """The penalty of each sample, (samples,), of effects (samples, networks, 2**n)."""
        sums = l1_norm(and_, or_)
        if sums.shape[-1] == 1:
            return sums.squeeze(-1)
        largest = l1_norm(and_.abs().amax(-2), or_.abs().amax(-2))
        return (1 - self.alpha) * largest + self.alpha * sums.sum(-1)

    def clip(self, values: Tensor, limit: Tensor, out: Tensor) -> None:
        """The nearest point of the dual ball times a limit: what the proximal step takes off the values.

        The dual ball is sum_i max(|u_i| - alpha, 0) <= 1 - alpha: each network has alpha to itself, and what exceeds it
        is projected on what all of them share.

        Args:
            values: (..., samples, networks, 2**n).
            limit: (samples, 1, 1).
            out: takes the result, like the values.
        """
        if values.shape[-2] == 1 or self.alpha == 1:
            torch.clamp(values, -limit, limit, out=out)
            return
        sizes = values.abs()
        own = torch.minimum(sizes, self.alpha * limit)
        excess = sizes.sub_(own)
        shared = (1 - self.alpha) * limit.squeeze(-2)
        surplus = torch.zeros_like(excess[..., 0, :])
        for count, largest in enumerate(_sums_of_largest(excess), 1):
            surplus = torch.maximum(surplus, largest.sub(shared).div_(count))
        torch.copysign(excess.sub_(surplus.unsqueeze(-2)).clamp_min_(0).add_(own), values, out=out)

    def gauge(self, values: Tensor) -> Tensor:
        """The least factor of the dual ball that holds the values: (..., networks, 2**n) to (..., 2**n)."""
        sizes = values.abs()
        gauge = torch.zeros_like(sizes[..., 0, :])
        for count, largest in enumerate(_sums_of_largest(sizes), 1):
            gauge = torch.maximum(gauge, largest / (1 - self.alpha + count * self.alpha))
        return gauge


def _sums_of_largest(sizes: Tensor) -> Iterator[Tensor]:
    """Sums of the 1, 2, … largest over the networks, (..., networks, 2**n) to (..., 2**n) each.

    The networks are few: exchanging neighbours is faster than a sort along their dimension.
    """
    rest = list(sizes.unbind(-2))
    total = torch.zeros_like(rest[0])
    while rest:
        for place in range(len(rest) - 1):
            lower, higher = rest[place], rest[place + 1]
            rest[place], rest[place + 1] = torch.minimum(lower, higher), torch.maximum(lower, higher)
        total = total + rest.pop()
        yield total
