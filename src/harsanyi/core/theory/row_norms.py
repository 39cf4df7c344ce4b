"""Norms of the rows of the damping matrix: how much more of the low orders noise leaves."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_players
from harsanyi.core.theory.damping import checked_variance
from harsanyi.core.theory.eigenbasis import BASIS, INVERSE, spectrum_of


def row_norms(n: int, sigma2: float | Tensor) -> Float[Tensor, "*sigma2 orders"]:
    """Euclidean norm of a row of M = (J'J + 2**n diag(c))^-1 J'J, which depends on the order of its coalition only.

    Args:
        n: number of players.
        sigma2: variance of the noise, >= 0, a number or a tensor of any shape.

    Returns:
        (..., n + 1), float64: orders 0 to n, the dimensions of sigma2 first. 1 everywhere without noise.

    Raises:
        ArgumentError: a number of players that is not 1 to 30, a negative variance.

    Example:
        >>> row_norms(2, 0.0).round(decimals=3).tolist()
        [1.0, 1.0, 1.0]

    Source: 2407.19198, the rows of M_hat, our M; the form by order is ours.
    """
    eigenvalues = spectrum_of(check_players(n))
    return _norms(eigenvalues / (eigenvalues + 2.0**n * checked_variance(sigma2)[..., None]))


def row_norm_ratios(n: int, sigma2: float | Tensor) -> Float[Tensor, "*sigma2 ratios"]:
    """r^(k) = norm of a row of M at order k over that at order k + 1, k = 1 to n - 1: how much more low orders keep.

    Without noise M = 1 and every ratio is 1. As the noise grows, M tends to diag(c)^-1 J'J / 2**n, whose row of order
    k has norm 5**((n - k) / 2) 2**(-k / 2) up to a factor common to all rows: every ratio tends to sqrt(10), whatever
    n and k are. In between it is at least 1 for up to 10 players; with more, those of low orders fall a little below
    1 at very small noise (0.9906 for 20 players, 0.969 for 30).

    Args:
        n: number of players.
        sigma2: variance of the noise, >= 0, a number or a tensor of any shape; infinity gives the limit.

    Returns:
        (..., n - 1), float64, the dimensions of sigma2 first.

    Raises:
        ArgumentError: a number of players that is not 1 to 30, a negative variance.

    Example:
        >>> [round(ratio, 3) for ratio in row_norm_ratios(4, 1.0).tolist()]
        [2.728, 2.835, 2.905]

    Source: 2407.19198, r^(k) of the rows of M_hat, our M, and its values for n = 10.
    """
    shift = 2.0 ** check_players(n) * checked_variance(sigma2)[..., None]
    eigenvalues = spectrum_of(n)
    # M up to the factor 1 + shift, which no ratio sees and which keeps the limit of infinite noise finite
    share = torch.where(shift.isinf(), 1.0, shift / (1 + shift))
    norms = _norms(eigenvalues / (eigenvalues / (1 + shift) + share))
    return norms[..., 1:-1] / norms[..., 2:]


def _norms(kept: Tensor) -> Tensor:
    """Row norms by order of P diag(kept) P^-1, kept (..., n + 1) by the order of the eigenbasis."""
    forms = _quadratic_forms(kept.shape[-1] - 1)
    return torch.einsum("...i,kij,...j->...k", kept, forms, kept).clamp_min(0).sqrt()


def _quadratic_forms(n: int) -> Tensor:
    """The squared row norm at order k as a quadratic form in `kept`, (n + 1, n + 1, n + 1) for all k.

    It is a sum over two coalitions of the eigenbasis of a product over the players; only their orders i, j matter, so
    that the form is the coefficient of x**i y**j in a product of n polynomials of degree 1 in x and in y, k of them
    those of a player in the coalition of the row.
    """
    basis, inverse = (torch.tensor(pair, dtype=torch.float64) for pair in (BASIS, INVERSE))
    absent, present = (torch.outer(row, row) * (inverse @ inverse.T) for row in basis)
    order = torch.arange(n + 1)[:, None, None]
    forms = torch.zeros(n + 1, n + 1, n + 1, dtype=torch.float64)
    forms[:, 0, 0] = 1
    for player in range(n):
        factor = torch.where(order > player, present, absent)
        product = torch.zeros_like(forms)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            product[:, i:, j:] += factor[:, i, j, None, None] * forms[:, : n + 1 - i, : n + 1 - j]
        forms = product
    return forms
