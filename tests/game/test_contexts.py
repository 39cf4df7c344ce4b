"""Pairs and contexts: every set with the same chance, and the same draws however they are cut into blocks."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError
from harsanyi.game.contexts import context_sizes, corner_blocks, count_contexts, draw_pairs

PAIR = np.array([[1, 3]])


def corners(n, pairs, size, contexts, seed=0, sample=0):
    """All coalitions, bool (pairs, contexts, 4, n)."""
    rows = torch.cat(list(corner_blocks(n, pairs, size, contexts, seed, sample)))
    return rows.view(len(pairs), count_contexts(n, size, contexts), 4, n).numpy()


@pytest.mark.parametrize("size", range(6))
def test_few_contexts_are_all_taken_once(size):
    found = corners(7, PAIR, size, 100)[0, :, 0]
    others = [player for player in range(7) if player not in (1, 3)]
    assert sorted(tuple(np.flatnonzero(row)) for row in found) == sorted(combinations(others, size))


@pytest.mark.parametrize(("n", "size", "contexts"), [(4, 1, 2), (9, 3, 10), (70, 35, 5), (300, 298, 3), (2, 0, 1)])
def test_corners_add_the_pair_to_contexts_of_the_size(n, size, contexts):
    pairs = draw_pairs(n, 4, seed=1, sample=2)
    found = corners(n, pairs, size, contexts)
    for (i, j), blocks in zip(pairs, found, strict=True):
        assert (blocks[:, 0].sum(1) == size).all()
        assert not blocks[:, 0][:, [i, j]].any()
        for corner, added in enumerate(([], [i], [j], [i, j])):
            expected = blocks[:, 0].copy()
            expected[:, added] = True
            assert (blocks[:, corner] == expected).all()


def test_every_set_is_drawn_with_the_same_chance():
    draws, sets = 6000, comb(8, 3)
    found = np.concatenate([corners(10, PAIR, 3, 30, sample=sample)[0, :, 0] for sample in range(draws // 30)])
    counts = np.unique(found, axis=0, return_counts=True)[1]
    assert len(counts) == sets
    chi2 = ((counts - draws / sets) ** 2 / (draws / sets)).sum()  # sets - 1 expected, its variance twice that
    assert abs(chi2 - (sets - 1)) < 5 * (2 * (sets - 1)) ** 0.5


def test_every_pair_is_drawn_with_the_same_chance_and_none_twice():
    found = [draw_pairs(7, 6, seed=3, sample=sample) for sample in range(1000)]
    assert all(len(np.unique(pairs, axis=0)) == 6 and (pairs[:, 0] < pairs[:, 1]).all() for pairs in found)
    counts = np.unique(np.concatenate(found), axis=0, return_counts=True)[1]
    assert len(counts) == 21
    assert np.abs(counts - 6000 / 21).max() < 5 * (1000 * 6 / 21 * 15 / 21) ** 0.5


@pytest.mark.parametrize("pairs", [21, 22, 10**6])
def test_few_pairs_are_all_taken_once(pairs):
    assert draw_pairs(7, pairs, seed=0, sample=0).tolist() == [list(pair) for pair in combinations(range(7), 2)]


def test_draws_follow_from_seed_sample_and_size_and_not_from_blocks(monkeypatch):
    pairs = draw_pairs(12, 5, 0, 0)
    whole = corners(12, pairs, 4, 20)
    monkeypatch.setattr("harsanyi.game.contexts._BLOCK_BYTES", 4 * 12 * 7)
    assert (corners(12, pairs, 4, 20) == whole).all()
    assert (corners(12, pairs, 0, 20) == corners(12, pairs, 0, 1)).all()
    others = [corners(12, pairs, 4, 20, seed=1), corners(12, pairs, 4, 20, sample=1)]
    assert all((other != whole).any() for other in others)
    assert (draw_pairs(12, 5, 1, 0) != draw_pairs(12, 5, 0, 1)).any()


def test_sizes_are_whole_numbers_or_shares():
    assert context_sizes(None, 258) == (0, 13, 26, 64, 128, 192, 230, 243, 256)
    assert context_sizes([1.0, 3, 0, np.int64(3), np.float32(0.5)], 10) == (0, 3, 4, 8)
    assert context_sizes(None, 2) == (0,)


@pytest.mark.parametrize("orders", [[9], [-1], [1.5], [True], ["half"], [float("nan")], [], "0", 3])
def test_sizes_that_no_context_has_are_refused(orders):
    with pytest.raises(ArgumentError, match=r"orders: given .*; accepted: context sizes 0 to 8 \(n - 2, for n = 10"):
        context_sizes(orders, 10)
