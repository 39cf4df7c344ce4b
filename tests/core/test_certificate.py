"""Whatever the iterations hand in, splits stay feasible and bounds stay below the optimum."""

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from oracles import contained, disjoint, optimum, random_scores

from harsanyi.core.certificate import Certificate
from harsanyi.core.coalitions import orders
from harsanyi.core.penalty import Penalty
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.transforms import and_interactions, or_interactions, scores_from

CPU = torch.device("cpu")


def certificate(n, seed, noise):
    scores = torch.stack((random_scores(n, seed), random_scores(n, seed + 1)))
    noise = torch.full((2, 1), noise, dtype=torch.float64)
    return Certificate(CoverOperators(n, CPU), Penalty(), scores[:, None], noise)


def vectors(n, seed, size):
    """Two vectors, (2, 1, 2**n), of any kind: the same everywhere, sparse, one-sided, or nothing special."""
    v = torch.stack((random_scores(n, seed), random_scores(n, seed + 1)))
    kinds = (v, torch.ones_like(v), v * (v > 1), v.abs(), v + 100, torch.zeros_like(v))
    return size * kinds[seed % len(kinds)][:, None]


@given(
    n=st.integers(1, 5),
    seed=st.integers(0, 2**31),
    noise=st.sampled_from([0.0, 0.1, 0.5]),
    size=st.sampled_from([1e-12, 1.0, 1e12]),
)
def test_any_multiplier_gives_a_bound_below_the_optimum(n, seed, noise, size):
    best = certificate(n, seed, noise)
    best.try_dual(torch.tensor([0, 1]), vectors(n, seed + 2, size))
    for scores, bound in zip(best.scores[:, 0], best.lower_bound.tolist(), strict=True):
        assert 0 <= bound <= optimum(scores, noise) * (1 + 1e-9)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("effects", ["and", "or"])
def test_a_multiplier_must_respect_both_kinds_of_effects(effects, sign):
    # The best multiplier where only one kind is allowed proves that kind's L1 norm, which both together undercut.
    n, everything = 4, scores_from(torch.ones(16).double(), torch.ones(16).double())
    scores = sign * (random_scores(n) + everything)
    matrix, values = (contained, and_interactions) if effects == "and" else (disjoint, or_interactions)
    subgradient = values(scores).sign() * (1 if effects == "and" else -1)
    subgradient[0] = 0
    y = torch.linalg.solve(torch.from_numpy(matrix(n)).T, subgradient)
    best = Certificate(CoverOperators(n, CPU), Penalty(), scores[None, None], torch.zeros(1, 1, dtype=torch.float64))
    assert float(y @ scores) == pytest.approx(float(values(scores)[1:].abs().sum()))
    best.try_dual(torch.tensor([0]), y[None, None])
    assert float(best.lower_bound) <= optimum(scores) * (1 + 1e-9)


@example(n=2, seed=0, noise=0.1, size=1e12)
@given(
    n=st.integers(1, 5),
    seed=st.integers(0, 2**31),
    noise=st.sampled_from([0.0, 0.1, 0.5]),
    size=st.sampled_from([1e-12, 1.0, 1e12, 1e26]),  # diverged iterates too
)
def test_any_effects_leave_a_feasible_split_that_is_no_worse(n, seed, noise, size):
    best = certificate(n, seed, noise)
    before = best.objective.clone()
    best.try_split(torch.tensor([0, 1]), vectors(n, seed + 2, size), vectors(n, seed + 4, size))
    assert (best.objective <= before).all()
    torch.testing.assert_close(best.objective, Penalty().cost(best.and_, best.or_), rtol=0, atol=0)
    assert (scores_from(best.and_, best.or_) - best.scores).abs().max() <= noise + 1e-11
    assert (best.or_[..., orders(n) <= 1] == 0).all()


def test_the_optimal_effects_are_kept_as_they_are():
    exact_and, exact_or = torch.zeros(2, 1, 1, 8, dtype=torch.float64)
    exact_and[0, 0, [0, 3, 4]] = torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64)
    exact_or[0, 0, 6] = 0.5
    scores, noise = scores_from(exact_and, exact_or), torch.zeros(1, 1, dtype=torch.float64)
    best = Certificate(CoverOperators(3, CPU), Penalty(), scores, noise)
    # As the iterations count: v = Z a - D b, where the constant of the OR effects belongs to the empty set of a.
    a, b = exact_and.clone(), exact_or.clone()
    a[..., 0] += exact_or.sum()
    best.try_split(torch.tensor([0]), a, b)
    torch.testing.assert_close(best.and_, exact_and, rtol=0, atol=1e-12)
    torch.testing.assert_close(best.or_, exact_or, rtol=0, atol=1e-12)
    assert float(best.objective) == pytest.approx(2.5)


def test_only_the_samples_named_are_touched():
    best = certificate(3, 0, 0.0)
    before = best.and_.clone()
    best.try_split(torch.tensor([1]), *torch.zeros(2, 1, 1, 8, dtype=torch.float64))
    best.try_dual(torch.tensor([1]), best.scores[1:])
    assert torch.equal(best.and_[0], before[0])
    assert best.lower_bound[0] == 0 < best.lower_bound[1]
