"""AND and OR transforms against their definitions, the universal matching theorem, and shapiq."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import coalitions, random_scores, subsets
from torch.autograd import gradcheck, gradgradcheck

from harsanyi.core.coalitions import coalition_index
from harsanyi.core.errors import ArgumentError
from harsanyi.core.transforms import and_interactions, or_interactions, scores_from, subset_sums

TRANSFORMS = {"values": subset_sums, "scores": and_interactions, "scores ": or_interactions}
each_transform = pytest.mark.parametrize("transform", TRANSFORMS.values())


def and_by_definition(v, n):
    result = torch.zeros_like(v)
    for s in coalitions(n):
        result[coalition_index(s)] = sum((-1) ** (len(s) - len(t)) * v[coalition_index(t)] for t in subsets(s))
    return result


def or_by_definition(v, n):
    result, everyone = torch.zeros_like(v), 2**n - 1
    for s in coalitions(n)[1:]:  # methods: the entry of the empty set is 0
        terms = ((-1) ** (len(s) - len(t)) * v[everyone - coalition_index(t)] for t in subsets(s))
        result[coalition_index(s)] = -sum(terms)
    return result


def scores_by_definition(and_, or_, n):
    result = torch.zeros_like(and_)
    for t in coalitions(n):
        fires_and = sum(and_[coalition_index(s)] for s in coalitions(n) if set(s) <= set(t))
        fires_or = sum(or_[coalition_index(s)] for s in coalitions(n) if set(s) & set(t))
        result[coalition_index(t)] = fires_and + fires_or
    return result


@pytest.mark.parametrize("n", range(1, 6))
def test_interactions_are_their_definitions(n):
    v = random_scores(n)
    torch.testing.assert_close(and_interactions(v), and_by_definition(v, n), rtol=0, atol=1e-12)
    torch.testing.assert_close(or_interactions(v), or_by_definition(v, n), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", range(1, 6))
def test_scores_are_the_effects_that_fire(n):
    and_, or_ = random_scores(n, 1), random_scores(n, 2)
    torch.testing.assert_close(scores_from(and_, or_), scores_by_definition(and_, or_, n), rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", range(1, 6))
def test_subset_sums_are_sums_over_subsets(n):
    v = random_scores(n)
    expected = [sum(v[coalition_index(s)] for s in subsets(t)) for t in coalitions(n)]
    actual = subset_sums(v)[[coalition_index(t) for t in coalitions(n)]]
    torch.testing.assert_close(actual, torch.stack(expected), rtol=0, atol=1e-12)


@given(
    n=st.integers(1, 9),
    batch=st.sampled_from([(), (0,), (3,), (2, 1, 2)]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 2**31),
    size=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_universal_matching_for_every_gamma(n, batch, dtype, seed, size):
    generator = torch.Generator().manual_seed(seed)
    v, gamma = (size * torch.randn(*batch, 2**n, generator=generator, dtype=dtype) for _ in range(2))
    and_, or_ = and_interactions(v / 2 + gamma), or_interactions(v / 2 - gamma)
    and_[..., 0] = v[..., 0]  # the constant of both halves: I_and(empty) = v(empty)
    matched = scores_from(and_, or_)
    assert matched.dtype == dtype
    assert matched.shape == v.shape
    # An effect is a sum of 2**n scores, a score a sum of 2**n effects: rounding may grow that much, and no more.
    torch.testing.assert_close(matched, v, rtol=0, atol=4**n * size * torch.finfo(dtype).eps * 4)


@given(n=st.integers(1, 9), seed=st.integers(0, 2**31))
def test_subset_sums_and_and_interactions_are_inverse(n, seed):
    v = random_scores(n, seed)
    torch.testing.assert_close(subset_sums(and_interactions(v)), v, rtol=0, atol=1e-10)
    torch.testing.assert_close(and_interactions(subset_sums(v)), v, rtol=0, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_entries_of_the_empty_set_are_exact(dtype):
    v = (1e3 * random_scores(6)).to(dtype)
    assert and_interactions(v)[0] == v[0]
    assert or_interactions(v)[0] == 0


def test_a_constant_in_the_or_scores_changes_nothing():
    v = torch.randint(-8, 9, (64,), generator=torch.Generator().manual_seed(0)).double()
    assert torch.equal(or_interactions(v), or_interactions(v + 2**40))  # whole numbers: no rounding to hide behind


@pytest.mark.parametrize("entry", [1e3, 1e30, float("inf"), float("nan")])
def test_or_of_the_empty_set_is_never_used(entry):
    and_, or_ = random_scores(4, 1), random_scores(4, 2)
    other = or_.clone()
    other[0] = entry
    assert torch.equal(scores_from(and_, or_), scores_from(and_, other))


def test_or_of_a_player_and_and_of_a_player_are_the_same_function():
    effect, nothing = torch.zeros(8, dtype=torch.float64), torch.zeros(8, dtype=torch.float64)
    effect[0b010] = 3.0
    assert torch.equal(scores_from(effect, nothing), scores_from(nothing, effect))


def test_or_interactions_of_an_or_and_and_interactions_of_an_and():
    index = torch.arange(16)
    for s in range(1, 16):
        single = (index == s).double()
        assert torch.equal(and_interactions((index & s == s).double()), single)
        assert torch.equal(or_interactions((index & s != 0).double()), single)


@each_transform
def test_first_and_second_derivatives(transform):
    v = random_scores(3).unflatten(0, (1, 8)).expand(2, 8).clone().requires_grad_()
    assert gradcheck(transform, v)
    assert gradgradcheck(lambda x: transform(x) ** 2, v)


def test_derivatives_of_scores_by_both_effects():
    and_, or_ = (random_scores(3, seed).requires_grad_() for seed in (1, 2))
    assert gradcheck(scores_from, (and_, or_))
    assert gradgradcheck(lambda a, b: scores_from(a, b) ** 2, (and_, or_))


@each_transform
@pytest.mark.parametrize(
    "view",
    [
        lambda v: v.T.contiguous().T,
        lambda v: v.repeat_interleave(2, 1)[:, ::2],
        lambda v: v[:1].expand(4, -1),
        lambda v: v.flip(-1)[1:],
        lambda v: v.view(2, 2, 16).transpose(0, 1),
    ],
)
def test_memory_layout_does_not_matter(transform, view):
    values = view(random_scores(6).view(4, 16))
    before = values.clone()
    assert torch.equal(transform(values), transform(values.contiguous()))
    assert torch.equal(values, before), "the input was written to"


@each_transform
@pytest.mark.parametrize("shape", [(0, 8), (2, 0, 8)])
def test_empty_batches_stay_empty(transform, shape):
    assert transform(torch.empty(shape)).shape == shape
    assert scores_from(torch.empty(shape), torch.empty(shape)).shape == shape


@each_transform
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_of_a_batch_do_not_mix(transform, dtype):
    batch = random_scores(7).view(2, 2, 32).to(dtype)
    result = transform(batch)
    assert result.dtype == dtype
    for i in range(2):
        for j in range(2):
            assert torch.equal(result[i, j], transform(batch[i, j]))


def test_twenty_players_take_memory_of_the_order_of_their_scores():
    # All three together, results kept: a table of coalitions by players would be 20 vectors or more.
    code = """
import resource, torch
from harsanyi.core.transforms import and_interactions, or_interactions, scores_from
def run(n):
    v = torch.ones(2**n, dtype=torch.float64)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scores_from(and_interactions(v), or_interactions(v))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
run(12)
print(run(20) * 1024 / (8 * 2**20))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 10


def test_agreement_with_shapiq():
    shapiq = pytest.importorskip("shapiq")
    n = 6
    v = random_scores(n)

    def game(masks):
        return v.numpy()[masks.astype(int) @ (1 << np.arange(n))]

    computer = shapiq.ExactComputer(game, n_players=n)
    moebius, comoebius = computer("Moebius", n), computer("Co-Moebius", n)
    and_, or_ = and_interactions(v), or_interactions(v)
    for s in coalitions(n)[1:]:
        assert float(and_[coalition_index(s)]) == pytest.approx(moebius[s], abs=1e-10)
        assert float(or_[coalition_index(s)]) == pytest.approx((-1) ** (len(s) + 1) * comoebius[s], abs=1e-10)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(("name", "transform"), TRANSFORMS.items())
@pytest.mark.parametrize(
    ("values", "given", "accepted"),
    [
        ([0.0, 1.0], "list", "a float32 or float64 tensor"),
        (np.zeros(4), "ndarray", "a float32 or float64 tensor"),
        (torch.zeros(4, dtype=torch.int64), "dtype torch.int64", "a float32 or float64 tensor"),
        (torch.zeros(4, dtype=torch.float16), "dtype torch.float16", "a float32 or float64 tensor"),
        (torch.zeros(2, 6), "shape (2, 6)", "a last dimension of length 2**n, n >= 1"),
        (torch.zeros(()), "shape ()", "a last dimension of length 2**n, n >= 1"),
        (torch.zeros(3, 1), "shape (3, 1)", "a last dimension of length 2**n, n >= 1"),
    ],
)
def test_what_cannot_be_transformed_is_refused(name, transform, values, given, accepted):
    with pytest.raises(ArgumentError) as caught:
        transform(values)
    assert str(caught.value) == f"{name.strip()}: given {given}; accepted: {accepted}"


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("and_", "or_", "text"),
    [
        ([0.0], torch.zeros(4), "and_: given list; accepted: a float32 or float64 tensor"),
        (torch.zeros(4), [0.0], "or_: given list; accepted: a float32 or float64 tensor"),
        (torch.zeros(4), torch.zeros(8), "or_: given (8,) torch.float32; accepted: (4,) torch.float32, as and_"),
        (
            torch.zeros(4),
            torch.zeros(4).double(),
            "or_: given (4,) torch.float64; accepted: (4,) torch.float32, as and_",
        ),
        (torch.zeros(4), torch.zeros(3), "or_: given shape (3,); accepted: a last dimension of length 2**n, n >= 1"),
    ],
)
def test_effects_that_do_not_belong_together_are_refused(and_, or_, text):
    with pytest.raises(ArgumentError) as caught:
        scores_from(and_, or_)
    assert str(caught.value) == text


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(3, 4), (1, 4), (4,)])
def test_batches_that_differ_are_refused(shape):
    with pytest.raises(ArgumentError, match=r"or_: given"):
        scores_from(torch.zeros(2, 4), torch.zeros(shape))
