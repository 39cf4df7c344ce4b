"""The interactions that a network holds at some noise, in closed form."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_floats, orders, players_in
from harsanyi.core.errors import ArgumentError
from harsanyi.core.theory.eigenbasis import BASIS, INVERSE, kronecker, spectrum_of


def checked_variance(sigma2: float | Tensor, device: torch.device | None = None) -> Tensor:
    """Sigma2 as a float64 tensor.

    Raises:
        ArgumentError: not all of it are numbers >= 0.
    """
    try:
        variance = torch.as_tensor(sigma2, dtype=torch.float64, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError("sigma2", repr(sigma2), "numbers >= 0") from error
    if not (variance >= 0).all():
        raise ArgumentError("sigma2", sigma2, "numbers >= 0")
    return variance


def damped(w_star: Tensor, spectrum: Tensor, variance: Tensor) -> Tensor:
    """M w_star from the coordinates of w_star in the eigenbasis; float64."""
    n = players_in(spectrum)
    eigenvalues = spectrum_of(n, spectrum.device)
    kept = eigenvalues / (eigenvalues + 2.0**n * variance[..., None])
    result = kronecker(BASIS, spectrum * kept[..., orders(n, spectrum.device)])
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
    check_floats(w_star, "w_star")
    players_in(w_star, "w_star")
    variance = checked_variance(sigma2, w_star.device)
    try:
        torch.broadcast_shapes(variance.shape, w_star.shape[:-1])
    except RuntimeError as error:
        accepted = f"a number, or a shape that broadcasts with {tuple(w_star.shape[:-1])}"
        raise ArgumentError("sigma2", f"shape {tuple(variance.shape)}", accepted) from error
    effects = w_star.double()
    return damped(effects, kronecker(INVERSE, effects), variance).to(w_star.dtype)
