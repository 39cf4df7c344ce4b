"""The source papers' procedure for the sparsest split, written from its description in their text.

Gradient descent (SGD, momentum 0.9) on gamma and delta; v_and = (v - delta)/2 + gamma, v_or = (v - delta)/2 - gamma;
loss = sum of |I_and(S)| + |I_or(S)| over the non-empty S; delta is clamped to +-kappa after each step; AND and OR
interactions come from dense float32 matrices of 2**n x 2**n; 10,000 steps; the best of three step sizes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from harsanyi.core.transforms import and_interactions, or_interactions

STEPS = 10_000
FACTORS = (0.05, 0.15, 0.5)  # step sizes in units of 4**-n, see `step_sizes`
Products = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]

# The same maps by butterflies: never timed, only a cheap way to the objective that the full descent reaches.
FAST_PRODUCTS: Products = (and_interactions, or_interactions)


def dense_products(n: int) -> Products:
    """Maps from scores (..., 2**n) to AND and to OR interactions, by dense matrices, as the papers compute them."""
    matrix = torch.ones(1, 1)
    for _ in range(n):
        matrix = torch.kron(torch.tensor([[1.0, 0.0], [-1.0, 1.0]]), matrix)
    to_and, to_or = matrix, -matrix.flip(1)  # column T of to_or belongs to N without T
    return (lambda values: values @ to_and.T), (lambda values: values @ to_or.T)


def step_sizes(n: int) -> tuple[float, float, float]:
    """Three step sizes for `descend`: 0.05, 0.15 and 0.5 times 4**-n.

    Chosen in the procedure's favour: of eight from 0.003 to 1 times 4**-n, tried with all 10,000 steps on four
    samples of each family at n = 8, 10 and 12 (this benchmark's among them), the best lay between 0.05 and 0.5 for
    31 of the 36 samples. Larger steps diverge, smaller ones do not arrive within the steps.
    """
    small, middle, large = (factor * 4.0**-n for factor in FACTORS)
    return small, middle, large


def unit(scores: Tensor) -> Tensor:
    """The unit of the step sizes: largest minus smallest score, (..., 1)."""
    return scores.amax(-1, keepdim=True) - scores.amin(-1, keepdim=True)


def descend(products: Products, scores: Tensor, noise: Tensor, step_size: float, steps: int) -> Tensor:
    """Final objective of the descent, one a sample, for scores (..., 2**n) and kappa (...)."""
    to_and, to_or = products
    scale = unit(scores)
    values = (scores / scale).float()
    bound = (noise[..., None] / scale).float()
    gamma = torch.zeros_like(values, requires_grad=True)
    delta = torch.zeros_like(values, requires_grad=True)
    optimizer = torch.optim.SGD([gamma, delta], lr=step_size, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        half = (values - delta) / 2
        loss = to_and(half + gamma)[..., 1:].abs().sum() + to_or(half - gamma)[..., 1:].abs().sum()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            delta.clamp_(-bound, bound)
    with torch.no_grad():
        half = (values - delta) / 2
        return objective(to_and(half + gamma).double(), to_or(half - gamma).double()) * scale[..., 0]


def objective(and_: Tensor, or_: Tensor) -> Tensor:
    """Sum of |and_| + |or_| without the empty set, after the OR effects of single players joined their AND effects."""
    single = 1 << torch.arange(and_.shape[-1].bit_length() - 1)
    and_, or_ = and_.clone(), or_.clone()
    and_[..., single] += or_[..., single]
    or_[..., single] = 0
    return and_[..., 1:].abs().sum(-1) + or_[..., 1:].abs().sum(-1)
