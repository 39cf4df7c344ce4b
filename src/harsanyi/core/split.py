"""The sparsest AND-OR split of score vectors, with a certificate.

For scores v the split minimises the sum of |a_S| + |b_S| over the non-empty S, subject to |Z a - D b - v| <= noise for
every coalition (Z: S in T, D: S and T disjoint; a and b of the empty set are free). This linear program is solved for
a whole batch at once by restarted Halpern iterations of the reflected Douglas-Rachford operator, whose two halves are
both closed forms: soft-thresholding, and the projection on the constraint (`CoverOperators.solve`). Every sample has
its own step sizes, adapted at restarts; every lower bound comes from a feasible point of the dual program.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harsanyi.core.certificate import Certificate, l1_norm
from harsanyi.core.coalitions import players_in
from harsanyi.core.errors import ArgumentError, NotConvergedWarning
from harsanyi.core.iteration import iterate
from harsanyi.core.memory import require_memory
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.threads import in_threads
from harsanyi.core.transforms import scores_from
from harsanyi.core.warning import warn_user

_BLOCK = {"cpu": 1 << 16, "cuda": 1 << 24}  # score entries solved at once: what caches, or the device, hold well
_WORKING_TENSORS = 40  # of the iterations, in units of the scores of a block (measured)


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
    bound = _checked(scores, noise, max_gap, max_iterations)
    starts = _checked_gamma(gamma, scores)
    values = scores.detach().to(torch.float64)
    n, device = players_in(values), values.device
    size = max(1, _BLOCK.get(device.type, _BLOCK["cpu"]) >> n)
    at = [None] * -(-len(values) // size) if starts is None else starts.split(size)
    blocks = list(zip(values.split(size), bound.split(size), at, strict=True))
    require_memory(split_memory(n, len(values), device), n, device, "scores")
    operators = CoverOperators(n, device)

    def solve(block: tuple[Tensor, Tensor, Tensor | None]) -> Split:
        return _split_block(operators, *block, max_gap, max_iterations)

    parts = in_threads(solve, blocks) if device.type == "cpu" else list(map(solve, blocks))
    return Split(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Split)))


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


def split_memory(n: int, samples: int, device: torch.device) -> int:
    """Bytes that a split of so many samples takes at its peak, about."""
    at_once = torch.get_num_threads() if device.type == "cpu" else 1
    block = min(samples, max(1, _BLOCK.get(device.type, _BLOCK["cpu"]) >> n) * at_once)
    return 8 * (1 << n) * (4 * samples + _WORKING_TENSORS * block)


def _checked(scores: Tensor, noise: float | Tensor, max_gap: float, max_iterations: int) -> Tensor:
    """The noise bound of each sample, after every argument has been looked at."""
    if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) == 0:
        given = f"shape {tuple(scores.shape)}" if isinstance(scores, Tensor) else type(scores).__name__
        raise ArgumentError("scores", given, "a tensor of shape (batch, 2**n), batch >= 1")
    if scores.dtype not in (torch.float32, torch.float64):
        raise ArgumentError("scores", scores.dtype, "float32 or float64")
    players_in(scores)
    if not bool(scores.isfinite().all()):
        sample, coalition = (~scores.isfinite()).nonzero()[0].tolist()
        raise ArgumentError(
            "scores",
            f"{float(scores[sample, coalition])} at sample {sample}, coalition {coalition}",
            "finite numbers",
        )
    if not bool((scores.amax(1).double() - scores.amin(1).double()).isfinite().all()):
        raise ArgumentError("scores", "a range that overflows", "scores whose differences are finite")
    bound = torch.as_tensor(noise, dtype=torch.float64, device=scores.device).detach()
    if bound.ndim > 1 or (bound.ndim == 1 and len(bound) != len(scores)):
        raise ArgumentError("noise", f"shape {tuple(bound.shape)}", f"one number or shape ({len(scores)},)")
    if not bool((bound >= 0).all() & bound.isfinite().all()):
        raise ArgumentError("noise", noise, "finite numbers >= 0")
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    return bound.expand(len(scores)).clone()


def _checked_gamma(gamma: Tensor | None, scores: Tensor) -> Tensor | None:
    if gamma is None:
        return None
    if not isinstance(gamma, Tensor) or gamma.shape != scores.shape or not bool(gamma.isfinite().all()):
        shape = f"shape {tuple(gamma.shape)}" if isinstance(gamma, Tensor) else type(gamma).__name__
        raise ArgumentError("gamma", shape, f"finite numbers, a tensor of shape {tuple(scores.shape)}")
    return gamma.detach().to(scores.device, torch.float64)


def _split_block(
    operators: CoverOperators, scores: Tensor, noise: Tensor, gamma: Tensor | None, max_gap: float, max_iterations: int
) -> Split:
    """One block of samples, in the unit of each sample's range and from its empty coalition."""
    start = scores[:, :1]
    scale = (scores - start).abs().amax(1).clamp_min(torch.finfo(torch.float64).tiny)
    best = Certificate(operators, (scores - start) / scale[:, None], noise / scale)
    best.constant(scores.amax(1) - scores.amin(1) <= 2 * noise)
    iterate(best, max_gap, max_iterations, None if gamma is None else gamma / scale[:, None])
    and_ = best.and_ * scale[:, None]
    or_ = best.or_ * scale[:, None]
    and_[:, 0] += start[:, 0]
    objective = l1_norm(and_, or_)
    lower_bound = torch.minimum(best.lower_bound * scale, objective)
    return Split(
        and_,
        or_,
        scores - scores_from(and_, or_),
        objective,
        lower_bound,
        best.gap,
        best.iterations,
        best.gap <= max_gap,
    )
