"""The sparsest AND-OR split of score vectors, with a certificate.

For scores v the split minimises the sum of |a_S| + |b_S| over the non-empty S, subject to |Z a - D b - v| <= noise for
every coalition (Z: S in T, D: S and T disjoint; a and b of the empty set are free). This linear program is solved for
a whole batch at once by restarted Halpern iterations of the reflected Douglas-Rachford operator, whose two halves are
both closed forms: soft-thresholding, and the projection on the constraint (`CoverOperators.solve`). Every sample has
its own step sizes, adapted at restarts; every lower bound comes from a feasible point of the dual program.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from harsanyi.core.coalitions import players_in
from harsanyi.core.errors import ArgumentError, NotConvergedWarning
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.transforms import and_interactions, scores_from

_CHECK_EVERY = 25  # iterations between certificates
_RESTART_EVERY = 5  # iterations between looks at the restart rule
_BLOCK = {
    "cpu": 1 << 17,
    "cuda": 1 << 24,
}  # score entries solved at once: what the caches, or the device, hold well


@dataclass(frozen=True)
class Split:
    """AND and OR effects of each sample, and how good they are; all float64 unless said.

    Attributes:
        and_: AND effects, (batch, 2**n); the entry of the empty set is scores - noise there.
        or_: OR effects, (batch, 2**n); 0 for the empty set and for single players (folded into `and_`).
        noise: delta, (batch, 2**n), so that scores_from(and_, or_) = scores - delta, |delta| <= the bound given.
        objective: sum of |and_| + |or_| without the empty set, (batch,).
        lower_bound: no split within the same noise bound has a smaller objective, (batch,).
        gap: (objective - lower_bound) / objective, (batch,); 0 where the objective is 0.
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
) -> Split:
    """Sparsest AND-OR interactions that reproduce the scores of all coalitions within a noise bound.

    Args:
        scores: v of every coalition, (batch, 2**n), float32 or float64, in any unit; computed in float64.
        noise: bound kappa on |delta|, in the unit of the scores: one number, or one a sample, (batch,); 0 is exact.
        max_gap: certified relative gap at which a sample is done, in (0, 1].
        max_iterations: where to stop a sample that has not reached the gap.

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
    bound = _checked(scores, noise, max_gap, max_iterations)
    values = scores.detach().to(torch.float64)
    operators = CoverOperators(players_in(values), values.device)
    size = max(1, _BLOCK.get(values.device.type, 1 << 20) // values.shape[1])
    blocks = [
        _split_block(operators, part, kappa, max_gap, max_iterations)
        for part, kappa in zip(values.split(size), bound.split(size), strict=True)
    ]
    result = Split(*(torch.cat([getattr(block, field.name) for block in blocks]) for field in fields(Split)))
    missed = (~result.converged).nonzero().flatten().tolist()
    if missed:
        warnings.warn(
            f"{len(missed)} of {len(values)} samples kept a certified gap above max_gap={max_gap} after "
            f"{max_iterations} iterations: samples {missed[:10]}{' ...' if len(missed) > 10 else ''}, "
            f"largest gap {float(result.gap.max()):.3g}. Their effects still match the scores; "
            "raise max_iterations or max_gap.",
            NotConvergedWarning,
            stacklevel=2,
        )
    return result


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
    bound = torch.as_tensor(noise, dtype=torch.float64, device=scores.device)
    if bound.ndim > 1 or (bound.ndim == 1 and len(bound) != len(scores)):
        raise ArgumentError("noise", f"shape {tuple(bound.shape)}", f"one number or shape ({len(scores)},)")
    if not bool((bound >= 0).all() & bound.isfinite().all()):
        raise ArgumentError("noise", noise, "finite numbers >= 0")
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    return bound.expand(len(scores)).clone()


def _split_block(
    operators: CoverOperators, scores: Tensor, noise: Tensor, max_gap: float, max_iterations: int
) -> Split:
    """One block of samples, in the unit of each sample's range and from its empty coalition."""
    start = scores[:, :1]
    scale = (scores - start).abs().amax(1).clamp_min(torch.finfo(torch.float64).tiny)
    best = _Best(operators, (scores - start) / scale[:, None], noise / scale)
    _iterate(best, max_gap, max_iterations)
    and_ = best.and_ * scale[:, None]
    or_ = best.or_ * scale[:, None]
    and_[:, 0] += start[:, 0]
    objective = _l1(and_, or_)
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


def _l1(and_: Tensor, or_: Tensor) -> Tensor:
    return and_[:, 1:].abs().sum(1) + or_[:, 1:].abs().sum(1)


class _Best:
    """The best feasible split and the best lower bound of each sample so far."""

    def __init__(self, operators: CoverOperators, scores: Tensor, noise: Tensor) -> None:
        self.operators, self.scores, self.noise = operators, scores, noise
        self.and_ = and_interactions(scores)
        self.or_ = torch.zeros_like(scores)
        self.objective = _l1(self.and_, self.or_)
        self.lower_bound = torch.zeros_like(self.objective)
        self.iterations = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
        self._constants()

    def _constants(self) -> None:
        """Scores within the noise bound of a constant need no interaction at all."""
        low, high = self.scores.amin(1), self.scores.amax(1)
        constant = high - low <= 2 * self.noise
        self.and_[constant] = 0
        self.and_[constant, 0] = ((low + high) / 2)[constant]
        self.objective[constant] = 0

    @property
    def gap(self) -> Tensor:
        gap = (self.objective - self.lower_bound).clamp_min(0) / self.objective
        return torch.where(self.objective <= 1e-12, 0.0, gap)

    def try_split(self, samples: Tensor, a: Tensor, b: Tensor) -> None:
        """Make (a, b) feasible for these samples and keep it where it is better."""
        ops, scores, noise = self.operators, self.scores[samples], self.noise[samples, None]
        residual = scores - ops.contained(a) + ops.disjoint(b)
        excess = residual - residual.clamp(-noise, noise)
        step = ops.solve(excess, torch.zeros(len(a), dtype=a.dtype, device=a.device))
        a, b = a + ops.containing(step), b - ops.disjoint(step)
        single = 1 << torch.arange(ops.n, device=a.device)
        a[:, single] += b[:, single]  # OR of one player is AND of one player, up to a constant
        b[:, single] = 0
        objective = _l1(a, b)
        better = objective < self.objective[samples]
        chosen = samples[better]
        # What is left of the excess after a linear solve is rounding; put it into the AND part, exactly.
        b[:, 0] = 0
        a[:, 0] = 0
        delta = (residual - excess)[better]
        self.and_[chosen] = and_interactions(scores[better] - delta - scores_from(torch.zeros_like(a), b)[better])
        self.or_[chosen] = b[better]
        self.objective[chosen] = _l1(self.and_[chosen], self.or_[chosen])

    def try_dual(self, samples: Tensor, y: Tensor) -> None:
        """Lower bound y'v - noise |y|_1 after y is centred and scaled into the dual constraints."""
        ops = self.operators
        y = y - y.mean(1, keepdim=True)  # the columns of the empty set: y sums to 0
        reach = torch.maximum(ops.containing(y)[:, 1:].abs().amax(1), ops.disjoint(y)[:, 1:].abs().amax(1))
        value = (y * self.scores[samples]).sum(1) - self.noise[samples] * y.abs().sum(1)
        value = torch.where(reach > 0, value / reach, 0.0)
        self.lower_bound[samples] = torch.maximum(self.lower_bound[samples], value)


@dataclass
class _State:
    """Iterates of the samples still running. Points are stacked as (batch, [a, b, e], 2**n); e is delta / weight."""

    samples: Tensor  # (batch,) indices into the block
    scores: Tensor  # (batch, 2**n)
    noise: Tensor  # (batch,)
    point: Tensor  # z
    anchor: Tensor  # z at the last restart
    primal: Tensor  # x at the last restart
    dual: Tensor  # u at the last restart
    threshold: Tensor  # (batch,) t: how far soft-thresholding moves
    weight: Tensor  # (batch,) scale of the noise block against the effects
    steps: Tensor  # (batch,) iterations since the restart
    first_residual: Tensor  # (batch,) at the restart
    last_residual: Tensor  # (batch,) at the last look

    def keep(self, mask: Tensor) -> _State:
        return _State(*(getattr(self, field.name)[mask] for field in fields(self)))


def _start(best: _Best, samples: Tensor) -> _State:
    scores, noise = best.scores[samples], best.noise[samples]
    a = and_interactions(scores / 2)
    b = -and_interactions(scores.flip(-1) / 2)
    point = torch.stack((a, b, torch.zeros_like(a)), 1)
    threshold = a.abs().mean(1) + b.abs().mean(1)
    weight = torch.where(noise > 0, 3.0, 0.0).to(scores.dtype)
    infinite = torch.full_like(threshold, math.inf)
    state = _State(
        samples, scores, noise, point, point, point, point, threshold, weight,
        torch.zeros_like(samples), infinite, infinite,
    )  # fmt: skip
    moved = _moved(state, point)
    state.primal, state.dual = point - moved, moved / threshold[:, None, None]
    return state


def _moved(state: _State, point: Tensor) -> Tensor:
    """What the proximal step takes off the point (threshold times a subgradient): clip, or clip to the noise box."""
    moved = torch.empty_like(point)
    limit = state.threshold[:, None, None]
    torch.clamp(point[:, :2], -limit, limit, out=moved[:, :2])
    moved[:, :2, 0] = 0
    box = (state.noise / state.weight).nan_to_num(0.0)[:, None]  # no noise, no weight: the block stays 0
    moved[:, 2] = point[:, 2] - point[:, 2].clamp(-box, box)
    return moved


def _step(ops: CoverOperators, state: _State) -> tuple[Tensor, Tensor, Tensor]:
    """x after the proximal step, how far its projection lies from it, and the multiplier of the projection."""
    moved = _moved(state, state.point)
    x = state.point - moved
    reflected = x - moved
    weight = state.weight[:, None]
    missing = state.scores - ops.contained(reflected[:, 0]) + ops.disjoint(reflected[:, 1]) - weight * reflected[:, 2]
    multiplier = ops.solve(missing, state.weight**2)
    move = torch.stack((ops.containing(multiplier), -ops.disjoint(multiplier), weight * multiplier), 1)
    return x, move - moved, multiplier


def _iterate(best: _Best, max_gap: float, max_iterations: int) -> None:
    running = (best.gap > max_gap).nonzero().flatten()
    if len(running) == 0:
        return
    state = _start(best, running)
    for iteration in range(1, max_iterations + 1):
        x, change, multiplier = _step(best.operators, state)
        last = iteration == max_iterations
        if iteration % _CHECK_EVERY == 0 or last:
            _certify(best, state, x, change, multiplier)
            best.iterations[state.samples] = iteration
            running_mask = best.gap[state.samples] > max_gap
            if not bool(running_mask.any()) or last:
                return
            if not bool(running_mask.all()):
                state, change = state.keep(running_mask), change[running_mask]
        residual = change.flatten(1).norm(dim=1)
        state.first_residual = torch.where(state.steps == 0, residual, state.first_residual)
        # Halpern: the reflected point, pulled towards the anchor by 1 / (steps + 2).
        pull = (1 / (state.steps + 2).to(residual.dtype))[:, None, None]
        state.point = torch.lerp(state.point + 2 * change, state.anchor, pull)
        state.steps = state.steps + 1
        if iteration % _RESTART_EVERY == 0:
            _restart(state, residual, iteration)


def _restart(state: _State, residual: Tensor, iteration: int) -> None:
    """Restart the samples whose residual fell far enough, or stopped falling, or that ran long; adapt their steps.

    Source: the restart rule of restarted PDLP / HPR methods; the two step sizes balance how far the primal and
    the dual moved since the last restart, in the effects and in the noise block.
    """
    far = residual <= 0.2 * state.first_residual
    stalled = (residual <= 0.8 * state.first_residual) & (residual > state.last_residual)
    due = (far | stalled | (state.steps >= 0.36 * iteration)) & (state.steps > 1)
    state.last_residual = torch.where(due, math.inf, residual)
    if not bool(due.any()):
        return
    moved = _moved(state, state.point)
    x, u = state.point - moved, moved / state.threshold[:, None, None]
    dx, du = x - state.primal, u - state.dual
    threshold = _balanced(state.threshold, dx[:, :2].flatten(1).norm(dim=1), du[:, :2].flatten(1).norm(dim=1), due)
    de = dx[:, 2].norm(dim=1) * state.weight
    dy = du[:, 2].norm(dim=1) / state.weight * threshold
    weight = _balanced(state.weight**2, de, dy, due).sqrt()
    ratio = (weight / state.weight).nan_to_num(1.0)[:, None]
    x[:, 2] /= ratio
    u[:, 2] *= ratio
    state.threshold, state.weight = threshold, weight
    chosen = due[:, None, None]
    state.point = torch.where(chosen, x + threshold[:, None, None] * u, state.point)
    state.anchor = torch.where(chosen, state.point, state.anchor)
    state.primal = torch.where(chosen, x, state.primal)
    state.dual = torch.where(chosen, u, state.dual)
    state.steps = torch.where(due, 0, state.steps)


def _balanced(value: Tensor, primal: Tensor, dual: Tensor, due: Tensor) -> Tensor:
    """Geometric mean of the step size and the ratio of the two distances, where both are known."""
    known = due & (primal > 1e-14) & (dual > 1e-14) & primal.isfinite() & dual.isfinite()
    return torch.where(known, (value * primal / dual).sqrt(), value)


def _certify(best: _Best, state: _State, x: Tensor, change: Tensor, multiplier: Tensor) -> None:
    ops, samples = best.operators, state.samples
    projected = x + change
    best.try_split(samples, x[:, 0], x[:, 1])
    best.try_split(samples, projected[:, 0], projected[:, 1])
    u = _moved(state, state.point) / state.threshold[:, None, None]
    combined = ops.contained(u[:, 0]) - ops.disjoint(u[:, 1]) + state.weight[:, None] * u[:, 2]
    best.try_dual(samples, ops.solve(combined, state.weight**2))
    best.try_dual(samples, multiplier / state.threshold[:, None])
