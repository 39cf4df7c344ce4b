"""Ways to solve the problem of a linear probe: L-BFGS down to its minimum, and the papers' SGD."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from harsanyi.training.softmax import Linear, Problem

_RATE, _MOMENTUM, _BATCH = 0.01, 0.9, 128  # of the papers' training
_TRACE = 100.0  # most sum of squares of a sample's features, for which that rate is stable


def fit_lbfgs(problem: Problem, decay: float, start: Linear | None, tolerance: float, most: int) -> Linear:
    """The minimum by L-BFGS with strong Wolfe conditions, all samples at once.

    Args:
        problem: the samples.
        decay: weight decay, >= 0; with 0 the minimum may lie at infinity, and the gradient says when that is near.
        start: where to begin, or nothing for zeros.
        tolerance: of the largest absolute value in the gradient.
        most: iterations.

    Returns:
        The map, its `gradient` at most the tolerance unless it took all iterations.
    """
    return _rotated(problem, decay, start, tolerance, most) if problem.basis else _direct(
        problem, decay, start, tolerance, most)  # fmt: skip


def _rotated(problem: Problem, decay: float, start: Linear | None, tolerance: float, most: int) -> Linear:
    """In the directions of the Gram matrix, each scaled so that the curvature at equal probabilities is the same."""
    assert problem.basis is not None
    values, vectors, design = problem.basis
    wide = len(problem.rows) <= problem.features.shape[1]
    weight, bias = problem.unfolded(start)
    inside = (vectors / values.sqrt()).T @ problem.times(weight) if wide else vectors.T @ weight
    scale = (values / (len(problem.rows) * problem.classes) + decay).sqrt()
    level = torch.full((1,), problem.classes**-0.5).double()
    scales = torch.cat((scale, level))[:, None]
    scaled = torch.cat((design / scale, torch.ones(len(design), 1).double() / level), 1)
    penalty = torch.cat((decay / scale**2, torch.zeros(1).double()))[:, None]

    def slope(point: Tensor) -> tuple[Tensor, Tensor]:
        logits = scaled @ point
        loss = problem.loss(logits) + (penalty * point**2).sum() / 2
        return loss, scaled.T @ problem.residual(logits) + penalty * point

    def done(point: Tensor, iterations: int) -> Linear:
        found = point / scales
        inner = vectors / values.sqrt() @ found[:-1] if wide else vectors @ found[:-1]
        return problem.folded(problem.transposed_times(inner) if wide else inner, found[-1], decay, iterations)

    return _minimised(torch.cat((inside, bias[None])) * scales, slope, done, tolerance, most)


def _direct(problem: Problem, decay: float, start: Linear | None, tolerance: float, most: int) -> Linear:
    """In the standardised features themselves."""

    def slope(point: Tensor) -> tuple[Tensor, Tensor]:
        weight = point[:-1]
        logits = problem.times(weight) + point[-1]
        residual = problem.residual(logits)
        gradient = torch.cat((problem.transposed_times(residual) + decay * weight, residual.sum(0, keepdim=True)))
        return problem.loss(logits) + decay / 2 * (weight**2).sum(), gradient

    weight, bias = problem.unfolded(start)
    return _minimised(torch.cat((weight, bias[None])), slope,
                      lambda point, iterations: problem.folded(point[:-1], point[-1], decay, iterations),
                      tolerance, most)  # fmt: skip


def _minimised(
    point: Tensor,
    slope: Callable[[Tensor], tuple[Tensor, Tensor]],
    done: Callable[[Tensor, int], Linear],
    tolerance: float,
    most: int,
) -> Linear:
    """L-BFGS until the gradient of what `done` makes of the point is within the tolerance, or no step is left."""
    point = point.clone()
    point.grad = torch.zeros_like(point)
    optimizer = torch.optim.LBFGS([point], tolerance_grad=tolerance, tolerance_change=0.0, history_size=20,
                                  line_search_fn="strong_wolfe")  # fmt: skip
    group, state = optimizer.param_groups[0], optimizer.state[point]

    def closure() -> Any:
        loss, gradient = slope(point)
        assert point.grad is not None
        point.grad.copy_(gradient)
        return loss

    taken = 0
    while True:
        group["max_iter"], group["max_eval"] = most - taken, 4 * (most - taken)
        with torch.no_grad():
            optimizer.step(closure)
        stuck, taken = int(state["n_iter"]) == taken, int(state["n_iter"])
        found = done(point, taken)
        if found.gradient <= tolerance or taken >= most or (stuck and group["tolerance_grad"] < tolerance * 1e-6):
            return found
        group["tolerance_grad"] /= 10


def fit_sgd(problem: Problem, decay: float, start: Linear | None, most: int, seed: int) -> Linear:
    """The papers' training: SGD with rate 0.01, momentum 0.9 and batches of 128.

    The standardised features are scaled so that the squares of a sample's sum to 100 at most, for which that rate is
    stable however many there are.

    Args:
        problem: the samples.
        decay: weight decay of the standardised features' weights, >= 0.
        start: where to begin, or nothing for zeros.
        most: epochs.
        seed: of the order of the samples.

    Returns:
        The map after the last epoch.
    """
    mean, deviation = problem.moments
    shrink = min(1.0, (_TRACE / len(mean)) ** 0.5)
    weight, bias = problem.unfolded(start)
    weight, speed, bias_speed = weight / shrink, torch.zeros_like(weight), torch.zeros_like(bias)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(most):
        for part in torch.randperm(len(problem.rows), generator=generator).split(_BATCH):
            values = (problem.features[problem.rows[part]].double() - mean) / deviation * shrink
            residual = ((values @ weight + bias).softmax(1) - problem.target[part]) / len(part)
            speed = _MOMENTUM * speed + values.T @ residual + decay * shrink**2 * weight
            bias_speed = _MOMENTUM * bias_speed + residual.sum(0)
            weight, bias = weight - _RATE * speed, bias - _RATE * bias_speed
    return problem.folded(weight * shrink, bias, decay, most)
