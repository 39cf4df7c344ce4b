"""Strength by order without anything learned."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_players


def null_strength(n: int) -> Float[Tensor, "n"]:
    """I^(k) of a network whose masked scores are independent and normal: C(n, k) 2**(k / 2), averaging to 1.

    Args:
        n: number of players.

    Returns:
        (n,), float64: orders 1 to n. A spindle: middle orders dominate.

    Raises:
        ArgumentError: a number of players that is not 1 to 30.

    Example:
        >>> [round(value, 3) for value in null_strength(3).tolist()]
        [0.974, 1.377, 0.649]

    Source: 2407.19198, before training; an effect of order k has variance 2**k times that of a score.
    """
    strength = [math.comb(n, k) * 2 ** (k / 2) for k in range(1, check_players(n) + 1)]
    values = torch.tensor(strength, dtype=torch.float64)
    return values / values.mean()
