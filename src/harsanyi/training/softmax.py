"""The convex problem of a linear probe: softmax cross-entropy of standardised features with weight decay.

Minimised is mean cross-entropy + decay / 2 * sum of squares of the weights of the standardised features; the bias is
free. The optimum lies in the span of the samples, so that directions beyond it are left out, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import torch
from jaxtyping import Float, Int
from torch import Tensor

_ROTATED = 2048  # directions up to which the problem is solved in those of its features' covariance
_HELD = 1 << 25  # standardised values that are kept; more are computed again block by block
_BLOCK = 1 << 22  # of them at once
_FLOOR = 0.1  # least deviation, as a share of the root mean square of all
_RANK = 1e-13  # directions of a lesser share of the largest eigenvalue are round-off
_RATE, _MOMENTUM, _BATCH = 0.01, 0.9, 128  # of the papers' training
_TRACE = 100.0  # most sum of squares of a sample's features, for which that rate is stable

Matrix = Float[Tensor, "rows columns"]


@final
@dataclass(frozen=True, eq=False)
class Linear:
    """A linear map of the features as they are: weight float64 (classes, features), bias (classes,).

    Attributes:
        weight: as above.
        bias: as above.
        iterations: of L-BFGS, or epochs of SGD, that led here.
        gradient: largest absolute value in the gradient, by the weights of the standardised features and the bias.
    """

    weight: Tensor
    bias: Tensor
    iterations: int = 0
    gradient: float = float("inf")

    def logits(self, features: Matrix, rows: Int[Tensor, " rows"]) -> Matrix:
        """Logits of some rows of the features, float64 (rows, classes)."""
        size = max(1, _BLOCK // features.shape[1])
        return torch.cat([features[part].double() @ self.weight.T + self.bias for part in rows.split(size)])


@final
@dataclass(frozen=True, eq=False)
class Problem:
    """Some rows of the features and their labels.

    Args:
        features: float32 (samples, features).
        labels: int64 (samples,).
        rows: which samples, int64.
        classes: how many.
    """

    features: Tensor
    labels: Tensor
    rows: Tensor
    classes: int

    @cached_property
    def target(self) -> Tensor:
        """1 at the label of each sample, float64 (rows, classes)."""
        return torch.nn.functional.one_hot(self.labels[self.rows], self.classes).double()

    @cached_property
    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each feature, float64; small deviations are raised.

        A feature that hardly varies over the samples would otherwise get a weight that is out of all proportion where
        it does vary, as on masked samples.
        """
        parts = list(self._raw())
        mean = torch.stack([values.sum(0) for values in parts]).sum(0) / len(self.rows)
        squares = torch.stack([((values - mean) ** 2).sum(0) for values in self._raw()]).sum(0)
        deviation = (squares / len(self.rows)).sqrt()
        least = _FLOOR * deviation.square().mean().sqrt()
        return mean, deviation.clamp_min(float(least) or 1.0)

    def blocks(self) -> Iterator[Tensor]:
        """The standardised features, float64, some rows at a time."""
        if self.features.shape[1] * len(self.rows) <= _HELD:
            yield self._whole
        else:
            yield from self._standardised()

    def times(self, weight: Tensor) -> Tensor:
        """Standardised features @ weight."""
        return torch.cat([block @ weight for block in self.blocks()])

    def transposed_times(self, values: Tensor) -> Tensor:
        """Standardised features, transposed, @ values."""
        parts, total = self.blocks(), torch.zeros(self.features.shape[1], values.shape[1], dtype=torch.float64)
        start = 0
        for block in parts:
            total += block.T @ values[start : start + len(block)]
            start += len(block)
        return total

    def residual(self, logits: Tensor) -> Tensor:
        """The gradient of the mean cross-entropy by the logits."""
        return (logits.softmax(1) - self.target) / len(self.rows)

    def loss(self, logits: Tensor) -> Tensor:
        """Mean cross-entropy."""
        return -(logits.log_softmax(1) * self.target).sum() / len(self.rows)

    def folded(self, weight: Tensor, bias: Tensor, decay: float, iterations: int) -> Linear:
        """The map of the features as they are, from that of the standardised ones, (features, classes)."""
        residual = self.residual(self.times(weight) + bias)
        gradient = self.transposed_times(residual) + decay * weight
        largest = max(float(gradient.abs().max()), float(residual.sum(0).abs().max()))
        mean, deviation = self.moments
        raw = (weight / deviation[:, None]).T
        return Linear(raw, bias - raw @ mean, iterations, largest)

    def unfolded(self, linear: Linear | None) -> tuple[Tensor, Tensor]:
        """The opposite; zeros of nothing."""
        mean, deviation = self.moments
        if linear is None:
            return torch.zeros(len(mean), self.classes, dtype=torch.float64), torch.zeros(self.classes).double()
        return linear.weight.T * deviation[:, None], linear.bias + linear.weight @ mean

    @cached_property
    def basis(self) -> tuple[Tensor, Tensor, Tensor] | None:
        """Eigenvalues and eigenvectors of the standardised features' Gram matrix, and the features in its directions.

        Nothing where samples and features are too many.
        """
        count, width = len(self.rows), self.features.shape[1]
        if min(count, width) > _ROTATED:
            return None
        if count <= width:
            values, vectors = torch.linalg.eigh(self._samples_gram())
        else:
            values, vectors = torch.linalg.eigh(sum(block.T @ block for block in self.blocks()))
        kept = values > _RANK * values.max()
        values, vectors = values[kept], vectors[:, kept]
        return values, vectors, vectors * values.sqrt() if count <= width else self.times(vectors)

    def _samples_gram(self) -> Tensor:
        gram = torch.zeros(len(self.rows), len(self.rows), dtype=torch.float64)
        mean, deviation = self.moments
        for columns in torch.arange(self.features.shape[1]).split(max(1, _BLOCK // len(self.rows))):
            own = slice(int(columns[0]), int(columns[-1]) + 1)
            block = (self.features[:, own][self.rows].double() - mean[own]) / deviation[own]
            gram += block @ block.T
        return gram

    @cached_property
    def _whole(self) -> Tensor:
        return torch.cat(list(self._standardised()))

    def _raw(self) -> Iterator[Tensor]:
        for part in self.rows.split(max(1, _BLOCK // self.features.shape[1])):
            yield self.features[part].double()

    def _standardised(self) -> Iterator[Tensor]:
        mean, deviation = self.moments
        for values in self._raw():
            yield (values - mean) / deviation


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
