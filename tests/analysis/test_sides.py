"""Two sets of samples: masks and positions mean the same, and what cannot be compared is refused."""

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError
from harsanyi.analysis.sides import positions, two_sides


@pytest.mark.parametrize(
    "chosen",
    [[False, True, False, True], [1, 3], (3, 1), np.array([3, 1], np.uint8), range(1, 4, 2), torch.tensor([1, 3])],
)
def test_masks_and_positions_in_any_order_mean_the_same(chosen):
    assert positions("train", chosen, 4).tolist() == [1, 3]
    assert positions("train", chosen, 4).dtype == np.int64


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([True, True], r"train: given shape \(2,\), bool; accepted: a boolean mask \(4,\), or positions"),
        ([0.0, 1.0], "train: given shape .*float64"),
        ([[0, 1]], r"given shape \(1, 2\)"),
        (["a", "b"], "given shape .*; accepted: a boolean mask"),
        ([0, 4], "given position 4; accepted: positions of samples, 0 to 3"),
        ([-1, 0], "given position -1"),
        ([0, 2, 2], "given position 2 twice; accepted: each sample once"),
        ([1], "given 1 sample; accepted: at least 2: an interval needs as many"),
        ([], "given 0 samples"),
        ([False] * 4, "given 0 samples"),
    ],
)
def test_what_are_no_positions_is_refused(chosen, words):
    with pytest.raises(ArgumentError, match=words):
        positions("train", chosen, 4)


def test_the_sides_have_nothing_in_common():
    assert [side.tolist() for side in two_sides(("train", "test"), [3, 0], [False, True, True, False], 4)] == [
        [0, 3],
        [1, 2],
    ]
    with pytest.raises(ArgumentError, match="test: given sample 1, which is in train too; accepted: samples that are"):
        two_sides(("train", "test"), [0, 1], [1, 2], 4)
