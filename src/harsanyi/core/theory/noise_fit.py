"""The noise of a checkpoint, fitted to its strength by order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_floats
from harsanyi.core.errors import ArgumentError
from harsanyi.core.theory.eigenbasis import LARGE, SMALL
from harsanyi.core.theory.predicted_strength import PredictedStrength

_GRID_STEP = 10 ** (1 / 16)
_HALVINGS = 9
_STEPS = (-3, -1, 1, 3)  # with +-3 the search leaves the wrong side of a jump


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
    measured: Float[Tensor, "checkpoints n"], w_star: Float[Tensor, "samples *parts coalitions"], share: float = 0.03
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
        w_star: effects of the converged network, as for `predicted_strength`.
        share: of the salience threshold, as in `predicted_strength`; default 0.03.

    Returns:
        A `NoiseFit`, float64. A checkpoint without any strength (a row of zeros) gets sigma2 = infinity.

    Raises:
        ArgumentError: arguments of another shape or dtype, rows that do not average to 1, no effect in w_star.

    Example:
        >>> from harsanyi.core.theory import predicted_strength
        >>> w_star = torch.tensor([[0.0, 1.0, 0.0, 1.0]])
        >>> noise = torch.tensor([1.0, 0.5, 0.0])
        >>> [round(sigma2, 2) for sigma2 in fit_sigma2(predicted_strength(w_star, noise), w_star).sigma2.tolist()]
        [1.0, 0.5, 0.0]

    Source: 2407.19198 compares both curves; its rule for sigma2 is not public: the criterion is our reconstruction.
    """
    curves = PredictedStrength(w_star, share)
    target = _checked_measured(measured, curves.n).to(w_star.device, torch.float64)
    if not w_star[..., 1:].any():
        raise ArgumentError("w_star", "no effect of a non-empty coalition", "one effect or more")

    def best(variance: Tensor, strength: Tensor) -> tuple[Tensor, Tensor]:
        # of the candidates of each checkpoint the nearest; the first, which is the least noise on the grid, if several
        nearest = (strength - target[:, None]).square().sum(-1).argmin(1)
        row = torch.arange(len(target), device=target.device)
        return variance[row, nearest], strength[row, nearest]

    grid = noise_grid(curves.n, target.device)
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
    check_floats(measured, "measured")
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


def noise_grid(n: int, device: torch.device | None = None) -> Float[Tensor, "grid"]:
    """0, then 16 sigma2 a decade, 2**n sigma2 from a hundredth of the smallest eigenvalue to 100 times the largest."""
    low, high = (SMALL / 2) ** n / 100, (LARGE / 2) ** n * 100
    count = math.ceil(math.log(high / low, _GRID_STEP)) + 1
    return torch.tensor([0.0, *(low * _GRID_STEP**k for k in range(count))], dtype=torch.float64, device=device)
