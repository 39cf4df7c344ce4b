"""Strength by order of the predicted interactions."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_floats, players_in
from harsanyi.core.errors import ArgumentError
from harsanyi.core.strength import normalised_strength, strength_by_order
from harsanyi.core.theory.damping import checked_variance, damped
from harsanyi.core.theory.eigenbasis import INVERSE, kronecker
from harsanyi.core.threads import in_threads


@final
class PredictedStrength:
    """Strength by order of the predicted interactions of some samples, as a function of sigma2.

    An interaction counts where |w_hat_S| >= tau_theo = share * |sum of all w_hat - w_hat of the empty set|, a sample.

    OR effects are AND effects of the game in which present and absent players change places, with the other sign. So
    each part of the scores is damped by itself, as a game of its own; the threshold is one for both.

    Args:
        w_star: effects of the converged network, (samples, 2**n), or (samples, parts, 2**n) with the AND and the OR
            effects of each sample as its parts; those that are not salient set to 0; float32 or float64.
        share: of |sum of all w_hat - w_hat of the empty set|.

    Raises:
        ArgumentError: w_star of another dtype or shape, or not finite; a negative share.
    """

    def __init__(self, w_star: Float[Tensor, "samples *parts coalitions"], share: float = 0.03) -> None:
        check_floats(w_star, "w_star")
        self.n = players_in(w_star, "w_star")
        if w_star.ndim not in (2, 3) or w_star.numel() == 0:
            accepted = "(samples, 2**n) or (samples, parts, 2**n), one sample or more"
            raise ArgumentError("w_star", f"shape {tuple(w_star.shape)}", accepted)
        if not w_star.isfinite().all():
            raise ArgumentError("w_star", "infinite values or NaN", "finite effects")
        if not 0 <= share < float("inf"):
            raise ArgumentError("share", share, "a number >= 0")
        self._w_star, self._share = w_star.double().reshape(len(w_star), -1, w_star.shape[-1]), share
        self._spectrum = kronecker(INVERSE, self._w_star)

    def of_samples(self, sigma2: float | Tensor) -> Float[Tensor, "*sigma2 samples sign n"]:
        """J_pos and J_neg of each sample, (..., samples, 2, n), float64, for sigma2 of shape (...)."""
        variance = checked_variance(sigma2, self._w_star.device)
        strength = in_threads(self._at, variance.flatten())
        if not strength:
            return variance.new_empty(*variance.shape, len(self._w_star), 2, self.n)
        return torch.stack(strength).view(*variance.shape, len(self._w_star), 2, self.n)

    def _at(self, variance: Tensor) -> Tensor:
        effects = damped(self._w_star, self._spectrum, variance)
        threshold = self._share * effects[..., 1:].sum((1, 2)).abs()
        salient = torch.where(effects.abs() >= threshold[:, None, None], effects, 0.0)
        return strength_by_order(salient).sum(1)

    def __call__(self, sigma2: float | Tensor) -> Float[Tensor, "*sigma2 n"]:
        """I_theo^(k), (..., n): averaged over the samples, then normalised."""
        return normalised_strength(self.of_samples(sigma2).mean(-3))


def predicted_strength(
    w_star: Float[Tensor, "samples *parts coalitions"], sigma2: float | Tensor, share: float = 0.03
) -> Float[Tensor, "*sigma2 n"]:
    """Normalised strength by order of the predicted interactions, I_theo^(k).

    An interaction counts where |w_hat_S| >= tau_theo = share * |sum of all w_hat - w_hat of the empty set|, a sample;
    positive and negative strength are averaged over the samples before the normalisation.

    Args:
        w_star: effects of the converged network, (samples, 2**n), or (samples, 2, 2**n) for AND and OR effects, each
            a game of its own, see `PredictedStrength`; those that are not salient set to 0.
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

    Source: 2407.19198, the predicted dynamics; OR effects: our definition.
    """
    return PredictedStrength(w_star, share)(sigma2)
