"""Batches: every sample once, in an order that follows from seed and epoch, and no trace on the outside generator."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harsanyi.training.batches import drawing, epoch_batches

CPU = torch.device("cpu")
SEEDS, SOME_EPOCHS = st.integers(0, 2**63 - 1), st.integers(1, 10_000)


@given(st.integers(1, 300), st.integers(1, 100), SEEDS, SOME_EPOCHS)
def test_every_row_is_in_one_batch(count, size, seed, epoch):
    batches = epoch_batches(count, size, seed, epoch)
    assert torch.cat(batches).sort().values.tolist() == list(range(count))
    assert all(len(rows) == size for rows in batches[:-1])
    assert len(batches[-1]) <= size + (size > 1)
    assert len(batches[-1]) > 1 or size == 1 or count == 1


@given(SEEDS, SOME_EPOCHS)
def test_the_order_follows_from_seed_and_epoch_alone(seed, epoch):
    first = torch.cat(epoch_batches(100, 7, seed, epoch))
    torch.rand(3)
    assert torch.equal(torch.cat(epoch_batches(100, 7, seed, epoch)), first)
    assert not torch.equal(torch.cat(epoch_batches(100, 7, seed, epoch + 1)), first)
    assert not torch.equal(torch.cat(epoch_batches(100, 7, seed ^ 1, epoch)), first)


def test_the_first_place_is_uniform_over_the_epochs():
    rows, draws = 5, 4000
    firsts = torch.tensor([int(epoch_batches(rows, 2, 0, epoch)[0][0]) for epoch in range(draws)])
    shares = torch.bincount(firsts, minlength=rows) / draws
    assert (shares - 1 / rows).abs().max() < 5 * (0.2 * 0.8 / draws) ** 0.5  # five standard deviations


@pytest.mark.parametrize("epoch", [None, 1])
def test_draws_inside_follow_from_the_seed_and_leave_the_outside_alone(epoch):
    torch.manual_seed(11)
    expected = torch.rand(4)
    torch.manual_seed(11)
    with drawing(0, epoch, CPU):
        first = torch.rand(4)
    assert torch.equal(torch.rand(4), expected)
    with drawing(0, epoch, CPU):
        assert torch.equal(torch.rand(4), first)
    with drawing(1, epoch, CPU):
        assert not torch.equal(torch.rand(4), first)


def test_initial_values_are_those_of_manual_seed():
    with drawing(7, None, CPU):
        drawn = torch.rand(4)
    torch.manual_seed(7)
    assert torch.equal(torch.rand(4), drawn)
