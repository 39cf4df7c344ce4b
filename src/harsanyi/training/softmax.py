"""The convex problem of a linear probe: softmax cross-entropy of standardised features with weight decay.

Minimised is mean cross-entropy + decay / 2 * sum of squares of the weights of the standardised features; the bias is
free. The optimum lies in the span of the samples, so that directions beyond it are left out, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

_ROTATED = 2048  # directions up to which the problem is solved in those of its features' covariance
_HELD = 1 << 25  # standardised values that are kept; more are computed again block by block
_BLOCK = 1 << 22  # of them at once
_FLOOR = 0.1  # least deviation, as a share of the root mean square of all
_RANK = 1e-13  # directions of a lesser share of the largest eigenvalue are round-off

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
        mean = torch.stack([values.sum(0) for values in self._raw()]).sum(0) / len(self.rows)
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
        total = torch.zeros(self.features.shape[1], values.shape[1], dtype=torch.float64)
        start = 0
        for block in self.blocks():
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
