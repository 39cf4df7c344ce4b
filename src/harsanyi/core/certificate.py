"""The best feasible split and the best lower bound of each sample: what makes the answer certain."""

from __future__ import annotations

import torch
from torch import Tensor

from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.transforms import and_interactions, scores_from

_DUST = 1e-12  # of the range: effects that together stay below this are rounding
_NOTHING = 1e-9  # of the range of the scores: to that, universal matching is promised


def l1_norm(and_: Tensor, or_: Tensor) -> Tensor:
    """Sum of |effects| without the empty set, (batch,)."""
    return and_[:, 1:].abs().sum(1) + or_[:, 1:].abs().sum(1)


class Certificate:
    """The best feasible split and the best lower bound of each sample so far.

    Args:
        operators: for the number of players.
        scores: float64 (samples, 2**n), 0 for the empty coalition, of about unit range.
        noise: bound on the error of a score, (samples,).
    """

    def __init__(self, operators: CoverOperators, scores: Tensor, noise: Tensor) -> None:
        self.operators, self.scores, self.noise = operators, scores, noise
        self.exact = operators.inverse(torch.zeros(1, dtype=scores.dtype, device=scores.device))
        self.and_ = and_interactions(scores)
        self.or_ = torch.zeros_like(scores)
        self.objective = l1_norm(self.and_, self.or_)
        self.lower_bound = torch.zeros_like(self.objective)
        self.iterations = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)

    def constant(self, samples: Tensor) -> None:
        """These samples (a mask) are within the noise bound of a constant: they need no interaction at all."""
        middle = (self.scores.amin(1) + self.scores.amax(1)) / 2
        self.and_[samples] = 0
        self.and_[samples, 0] = middle[samples]
        self.objective[samples] = 0

    @property
    def gap(self) -> Tensor:
        """(objective - lower bound) / objective, (samples,); 0 where the objective is nothing but rounding."""
        gap = (self.objective - self.lower_bound).clamp_min(0) / self.objective
        return torch.where(self.objective <= _NOTHING, 0.0, gap)

    def try_split(self, samples: Tensor, a: Tensor, b: Tensor) -> None:
        """Make (a, b) feasible for these samples and keep it where it is better."""
        ops, scores, noise = self.operators, self.scores[samples], self.noise[samples, None]
        residual = scores - ops.contained(a) + ops.disjoint(b)
        delta = residual.clamp(-noise, noise)
        step = ops.solve(residual - delta, self.exact)
        a, b = a + ops.containing(step), b - ops.disjoint(step)
        self._fold(a, b)
        # What is left of the residual after a linear solve is rounding, or more where a and b are large: the AND part
        # takes it all, exactly, before the two are compared.
        b[:, 0] = 0
        a = and_interactions(scores - delta - scores_from(torch.zeros_like(b), b))
        for effects in (a, b):
            effects[:, 1:][effects[:, 1:].abs() < _DUST / a.shape[1]] = 0
        objective = l1_norm(a, b)
        better = objective < self.objective[samples]
        chosen = samples[better]
        self.and_[chosen], self.or_[chosen], self.objective[chosen] = a[better], b[better], objective[better]

    def _fold(self, a: Tensor, b: Tensor) -> None:
        """Take from b, in place, what AND effects of lower order say as well; the objective never grows.

        OR of one player is AND of one player, and AND{i, j} + OR{i, j} = AND{i} + AND{j}, all up to a constant. The AND
        part follows when it is rebuilt from b.
        """
        single = 1 << torch.arange(self.operators.n, device=a.device)
        b[:, single] = 0
        first, second = torch.triu_indices(len(single), len(single), 1, device=a.device)
        pair = single[first] | single[second]
        both = torch.minimum(a[:, pair].abs(), b[:, pair].abs()) * a[:, pair].sign()
        b[:, pair] -= torch.where(a[:, pair] * b[:, pair] > 0, both, 0.0)

    def try_dual(self, samples: Tensor, y: Tensor) -> None:
        """Lower bound y'v - noise |y|_1 after y is centred and scaled into the dual constraints."""
        ops = self.operators
        y = y - y.mean(1, keepdim=True)  # the columns of the empty set: y sums to 0
        reach = torch.maximum(ops.containing(y)[:, 1:].abs().amax(1), ops.disjoint(y)[:, 1:].abs().amax(1))
        value = (y * self.scores[samples]).sum(1) - self.noise[samples] * y.abs().sum(1)
        value = torch.where(reach > 0, value / reach, 0.0)
        self.lower_bound[samples] = torch.maximum(self.lower_bound[samples], value)
