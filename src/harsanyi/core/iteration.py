"""Restarted Halpern iterations of the reflected Douglas-Rachford operator, for a block of samples at once.

One half of the operator is soft-thresholding of the effects and clipping of the noise, the other the projection on the
scores; both are closed forms. Every sample has its own two step sizes, adapted when it restarts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from harsanyi.core.certificate import Certificate
from harsanyi.core.penalty import Penalty
from harsanyi.core.transforms import and_interactions

_CHECK_EVERY = 25  # iterations between certificates
_RESTART_EVERY = 5  # iterations between looks at the restart rule
_ROUNDING = 1e-14  # distances below this say nothing
_MOST_CHANGE = 10.0  # of a step size at one restart
_FEW = 32  # effects of a network up to which a finished sample is polished


@dataclass
class _State:
    """Iterates of the samples still running.

    Points are stacked as ([a, b, e], batch, networks, 2**n); e is delta / weight, and left out where nothing has noise.
    The networks of a sample share its step size and restart together.
    """

    point: Tensor  # z
    anchor: Tensor  # z at the last restart
    primal: Tensor  # x at the last restart
    dual: Tensor  # u at the last restart
    samples: Tensor  # (batch,) indices into the block
    noise: Tensor  # (batch, networks)
    target: Tensor  # the scores in the Schur basis
    threshold: Tensor  # (batch,) t: how far soft-thresholding moves
    weight: Tensor  # (batch, networks) scale of the noise block against the effects
    steps: Tensor  # (batch,) iterations since the restart
    first_residual: Tensor  # (batch,) at the restart
    last_residual: Tensor  # (batch,) at the last look
    inverse: list[Tensor]  # of the projection, for the weights

    def keep(self, chosen: Tensor) -> _State:
        """The state of these samples alone (positions, or a mask)."""
        values: list[Any] = [getattr(self, field.name) for field in fields(self)]
        points, vectors = [value[:, chosen] for value in values[:4]], [value[chosen] for value in values[4:-1]]
        kept: list[Any] = [*points, *vectors, [matrix[chosen] for matrix in self.inverse]]
        return _State(*kept)


def _start(best: Certificate, samples: Tensor, gamma: Tensor | None) -> _State:
    scores, noise = best.scores[samples], best.noise[samples]
    shift = 0.0 if gamma is None else gamma[samples]
    a = and_interactions(scores / 2 + shift)
    b = -and_interactions((scores / 2 - shift).flip(-1))
    point = torch.stack((a, b, torch.zeros_like(a))[: 3 if bool((noise > 0).any()) else 2])
    threshold = a.abs().mean((1, 2)) + b.abs().mean((1, 2))
    weight = torch.where(noise > 0, 3.0, 0.0).to(scores.dtype)
    infinite = torch.full_like(threshold, math.inf)
    target, inverse = best.operators.target(scores), best.operators.inverse(weight**2)
    state = _State(
        point, point.clone(), point, point, samples, noise, target, threshold, weight,
        torch.zeros_like(samples), infinite, infinite, inverse,
    )  # fmt: skip
    moved = _moved(best.penalty, state)
    state.primal, state.dual = point - moved, moved / _wide(threshold)
    return state


def _wide(values: Tensor) -> Tensor:
    """One value a sample, beside (batch, networks, 2**n)."""
    return values[:, None, None]


def _moved(penalty: Penalty, state: _State) -> Tensor:
    """What the proximal step takes off the point (threshold times a subgradient), or the noise box leaves off it."""
    point = state.point
    moved = torch.empty_like(point)
    penalty.clip(point[:2], _wide(state.threshold), out=moved[:2])
    moved[:2, ..., 0] = 0
    box = (state.noise / state.weight).nan_to_num(0.0)[..., None]  # no noise, no weight: the block stays 0
    torch.sub(point[2:], point[2:].clamp(-box, box), out=moved[2:])
    return moved


def iterate(best: Certificate, max_gap: float, max_iterations: int, gamma: Tensor | None = None) -> None:
    """Improve the certificate of every sample until its gap is small enough.

    Args:
        best: of the block; changed in place.
        max_gap: relative gap at which a sample is done.
        max_iterations: at which the others stop.
        gamma: where the iterations begin, at the AND effects of v / 2 + gamma and the OR effects of v / 2 - gamma,
            like the scores; nothing begins at 0.
    """
    running = (best.gap > max_gap).nonzero().flatten()
    if len(running) == 0:
        return
    state = _start(best, running, gamma)
    for iteration in range(1, max_iterations + 1):
        moved = _moved(best.penalty, state)
        change = best.operators.project(
            torch.sub(state.point, moved, alpha=2), state.target, state.weight, state.inverse
        ).sub_(moved)
        last = iteration == max_iterations
        if iteration % _CHECK_EVERY == 0 or last:
            _certify(best, state, moved, change)
            best.iterations[state.samples] = iteration
            running_mask = best.gap[state.samples] > max_gap
            if not bool(running_mask.all()):
                _polish(best, state, moved, ~running_mask)
            if not bool(running_mask.any()) or last:
                return
            if not bool(running_mask.all()):
                state, change = state.keep(running_mask), change[:, running_mask]
        look = iteration % _RESTART_EVERY
        if look <= 1:
            residual = torch.linalg.vector_norm(change, dim=(0, 2, 3))
        if look == 1:
            state.first_residual = torch.where(state.steps == 0, residual, state.first_residual)
        # Halpern: the reflected point, pulled towards the anchor by 1 / (steps + 2).
        pull = _wide(1 / (state.steps + 2).to(change.dtype))
        state.point.add_(change, alpha=2).lerp_(state.anchor, pull)
        state.steps = state.steps + 1
        if look == 0:
            _restart(best, state, residual, iteration)


def _restart(best: Certificate, state: _State, residual: Tensor, iteration: int) -> None:
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
    rows = due.nonzero().flatten()
    here = state.keep(rows)
    moved = _moved(best.penalty, here)
    x, u = here.point - moved, moved / _wide(here.threshold)
    dx, du = x - here.primal, u - here.dual
    norm = torch.linalg.vector_norm
    threshold = _balanced(here.threshold, norm(dx[:2], dim=(0, 2, 3)), norm(du[:2], dim=(0, 2, 3)))
    de = norm(dx[2:], dim=(0, 3)) * here.weight
    dy = norm(du[2:], dim=(0, 3)) / here.weight * threshold[:, None]
    weight = _balanced(here.weight**2, de, dy).sqrt()
    ratio = (weight / here.weight).nan_to_num(1.0)[..., None]
    x[2:] /= ratio
    u[2:] *= ratio
    point = x + _wide(threshold) * u
    for old, new in ((state.point, point), (state.anchor, point), (state.primal, x), (state.dual, u)):
        old[:, rows] = new
    for matrix, fresh in zip(state.inverse, best.operators.inverse(weight**2), strict=True):
        matrix[rows] = fresh
    state.threshold[rows], state.weight[rows], state.steps[rows] = threshold, weight, 0


def _balanced(value: Tensor, primal: Tensor, dual: Tensor) -> Tensor:
    """Geometric mean of the step size and the ratio of the two distances, a bounded change at a time.

    A distance that is nothing but rounding counts as the least that is not: a step size that is far too large or too
    small then still comes back.
    """
    known = torch.maximum(primal, dual) > _ROUNDING
    ratio = primal.clamp_min(_ROUNDING) / dual.clamp_min(_ROUNDING)
    change = (ratio / value).sqrt().clamp(1 / _MOST_CHANGE, _MOST_CHANGE)
    return torch.where(known & change.isfinite(), value * change, value)


def _certify(best: Certificate, state: _State, moved: Tensor, change: Tensor) -> None:
    ops, projected = best.operators, state.point - moved + change
    best.try_split(state.samples, projected[0], projected[1])
    u = moved / _wide(state.threshold)
    combined = ops.contained(u[0]) - ops.disjoint(u[1])
    if len(u) > 2:
        combined += state.weight[..., None] * u[2]
    best.try_dual(state.samples, ops.solve(combined, state.inverse))


def _polish(best: Certificate, state: _State, moved: Tensor, done: Tensor) -> None:
    """Exact effects without dust for samples of few effects, where these are the right ones (kept only if better).

    Conjugate gradients move the effects that are not 0, and the noise inside its box, to the nearest point that
    meets the constraint.
    """
    ops, x = best.operators, state.point - moved
    free = x != 0
    free[2:] = moved[2:] == 0
    done = done & (free[:2].sum((0, 3)) <= _FEW).all(1)
    if not bool(done.any()):
        return
    state, free, x = state.keep(done), free[:, done], x[:, done]
    rest = ops.project(x.contiguous(), state.target, state.weight, state.inverse) * free
    direction, size, nothing = rest, rest.square().sum((0, 3)), torch.zeros_like(state.target)
    for _ in range(_FEW):
        image = -ops.project(direction, nothing, state.weight, state.inverse) * free
        running = size > _ROUNDING**2  # a sample that is there stays there, whatever the others need
        step = torch.where(running, size / (direction * image).sum((0, 3)), 0.0).nan_to_num(0.0, 0.0, 0.0)[..., None]
        x, rest = x + step * direction, rest - step * image
        old, size = size, rest.square().sum((0, 3))
        if not bool(running.any()):
            break
        direction = rest + (size / old).nan_to_num(0.0, 0.0, 0.0)[..., None] * direction
    best.try_split(state.samples, x[0], x[1])
