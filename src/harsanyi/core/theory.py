"""Theory of the training dynamics: the interactions that a network can hold while its parameters are noisy.

2407.19198 takes the network for a linear regression on the triggers J(T, S) = [S in T] of all coalitions, in
which the trigger of S carries noise of variance c_S = 2**|S| sigma2. The best weights are
    w_hat = M w_star,  M = (J'J + 2**n diag(c))^-1 J'J,
w_star being the interactions of the converged network. sigma2 falls during training; orders come back from low to high.

No matrix is built. J'J is the n-fold Kronecker power of A = [[2, 1], [1, 1]] and diag(c) is sigma2 times that of
B = diag(1, 2). With P' A P = diag(eigenvalues) and P' B P = 1, a 2 x 2 problem,
    M = (P x ... x P) diag(e / (e + 2**n sigma2)) (P x ... x P)^-1,
e being the products of n eigenvalues. Our construction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_players, orders, players_in
from harsanyi.core.errors import ArgumentError
from harsanyi.core.strength import normalised_strength, strength_by_order

_Pair = tuple[tuple[float, float], tuple[float, float]]

# B^-1/2 A B^-1/2 = [[2, 1/sqrt 2], [1/sqrt 2, 1/2]]: determinant 1/2, diagonal after a rotation.
_LARGE = (5 + math.sqrt(17)) / 4
_SMALL = 0.5 / _LARGE
_COS, _SIN = (f(math.atan2(math.sqrt(2), 1.5) / 2) for f in (math.cos, math.sin))
_BASIS: _Pair = ((_COS, -_SIN), (_SIN / math.sqrt(2), _COS / math.sqrt(2)))  # P
_INVERSE: _Pair = ((_COS, _SIN * math.sqrt(2)), (-_SIN, _COS * math.sqrt(2)))  # its inverse, P' B
_GRID_STEP = 10 ** (1 / 16)
_HALVINGS = 9
_STEPS = (-3, -1, 1, 3)  # with +-3 the search leaves the wrong side of a jump


def _kronecker(factor: _Pair, values: Tensor) -> Tensor:
    """The n-fold Kronecker power of a 2 x 2 matrix, applied to the last dimension in O(n 2**n)."""
    result = values.clone(memory_format=torch.contiguous_format)
    for player in range(players_in(values)):
        pairs = result.view(*values.shape[:-1], values.shape[-1] >> (player + 1), 2, 1 << player)
        absent, present = pairs[..., 0, :], pairs[..., 1, :]
        before = absent.clone()
        absent.mul_(factor[0][0]).add_(present, alpha=factor[0][1])
        present.mul_(factor[1][1]).add_(before, alpha=factor[1][0])
    return result


def _eigenvalues(n: int, device: torch.device | None = None) -> Tensor:
    """Eigenvalues of the n-fold pair, (n + 1,): the k-th belongs to coalitions of order k of the eigenbasis."""
    small = torch.arange(n + 1, dtype=torch.float64, device=device)
    return _LARGE ** (n - small) * _SMALL**small


def _check_floats(values: Tensor, argument: str) -> None:
    if not isinstance(values, Tensor) or values.dtype not in (torch.float32, torch.float64):
        given = f"dtype {values.dtype}" if isinstance(values, Tensor) else type(values).__name__
        raise ArgumentError(argument, given, "a float32 or float64 tensor")


def _checked_variance(sigma2: float | Tensor, device: torch.device | None = None) -> Tensor:
    try:
        variance = torch.as_tensor(sigma2, dtype=torch.float64, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError("sigma2", repr(sigma2), "numbers >= 0") from error
    if not (variance >= 0).all():
        raise ArgumentError("sigma2", sigma2, "numbers >= 0")
    return variance


def _damped(w_star: Tensor, spectrum: Tensor, variance: Tensor) -> Tensor:
    """M w_star from the coordinates of w_star in the eigenbasis; float64."""
    n = players_in(spectrum)
    eigenvalues = _eigenvalues(n, spectrum.device)
    kept = eigenvalues / (eigenvalues + 2.0**n * variance[..., None])
    result = _kronecker(_BASIS, spectrum * kept[..., orders(n, spectrum.device)])
    return torch.where(variance[..., None] == 0, w_star, result)  # without noise: not even rounded


def predicted_interactions(
    w_star: Float[Tensor, "*batch coalitions"], sigma2: float | Tensor
) -> Float[Tensor, "*shape coalitions"]:
    """Interactions that a network holds at noise sigma2: w_hat = (J'J + 2**n diag(c))^-1 J'J w_star.

    J(T, S) = 1 where S is in T, c_S = 2**|S| sigma2. O(n 2**n) time and O(2**n) memory a sample.

    Args:
        w_star: effects of the converged network, (..., 2**n), float32 or float64, those that are not salient set to 0;
            coalition index = sum of 2**i. The entry of the empty set takes part as any other.
        sigma2: variance of the noise, >= 0: a number, or a tensor that broadcasts with the batch dimensions of w_star
            ((samples,) for one a sample, (checkpoints, 1) for every sample at several). 0 gives w_star
            itself, infinity gives 0.

    Returns:
        w_hat, shape (..., 2**n), the broadcast batch dimensions first; dtype and device of w_star, computed in float64.

    Raises:
        ArgumentError: w_star of another dtype or without 2**n entries, a negative variance, shapes that do not fit.

    Example:
        >>> pair = torch.tensor([0.0, 0.0, 0.0, 1.0])  # one interaction, of both players
        >>> predicted_interactions(pair, 0.0).tolist()
        [0.0, 0.0, 0.0, 1.0]
        >>> [round(effect, 3) for effect in predicted_interactions(pair, 0.1).tolist()]
        [-0.018, 0.212, 0.212, 0.228]

    Source: 2407.19198, the optimal weights under noise; our w_star, sigma2 are its w*, sigma^2. Closed form: ours.
    """
    _check_floats(w_star, "w_star")
    players_in(w_star, "w_star")
    variance = _checked_variance(sigma2, w_star.device)
    try:
        torch.broadcast_shapes(variance.shape, w_star.shape[:-1])
    except RuntimeError as error:
        accepted = f"a number, or a shape that broadcasts with {tuple(w_star.shape[:-1])}"
        raise ArgumentError("sigma2", f"shape {tuple(variance.shape)}", accepted) from error
    effects = w_star.double()
    return _damped(effects, _kronecker(_INVERSE, effects), variance).to(w_star.dtype)


def _strength(effects: Tensor, share: float) -> Tensor:
    """I^(k) of the salient effects of all samples, (n,), from (samples, 2**n)."""
    threshold = share * effects[:, 1:].sum(1, keepdim=True).abs()
    salient = torch.where(effects.abs() >= threshold, effects, 0.0)
    return normalised_strength(strength_by_order(salient).mean(0))


class _Curves:
    """I^(k) of the predicted interactions of some samples as a function of sigma2."""

    def __init__(self, w_star: Tensor, share: float) -> None:
        _check_floats(w_star, "w_star")
        self.n = players_in(w_star, "w_star")
        if w_star.ndim != 2 or len(w_star) == 0:
            raise ArgumentError("w_star", f"shape {tuple(w_star.shape)}", "(samples, 2**n), one sample or more")
        if not w_star.isfinite().all():
            raise ArgumentError("w_star", "infinite values or NaN", "finite effects")
        if not 0 <= share < float("inf"):
            raise ArgumentError("share", share, "a number >= 0")
        self._w_star, self._share = w_star.double(), share
        self._spectrum = _kronecker(_INVERSE, self._w_star)

    def __call__(self, variance: Tensor) -> Tensor:
        """(..., n) for variances (...), one at a time: memory for one prediction."""
        curves = variance.new_empty(variance.numel(), self.n)
        for curve, each in zip(curves, variance.flatten(), strict=True):
            curve.copy_(_strength(_damped(self._w_star, self._spectrum, each), self._share))
        return curves.view(*variance.shape, self.n)


def predicted_strength(
    w_star: Float[Tensor, "samples coalitions"], sigma2: float | Tensor, share: float = 0.03
) -> Float[Tensor, "*sigma2 n"]:
    """Normalised strength by order of the predicted interactions, I_theo^(k).

    An interaction counts where |w_hat_S| >= tau_theo = share * |sum of all w_hat - w_hat of the empty set|, a sample;
    positive and negative strength are averaged over the samples before the normalisation.

    Args:
        w_star: effects of the converged network, (samples, 2**n), those that are not salient set to 0.
        sigma2: variance of the noise, >= 0: a number, or a tensor of any shape, one curve an entry.
        share: of |sum of all w_hat - w_hat of the empty set|; default 0.03.

    Returns:
        (..., n), the dimensions of sigma2 first, float64; the n values average to 1, or are 0 where nothing is salient.

    Raises:
        ArgumentError: w_star of another dtype or shape, a negative variance or share.

    Example:
        >>> w_star = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
        >>> predicted_strength(w_star, 0.0).tolist()
        [1.0, 1.0]
        >>> low, high = predicted_strength(w_star, 1.0).tolist()  # noise takes away high orders first
        >>> low > 1 > high
        True

    Source: 2407.19198, the predicted dynamics.
    """
    return _Curves(w_star, share)(_checked_variance(sigma2, w_star.device))


@dataclass(frozen=True)
class NoiseFit:
    """The noise of each checkpoint, as fitted by `fit_sigma2`.

    Attributes:
        sigma2: (checkpoints,).
        strength: predicted I^(k) at that noise, (checkpoints, n).
        error: root mean square over the orders of predicted - measured, (checkpoints,).
    """

    sigma2: Float[Tensor, "checkpoints"]
    strength: Float[Tensor, "checkpoints n"]
    error: Float[Tensor, "checkpoints"]


def fit_sigma2(
    measured: Float[Tensor, "checkpoints n"], w_star: Float[Tensor, "samples coalitions"], share: float = 0.03
) -> NoiseFit:
    """The noise sigma2 of every checkpoint whose predicted I^(k) is nearest to the measured one.

    Least squares over the orders. sigma2 runs over 0 and a grid of 16 values a decade, wide enough that beyond it the
    curve stays as it is; then the step around the best value is halved nine times, to 0.03 %. The salience threshold
    makes the error jump at many small steps, so that no derivative is used, a step is taken only where it is better,
    and a neighbouring valley, a percent away, may be returned where the best is hardly deeper. Far above and far
    below the eigenvalues of J'J the curve hardly depends on sigma2, and the fit tells no more than that.

    Args:
        measured: I^(k) at each checkpoint, (checkpoints, n), float32 or float64, each row averaging to 1, as
            `normalised_strength` returns it.
        w_star: effects of the converged network, (samples, 2**n), those that are not salient set to 0.
        share: of the salience threshold, as in `predicted_strength`; default 0.03.

    Returns:
        A `NoiseFit`, float64. A checkpoint without any strength (a row of zeros) gets sigma2 = infinity.

    Raises:
        ArgumentError: arguments of another shape or dtype, rows that do not average to 1, no effect in w_star.

    Example:
        >>> w_star = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
        >>> noise = torch.tensor([1.0, 0.5, 0.0])
        >>> [round(sigma2, 2) for sigma2 in fit_sigma2(predicted_strength(w_star, noise), w_star).sigma2.tolist()]
        [1.0, 0.5, 0.0]

    Source: 2407.19198 compares both curves; its rule for sigma2 is not public: the criterion is our reconstruction.
    """
    curves = _Curves(w_star, share)
    target = _checked_measured(measured, curves.n).to(w_star.device, torch.float64)
    if not w_star[:, 1:].any():
        raise ArgumentError("w_star", "no effect of a non-empty coalition", "one effect or more")

    def best(variance: Tensor, strength: Tensor) -> tuple[Tensor, Tensor]:
        # of the candidates of each checkpoint the nearest; the first, which is the least noise on the grid, if several
        nearest = (strength - target[:, None]).square().sum(-1).argmin(1)
        row = torch.arange(len(target), device=target.device)
        return variance[row, nearest], strength[row, nearest]

    grid = _grid(curves.n, target.device)
    sigma2, strength = best(grid.expand(len(target), -1), curves(grid).expand(len(target), -1, -1))
    for halving in range(1, _HALVINGS + 1):
        step = _GRID_STEP ** (0.5**halving)
        moved = sigma2[:, None] * sigma2.new_tensor([step**count for count in _STEPS])
        sigma2, strength = best(
            torch.cat((sigma2[:, None], moved), 1), torch.cat((strength[:, None], curves(moved)), 1)
        )
    silent = ~target.any(1)
    sigma2, strength = sigma2.masked_fill(silent, float("inf")), strength.masked_fill(silent[:, None], 0.0)
    return NoiseFit(sigma2, strength, (strength - target).square().mean(1).sqrt())


def _checked_measured(measured: Tensor, n: int) -> Tensor:
    _check_floats(measured, "measured")
    if measured.ndim != 2 or measured.shape[1] != n or len(measured) == 0:
        raise ArgumentError(
            "measured", f"shape {tuple(measured.shape)}", f"(checkpoints, {n}), as w_star has {n} players"
        )
    mean = measured.double().mean(1)
    fits = ((mean - 1).abs() < 1e-3) | (measured == 0).all(1)
    if not fits.all():
        given = f"a row with mean {mean[~fits][0].item():.4g}"
        raise ArgumentError("measured", given, "rows that average to 1", "See normalised_strength")
    return measured


def _grid(n: int, device: torch.device) -> Tensor:
    """0, then sigma2 with 2**n sigma2 from a hundredth of the smallest eigenvalue to 100 times the largest."""
    low, high = (_SMALL / 2) ** n / 100, (_LARGE / 2) ** n * 100
    count = math.ceil(math.log(high / low, _GRID_STEP)) + 1
    return torch.tensor([0.0, *(low * _GRID_STEP**k for k in range(count))], dtype=torch.float64, device=device)


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
    eigenvalues = _eigenvalues(check_players(n))
    return _norms(eigenvalues / (eigenvalues + 2.0**n * _checked_variance(sigma2)[..., None]))


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
    shift = 2.0 ** check_players(n) * _checked_variance(sigma2)[..., None]
    eigenvalues = _eigenvalues(n)
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
    basis, inverse = (torch.tensor(pair, dtype=torch.float64) for pair in (_BASIS, _INVERSE))
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
