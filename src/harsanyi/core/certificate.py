"""The best feasible split and the best lower bound of each sample: what makes the answer certain."""

from __future__ import annotations

import torch
from torch import Tensor

from harsanyi.core.penalty import Penalty
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.transforms import and_interactions, scores_from

_DUST = 1e-12  # of the range: effects that together stay below this are rounding
_NOTHING = 1e-9  # of the range of the scores: to that, universal matching is promised


class Certificate:
    """The best feasible split and the best lower bound of each sample so far.

    Args:
        operators: for the number of players.
        penalty: what a split costs.
        scores: float64 (samples, networks, 2**n), 0 for the empty coalition, of about unit range.
        noise: bound on the error of a score, (samples, networks).
    """

    def __init__(self, operators: CoverOperators, penalty: Penalty, scores: Tensor, noise: Tensor) -> None:
        self.operators, self.penalty, self.scores, self.noise = operators, penalty, scores, noise
        self.exact = operators.inverse(torch.zeros(1, dtype=scores.dtype, device=scores.device))
        self.and_ = and_interactions(scores)
        self.or_ = torch.zeros_like(scores)
        self.objective = penalty.cost(self.and_, self.or_)
        self.lower_bound = torch.zeros_like(self.objective)
        self.iterations = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
        self._constant = torch.zeros_like(noise, dtype=torch.bool)

    def constant(self, chosen: Tensor) -> None:
        """These networks, a mask (samples, networks), are within their noise of a constant: they need no effect."""
        self._constant = chosen
        middle = (self.scores.amin(-1) + self.scores.amax(-1)) / 2
        self.and_[chosen] = 0
        self.and_[..., 0][chosen] = middle[chosen]
        self.objective = self.penalty.cost(self.and_, self.or_)

    @property
    def gap(self) -> Tensor:
        """(objective - lower bound) / objective, (samples,); 0 where the objective is nothing but rounding."""
        gap = (self.objective - self.lower_bound).clamp_min(0) / self.objective
        return torch.where(self.objective <= _NOTHING, 0.0, gap)

    def try_split(self, samples: Tensor, a: Tensor, b: Tensor) -> None:
        """Make (a, b) feasible for these samples and keep it where it is better."""
        ops, scores, noise = self.operators, self.scores[samples], self.noise[samples][..., None]
        residual = scores - ops.contained(a) + ops.disjoint(b)
        delta = residual.clamp(-noise, noise)
        step = ops.solve(residual - delta, self.exact)
        a, b = a + ops.containing(step), b - ops.disjoint(step)
        b[..., _singles(ops.n, b.device)] = 0  # an OR of one player is an AND
        folded = _fold_pairs(ops.n, a, b)
        self._keep_better(samples, scores - delta, folded)
        if scores.shape[1] > 1:  # folding never adds to the sum of one network, but may to the largest of several
            self._keep_better(samples, scores - delta, b)

    def _keep_better(self, samples: Tensor, matched: Tensor, b: Tensor) -> None:
        """Keep these OR effects, and the AND effects that match the scores with them, where they cost less.

        What is left of a residual after a linear solve is rounding, or more where the effects are large: the AND part
        takes it all, exactly, before the two are compared.
        """
        b[..., 0] = 0
        a = and_interactions(matched - scores_from(torch.zeros_like(b), b))
        constant = self._constant[samples]
        a[constant], b[constant] = self.and_[samples][constant], 0.0
        for effects in (a, b):
            effects[..., 1:][effects[..., 1:].abs() < _DUST / a.shape[-1]] = 0
        objective = self.penalty.cost(a, b)
        better = objective < self.objective[samples]
        chosen = samples[better]
        self.and_[chosen], self.or_[chosen], self.objective[chosen] = a[better], b[better], objective[better]

    def try_dual(self, samples: Tensor, y: Tensor) -> None:
        """Lower bound y'v - noise |y|_1 after y is centred and scaled into the dual constraints."""
        ops, gauge = self.operators, self.penalty.gauge
        y = y - y.mean(-1, keepdim=True)  # the columns of the empty set: y sums to 0
        reach = torch.maximum(gauge(ops.containing(y))[:, 1:].amax(1), gauge(ops.disjoint(y))[:, 1:].amax(1))
        value = ((y * self.scores[samples]).sum(-1) - self.noise[samples] * y.abs().sum(-1)).sum(-1)
        value = torch.where(reach > 0, value / reach, 0.0)
        self.lower_bound[samples] = torch.maximum(self.lower_bound[samples], value)


def _singles(n: int, device: torch.device) -> Tensor:
    """Coalitions of one player."""
    return 1 << torch.arange(n, device=device)


def _fold_pairs(n: int, a: Tensor, b: Tensor) -> Tensor:
    """OR effects without what AND effects of lower order say as well: AND{i, j} + OR{i, j} = AND{i} + AND{j}.

    That holds up to a constant, and never makes the sum of |effects| larger. The AND part follows when it is rebuilt.
    """
    single = _singles(n, a.device)
    first, second = torch.triu_indices(n, n, 1, device=a.device)
    pair = single[first] | single[second]
    above, below = a[..., pair], b[..., pair]
    folded = b.clone()
    folded[..., pair] -= torch.where(above * below > 0, torch.minimum(above.abs(), below.abs()) * above.sign(), 0.0)
    return folded
