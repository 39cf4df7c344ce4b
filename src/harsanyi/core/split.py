"""The sparsest AND-OR split of the score vectors of one network, with a certificate."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor

from harsanyi.core.errors import NotConvergedWarning
from harsanyi.core.penalty import Penalty
from harsanyi.core.solver import checked_gamma, checked_noise, solve
from harsanyi.core.warning import warn_user


@dataclass(frozen=True)
class Split:
    """AND and OR effects of each sample, and how good they are; all float64 unless said.

    Attributes:
        and_: AND effects, (batch, 2**n); the entry of the empty set is scores - noise there.
        or_: OR effects, (batch, 2**n); 0 for the empty set and for single players (folded into `and_`).
        noise: delta, (batch, 2**n), so that scores_from(and_, or_) = scores - delta, |delta| <= the bound given.
        objective: sum of |and_| + |or_| without the empty set, (batch,).
        lower_bound: no split within the same noise bound has a smaller objective, (batch,).
        gap: (objective - lower_bound) / objective, (batch,); 0 where the objective is below 1e-9 of the score range.
        iterations: iterations spent, (batch,), int64.
        converged: gap <= max_gap, (batch,), bool.
    """

    and_: Float[Tensor, "batch coalitions"]
    or_: Float[Tensor, "batch coalitions"]
    noise: Float[Tensor, "batch coalitions"]
    objective: Float[Tensor, "batch"]
    lower_bound: Float[Tensor, "batch"]
    gap: Float[Tensor, "batch"]
    iterations: Int[Tensor, "batch"]
    converged: Bool[Tensor, "batch"]


def sparsest_split(
    scores: Float[Tensor, "batch coalitions"],
    noise: float | Tensor = 0.0,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
    gamma: Tensor | None = None,
) -> Split:
    """Sparsest AND-OR interactions that reproduce the scores of all coalitions within a noise bound.

    Args:
        scores: v of every coalition, (batch, 2**n), float32 or float64, in any unit; computed in float64.
        noise: bound kappa on |delta|, in the unit of the scores: one number, or one a sample, (batch,); 0 is exact.
        max_gap: certified relative gap at which a sample is done, in (0, 1].
        max_iterations: where to stop a sample that has not reached the gap.
        gamma: where the iterations begin, at the split v / 2 + gamma and v / 2 - gamma, (batch, 2**n), in the unit of
            the scores; nothing begins at 0. The sparsest split is not always the only one: another start may end at
            another, certified alike.

    Returns:
        The `Split`, on the device of the scores.

    Raises:
        ArgumentError: shapes, dtypes or numbers other than these; scores that are not finite (says where).

    Warns:
        NotConvergedWarning: some samples kept a larger gap than `max_gap`; `converged` says which.

    Example:
        >>> import torch
        >>> v = torch.tensor([[0.0, 1.0, 1.0, 1.0]], dtype=torch.float64)  # an OR of two players
        >>> split = sparsest_split(v)
        >>> split.or_.round(decimals=6).tolist(), round(float(split.objective), 6)
        ([[0.0, 0.0, 0.0, 1.0]], 1.0)

    Source: the objective of 2401.16318 and 2407.19198 (there by gradient descent); solver and certificate are ours.
    """
    result = solve_split(scores, noise, max_gap, max_iterations, gamma)
    warn_missed(result.gap, max_gap, max_iterations)
    return result


def solve_split(
    scores: Tensor, noise: float | Tensor, max_gap: float, max_iterations: int, gamma: Tensor | None = None
) -> Split:
    """`sparsest_split` without the warning, for callers that split many batches and warn once."""
    bound = checked_noise(("batch",), scores, noise, max_gap, max_iterations)
    start = None if gamma is None else checked_gamma(gamma, scores)[None]
    and_, or_, delta, *certificate = solve(scores[None], bound[None], Penalty(), max_gap, max_iterations, start)
    return Split(and_[0], or_[0], delta[0], *certificate)


def warn_missed(gap: Tensor, max_gap: float, max_iterations: int) -> None:
    """Warn where samples kept a larger gap than was asked for.

    Args:
        gap: of each sample, (samples,).
        max_gap: what was asked for.
        max_iterations: what was spent.
    """
    missed = (gap > max_gap).nonzero().flatten().tolist()
    if missed:
        listed = ", ".join(map(str, missed[:10])) + (" …" if len(missed) > 10 else "")
        warn_user(
            f"{len(missed)} of {len(gap)} samples kept a certified gap above max_gap={max_gap} after {max_iterations} "
            f"iterations: samples {listed}; largest gap {float(gap.max()):.3g}. Their effects still match the scores; "
            "raise max_iterations or max_gap.",
            NotConvergedWarning,
        )
