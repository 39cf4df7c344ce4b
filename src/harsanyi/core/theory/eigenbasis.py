"""The 2 x 2 pair whose Kronecker powers are J'J and diag(c), and the basis in which both are diagonal."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harsanyi.core.coalitions import players_in

Pair = tuple[tuple[float, float], tuple[float, float]]

# B^-1/2 A B^-1/2 = [[2, 1/sqrt 2], [1/sqrt 2, 1/2]]: determinant 1/2, diagonal after a rotation.
LARGE = (5 + math.sqrt(17)) / 4
SMALL = 0.5 / LARGE
_COS, _SIN = (f(math.atan2(math.sqrt(2), 1.5) / 2) for f in (math.cos, math.sin))
BASIS: Pair = ((_COS, -_SIN), (_SIN / math.sqrt(2), _COS / math.sqrt(2)))  # P
INVERSE: Pair = ((_COS, _SIN * math.sqrt(2)), (-_SIN, _COS * math.sqrt(2)))  # its inverse, P' B


def kronecker(factor: Pair, values: Tensor) -> Tensor:
    """The n-fold Kronecker power of a 2 x 2 matrix, applied to the last dimension in O(n 2**n)."""
    result = values.clone(memory_format=torch.contiguous_format)
    for player in range(players_in(values)):
        pairs = result.view(*values.shape[:-1], values.shape[-1] >> (player + 1), 2, 1 << player)
        absent, present = pairs[..., 0, :], pairs[..., 1, :]
        before = absent.clone()
        absent.mul_(factor[0][0]).add_(present, alpha=factor[0][1])
        present.mul_(factor[1][1]).add_(before, alpha=factor[1][0])
    return result


def spectrum_of(n: int, device: torch.device | None = None) -> Tensor:
    """Eigenvalues of the n-fold pair, (n + 1,): the k-th belongs to coalitions of order k of the eigenbasis."""
    small = torch.arange(n + 1, dtype=torch.float64, device=device)
    return LARGE ** (n - small) * SMALL**small
