"""The joint AND-OR split of several networks: effects that they share where the scores allow it, with a certificate."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.penalty import Penalty
from harsanyi.core.solver import checked_noise, solve
from harsanyi.core.split import warn_missed


@dataclass(frozen=True)
class JointSplit:
    """AND and OR effects of each network and sample, and how good they are; all float64 unless said.

    Attributes:
        and_: AND effects, (networks, batch, 2**n); the entry of the empty set is scores - noise there.
        or_: OR effects, (networks, batch, 2**n); 0 for the empty set and for single players (folded into `and_`).
        noise: delta, (networks, batch, 2**n), so that scores_from(and_, or_) = scores - delta, |delta| <= the bound.
        objective: sum over the AND and OR effects of the non-empty coalitions of (1 - alpha) times the largest
            |effect| of the networks + alpha times the sum of their |effects|, (batch,).
        lower_bound: no splits within the same noise bounds have a smaller objective, (batch,).
        gap: (objective - lower_bound) / objective, (batch,); 0 where the objective is below 1e-9 of the score range.
        iterations: iterations spent, (batch,), int64.
        converged: gap <= max_gap, (batch,), bool.
    """

    and_: Float[Tensor, "networks batch coalitions"]
    or_: Float[Tensor, "networks batch coalitions"]
    noise: Float[Tensor, "networks batch coalitions"]
    objective: Float[Tensor, "batch"]
    lower_bound: Float[Tensor, "batch"]
    gap: Float[Tensor, "batch"]
    iterations: Int[Tensor, "batch"]
    converged: Bool[Tensor, "batch"]


def joint_split(
    scores: Float[Tensor, "networks batch coalitions"],
    noise: float | Tensor = 0.0,
    alpha: float = 0.1,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
) -> JointSplit:
    """AND-OR interactions of several networks that reproduce the scores of each and share what they can.

    An effect that one network needs costs the others little: of the splits that match the scores, those win whose
    effects the networks have together. The scores should be in comparable units.

    Args:
        scores: v of every coalition, (networks, batch, 2**n), float32 or float64, of the same samples and players;
            computed in float64.
        noise: bound kappa on |delta|, in the unit of the scores: one number, or one a network and sample,
            (networks, batch); 0 is exact.
        alpha: what each network pays for an effect by itself, in [0, 1]; the rest is paid for the largest of them. 1
            splits each network as if there were no other.
        max_gap: certified relative gap at which a sample is done, in (0, 1].
        max_iterations: where to stop a sample that has not reached the gap.

    Returns:
        The `JointSplit`, on the device of the scores.

    Raises:
        ArgumentError: shapes, dtypes or numbers other than these; scores that are not finite (says where).

    Warns:
        NotConvergedWarning: some samples kept a larger gap than `max_gap`; `converged` says which.

    Example:
        >>> import torch
        >>> v = torch.tensor([[[0.0, 1.0, 1.0, 1.0]], [[0.0, 2.0, 2.0, 2.0]]])  # the same OR, of two strengths
        >>> split = joint_split(v, alpha=0.1, max_gap=1e-6)
        >>> split.or_[:, 0, 3].round(decimals=4).tolist(), round(float(split.objective), 4)  # 0.9 * 2 + 0.1 * (1 + 2)
        ([1.0, 2.0], 2.1)

    Source: the objective of 2401.16318 (there by gradient descent); solver and certificate are ours.
    """
    bound = checked_noise(("networks", "batch"), scores, noise, max_gap, max_iterations)
    if not 0 <= alpha <= 1:
        raise ArgumentError("alpha", alpha, "a number in [0, 1]")
    split = JointSplit(*solve(scores, bound, Penalty(alpha), max_gap, max_iterations))
    warn_missed(split.gap, max_gap, max_iterations)
    return split
