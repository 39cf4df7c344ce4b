"""Coalitions: masks, orders, indices and names agree with each other and with sets of players."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harsanyi.core.coalitions import (
    MAX_PLAYERS,
    check_players,
    coalition_index,
    coalition_masks,
    coalition_name,
    coalition_players,
    orders,
    players_in,
)
from harsanyi.core.errors import ArgumentError

sets_of_players = st.sets(st.integers(0, MAX_PLAYERS - 1))


@pytest.mark.parametrize("n", range(1, 9))
def test_row_of_a_mask_is_the_index_of_its_players(n):
    masks = coalition_masks(n)
    assert masks.shape == (2**n, n)
    assert masks.dtype == torch.bool
    assert [coalition_index(row.nonzero().flatten().tolist()) for row in masks] == list(range(2**n))


@pytest.mark.parametrize("n", range(1, 9))
def test_order_counts_the_players_of_a_mask(n):
    assert orders(n).dtype == torch.int64
    assert orders(n).tolist() == coalition_masks(n).sum(1).tolist()


def test_first_coalition_is_empty_and_last_is_everyone():
    masks = coalition_masks(5)
    assert not masks[0].any()
    assert masks[-1].all()


@given(sets_of_players)
def test_index_and_players_are_inverse(players):
    assert coalition_players(coalition_index(players)) == tuple(sorted(players))


@given(st.integers(0, 2**MAX_PLAYERS - 1))
def test_players_and_index_are_inverse(index):
    assert coalition_index(coalition_players(index)) == index


@given(st.lists(st.integers(0, MAX_PLAYERS - 1)))
def test_neither_order_nor_repetition_of_players_matters(players):
    assert coalition_index(players) == coalition_index(set(players)) == coalition_index(reversed(players))


def test_index_is_exact_beyond_floating_point():
    assert coalition_index([0, 29]) == 2**29 + 1


@pytest.mark.parametrize("n", range(1, 12))
@pytest.mark.parametrize("batch", [(), (0,), (3,), (2, 0, 3)])
def test_players_are_read_off_the_last_dimension(n, batch):
    assert players_in(torch.empty(*batch, 2**n)) == n


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (6,), (4, 7), (8, 1)])
def test_a_last_dimension_that_is_no_power_of_two_is_refused(shape):
    with pytest.raises(ArgumentError) as caught:
        players_in(torch.empty(shape), "effects")
    assert str(caught.value) == f"effects: given shape {shape}; accepted: a last dimension of length 2**n, n >= 1"


@pytest.mark.parametrize("n", [1, 10, MAX_PLAYERS])
def test_usable_numbers_of_players_come_back(n):
    assert check_players(n) == n


@pytest.mark.parametrize("n", [-1, 0, MAX_PLAYERS + 1])
@pytest.mark.parametrize("function", [check_players, coalition_masks, orders])
def test_other_numbers_of_players_are_refused(function, n):
    with pytest.raises(ArgumentError) as caught:
        function(n)
    assert str(caught.value) == f"n: given {n}; accepted: 1 to 30 players"
    assert caught.value.argument == "n"


def test_name_joins_players_in_ascending_order():
    names = ["nose", "left eye", "right eye"]
    assert coalition_name(0, names) == "(nothing)"
    assert coalition_name(0b100, names) == "right eye"
    assert coalition_name(0b111, names) == "nose, left eye, right eye"


@pytest.mark.parametrize("function", [coalition_masks, orders])
def test_results_live_on_the_device_asked_for(function):
    assert function(4, device="meta").device.type == "meta"  # a second device without a GPU
