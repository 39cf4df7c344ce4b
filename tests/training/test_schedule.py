"""The schedule of checkpoints: logarithmic, complete, without repeats."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harsanyi.core.errors import ArgumentError
from harsanyi.training import checkpoint_epochs

EPOCHS, COUNTS = st.integers(1, 10_000), st.integers(2, 200)


@given(EPOCHS, COUNTS)
def test_checkpoints_are_as_many_as_asked_different_and_hold_both_ends(epochs, count):
    chosen = checkpoint_epochs(epochs, count)
    assert len(chosen) == min(count, epochs + 1)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert all(first < second for first, second in pairwise(chosen))


@given(EPOCHS, COUNTS)
def test_each_checkpoint_is_the_rounded_next_of_a_geometric_series_to_the_end(epochs, count):
    chosen = checkpoint_epochs(epochs, count)[1:]
    for place, (first, second) in enumerate(pairwise(chosen)):
        exact = first * (epochs / first) ** (1 / (len(chosen) - 1 - place))
        assert second == first + 1 or abs(second - exact) <= 0.5 + 1e-6 * exact


@given(st.integers(2, 12), st.integers(2, 5))
def test_powers_are_met_exactly(steps, base):
    assert checkpoint_epochs(base**steps, steps + 2) == (0, *(base**step for step in range(steps + 1)))


@pytest.mark.parametrize(("argument", "arguments"), [("epochs", (0, 3)), ("epochs", (2.0, 3)),
                                                     ("count", (8, 1)), ("count", (8, True))])  # fmt: skip
def test_a_number_out_of_range_is_refused(argument, arguments):
    with pytest.raises(ArgumentError, match=f"{argument}: given .*a whole number >= [12]"):
        checkpoint_epochs(*arguments)
