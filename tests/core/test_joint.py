"""The joint split of several networks against a linear programming solver and the single split."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import FAMILIES, joint_optimum, planted_effects, random_scores

from harsanyi.core.certificate import Certificate
from harsanyi.core.coalitions import coalition_masks, orders
from harsanyi.core.errors import ArgumentError, NotConvergedWarning
from harsanyi.core.joint import joint_split
from harsanyi.core.penalty import Penalty, l1_norm
from harsanyi.core.split import sparsest_split
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.transforms import scores_from

each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def drawn(family, networks, samples, n):
    """Scores of different seeds, (networks, samples, 2**n)."""
    return torch.stack([torch.stack([family(n, 10 * i + s) for s in range(samples)]) for i in range(networks)])


def score_range(scores):
    return scores.amax(-1) - scores.amin(-1)


def check(split, scores, noise, alpha, max_gap):
    """What holds for every joint split that converged."""
    within = 1e-9 * score_range(scores)[..., None]
    assert ((scores_from(split.and_, split.or_) - (scores - split.noise)).abs() <= within).all()
    assert (split.noise.abs() <= noise[..., None] + within).all()
    assert (split.or_[..., orders(scores.shape[-1].bit_length() - 1) <= 1] == 0).all()
    largest = split.and_.abs().amax(0)[:, 1:].sum(1) + split.or_.abs().amax(0)[:, 1:].sum(1)
    cost = (1 - alpha) * largest + alpha * l1_norm(split.and_, split.or_).sum(0)
    torch.testing.assert_close(split.objective, cost, rtol=1e-12, atol=0)
    assert split.converged.all()
    assert (split.gap <= max_gap).all()
    assert (split.lower_bound <= split.objective).all()


# The linear program


@each_family
@pytest.mark.parametrize("networks", [2, 3])
@pytest.mark.parametrize(("n", "share", "alpha"), [(3, 0.0, 0.0), (3, 0.05, 0.5), (4, 0.05, 0.1)])
def test_objective_and_bound_enclose_the_optimum(n, share, alpha, networks, family):
    scores = drawn(family, networks, 2, n)
    noise = share * score_range(scores)
    split = joint_split(scores, noise, alpha, max_gap=0.001)
    check(split, scores, noise, alpha, 0.001)
    for sample in range(2):
        best = joint_optimum(scores[:, sample], noise[:, sample], alpha)
        assert best * (1 - 1e-9) <= float(split.objective[sample]) <= best * 1.0011
        assert float(split.lower_bound[sample]) <= best * (1 + 1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_any_multiplier_gives_a_bound_below_the_optimum_and_any_effects_a_feasible_split(alpha):
    n, networks = 3, 3
    scores = drawn(random_scores, networks, 4, n).transpose(0, 1)
    noise = torch.full((4, networks), 0.1, dtype=torch.float64)
    best = Certificate(CoverOperators(n, torch.device("cpu")), Penalty(alpha), scores, noise)
    for seed in range(5):
        y, a, b = (drawn(random_scores, networks, 4, n).transpose(0, 1).roll(seed + k, 0) for k in range(3))
        best.try_dual(torch.arange(4), y)
        best.try_split(torch.arange(4), a, b)
    assert (best.lower_bound > 0).all()
    assert ((scores_from(best.and_, best.or_) - scores).abs() <= 0.1 + 1e-11).all()
    torch.testing.assert_close(best.objective, Penalty(alpha).cost(best.and_, best.or_), rtol=0, atol=0)
    for i in range(4):
        optimum = joint_optimum(scores[i], noise[i], alpha)
        assert float(best.lower_bound[i]) <= optimum * (1 + 1e-9) <= float(best.objective[i]) * (1 + 2e-9)


# The penalty


@given(
    alpha=st.floats(0, 1), limit=st.floats(0.1, 10), networks=st.integers(2, 5), seed=st.integers(0, 2**31),
)  # fmt: skip
def test_what_the_proximal_step_takes_off_is_the_nearest_point_of_the_dual_ball(alpha, limit, networks, seed):
    generator = torch.Generator().manual_seed(seed)
    values, others = 3 * torch.randn(2, 1, networks, 8, generator=generator, dtype=torch.float64)
    penalty, bound = Penalty(alpha), torch.full((1, 1, 1), limit, dtype=torch.float64)
    taken = torch.empty_like(values)
    penalty.clip(values, bound, out=taken)

    def excess(points):
        return (points.abs() - alpha * limit).clamp_min(0).sum(-2) - (1 - alpha) * limit

    assert (excess(taken) <= 1e-12 * (1 + limit)).all()
    torch.testing.assert_close(penalty.gauge(taken).clamp_max(limit), penalty.gauge(taken), rtol=1e-9, atol=1e-12)
    inside = others * (limit / penalty.gauge(others).clamp_min(1e-9)).clamp_max(1).unsqueeze(-2)
    assert (excess(inside) <= 1e-12 * (1 + limit)).all()  # gauge and ball agree
    # The projection on a convex set: no other point of it lies beyond the plane through the nearest one.
    assert (((values - taken) * (inside - taken)).sum(-2) <= 1e-9).all()


def test_gauge_is_the_largest_product_with_effects_of_cost_one():
    values = torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64)
    corners = torch.tensor(list(itertools.product([-1.0, 0.0, 1.0], repeat=3))[:13], dtype=torch.float64)
    costs = 0.7 * corners.abs().amax(1) + 0.3 * corners.abs().sum(1)
    assert float(Penalty(0.3).gauge(values)) == pytest.approx(float(((corners @ values)[:, 0].abs() / costs).max()))


# What it is beside the single split


def test_alpha_1_costs_what_the_networks_cost_apart():
    scores = torch.cat([drawn(family, 2, 1, 4) for family in FAMILIES.values()], 1)
    noise = 0.04 * score_range(scores)
    together = joint_split(scores, noise, alpha=1.0, max_gap=0.001)
    apart = sparsest_split(scores.flatten(0, 1), noise.flatten(), max_gap=0.001).objective.view(2, -1).sum(0)
    torch.testing.assert_close(together.objective, apart, rtol=0.0011, atol=0)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_one_network_is_split_as_if_alone_to_the_last_bit(alpha):
    scores = drawn(random_scores, 1, 3, 5)
    one, alone = joint_split(scores, 0.1, alpha), sparsest_split(scores[0], 0.1)
    for name in ("and_", "or_", "noise"):
        assert torch.equal(getattr(one, name)[0], getattr(alone, name))
    for name in ("objective", "lower_bound", "gap", "iterations", "converged"):
        assert torch.equal(getattr(one, name), getattr(alone, name))


def test_identical_networks_have_the_effects_of_one():
    scores = drawn(FAMILIES["network"], 1, 3, 5)
    three = joint_split(scores.expand(3, -1, -1), alpha=0.1, max_gap=0.001)
    alone = sparsest_split(scores[0], max_gap=0.001)
    torch.testing.assert_close(three.objective, (0.9 + 3 * 0.1) * alone.objective, rtol=0.0011, atol=0)
    assert torch.equal(three.and_[0], three.and_[1])
    assert torch.equal(three.or_[0], three.or_[2])


def test_the_order_of_networks_samples_and_players_does_not_matter():
    n, scores = 4, drawn(FAMILIES["planted"], 3, 3, 4)
    noise = 0.02 * score_range(scores)
    players = torch.tensor([3, 0, 1, 2])
    renumbered = coalition_masks(n)[:, players].long() @ (1 << torch.arange(n))
    one = joint_split(scores, noise, max_gap=0.001)
    other = joint_split(scores[[2, 0, 1]][:, [1, 2, 0]][..., renumbered], noise[[2, 0, 1]][:, [1, 2, 0]], max_gap=0.001)
    torch.testing.assert_close(other.objective, one.objective[[1, 2, 0]], rtol=0.0011, atol=0)


def test_units_and_offsets_carry_over():
    scores = drawn(random_scores, 2, 2, 3)
    one, other = joint_split(scores, 0.1), joint_split(1024 * scores + 4096, 102.4)
    torch.testing.assert_close(other.objective, 1024 * one.objective, rtol=0.011, atol=0)
    torch.testing.assert_close(scores_from(other.and_, other.or_), 1024 * scores + 4096 - other.noise)


def test_a_network_that_is_constant_within_its_noise_needs_no_effect():
    scores = drawn(random_scores, 2, 2, 4)
    scores[1] = 7 + 0.01 * scores[1]
    noise = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    split = joint_split(scores, noise, alpha=0.5, max_gap=0.001)
    check(split, scores, noise, 0.5, 0.001)
    assert (split.and_[1, :, 1:] == 0).all()
    assert (split.or_[1] == 0).all()
    assert split.objective.tolist() == pytest.approx(
        [joint_optimum(scores[:, i], noise[:, i], 0.5) for i in (0, 1)], rel=0.0011
    )
    nothing = joint_split(torch.full((2, 1, 8), 3.0))
    assert nothing.objective.tolist() == [0]
    assert nothing.converged.all()


def test_blocks_come_back_in_the_order_of_the_samples(monkeypatch):
    scores = drawn(FAMILIES["network"], 2, 5, 4)
    whole = joint_split(scores, 0.05)
    monkeypatch.setattr("harsanyi.core.solver._BLOCK", {"cpu": 2 * 2 * 16})  # two samples of two networks a block
    blocks = joint_split(scores, 0.05)
    torch.testing.assert_close(blocks.objective, whole.objective, rtol=0.011, atol=0)
    assert ((scores_from(blocks.and_, blocks.or_) - scores).abs() <= 0.05 + 1e-9).all()


# What it is for


def planted_pair(n, samples, seed):
    """Scores of two networks with ten effects in common, of strengths that differ, four of their own, and noise."""
    pairs = []
    for sample in range(samples):
        first = 1000 * seed + 10 * sample
        common, own = planted_effects(n, first, 10), [planted_effects(n, first + 1 + i, 4) for i in range(2)]
        generator = torch.Generator().manual_seed(77_777 * seed + sample)
        strengths = 1 + 0.3 * torch.randn(2, *common.shape, generator=generator, dtype=torch.float64)
        pairs.append(torch.stack([scores_from(*(common * strengths[i] + own[i])) for i in range(2)]))
    exact = torch.stack(pairs, 1)
    return exact + 0.002 * score_range(exact)[..., None] * drawn(random_scores, 2, samples, n)


def shared(and_, or_):
    """Share of the effects above 5 % of the largest that both networks have."""
    strength = torch.stack((and_, or_))[..., 1:].abs()
    salient = strength >= 0.05 * strength.amax((0, 3), keepdim=True)
    return float(2 * salient.all(1).sum() / salient.sum())


@pytest.mark.parametrize("n", [6, 8])
def test_more_effects_are_shared_than_apart_at_little_more_strength(n):
    scores = planted_pair(n, 4, seed=1)
    noise = 0.02 * score_range(scores)
    together, apart = joint_split(scores, noise), sparsest_split(scores.flatten(0, 1), noise.flatten())
    assert together.converged.all()
    and_, or_ = apart.and_.view(scores.shape), apart.or_.view(scores.shape)
    assert shared(together.and_, together.or_) > shared(and_, or_) + 0.05
    assert float(l1_norm(together.and_, together.or_).sum() / apart.objective.sum()) <= 1.05


# Bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": torch.zeros(3, 8)}, r"scores: given shape \(3, 8\); accepted: a tensor of shape "
                                        r"\(networks, batch, 2\*\*n\), networks and batch >= 1"),
        ({"scores": torch.zeros(0, 3, 8)}, "networks and batch >= 1"),
        ({"scores": torch.zeros(2, 3, 7)}, r"given shape \(2, 3, 7\); accepted: a last dimension of length 2\*\*n"),
        ({"scores": torch.zeros(2, 3, 8, dtype=torch.int64)}, "float32 or float64"),
        ({"scores": torch.tensor([[[0.0, 1.0]], [[0.0, float("nan")]]])},
         "given nan at network 1, sample 0, coalition 1"),
        ({"noise": torch.zeros(3)}, r"noise: given shape \(3,\); accepted: one number or shape \(2, 3\)"),
        ({"noise": -1.0}, "noise: given -1.0"),
        ({"alpha": 1.5}, r"alpha: given 1.5; accepted: a number in \[0, 1\]"),
        ({"alpha": float("nan")}, "alpha: given nan"),
        ({"max_gap": 0.0}, "max_gap"),
        ({"max_iterations": 0}, "max_iterations"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ArgumentError, match=message):
        joint_split(**{"scores": torch.zeros(2, 3, 8), **change})


def test_samples_that_do_not_reach_the_gap_are_told_and_match_all_the_same():
    scores = drawn(random_scores, 2, 2, 5)
    with pytest.warns(NotConvergedWarning, match="2 of 2 samples kept a certified gap"):
        split = joint_split(scores, max_gap=1e-9, max_iterations=30)
    assert not split.converged.any()
    assert (split.lower_bound < split.objective).all()
    torch.testing.assert_close(scores_from(split.and_, split.or_), scores - split.noise, rtol=0, atol=1e-9)
