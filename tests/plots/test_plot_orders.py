import numpy as np
import pytest

from harsanyi import ArgumentError
from harsanyi.plots import strength_by_order


def _heights(ax):
    positive, negative = ax.containers
    return [bar.get_height() for bar in positive], [bar.get_height() for bar in negative]


@pytest.mark.parametrize("rule", ["score_range", "max_effect", None])
def test_bars_are_the_strengths(table, rule):
    expected = table.by_order(rule)
    positive, negative = _heights(strength_by_order(table, rule))
    np.testing.assert_allclose(positive, expected["positive"])
    np.testing.assert_allclose(negative, expected["negative"])
    assert min(positive) >= 0 >= max(negative)


def test_one_sample_keeps_the_threshold_of_all(table):
    positive, negative = _heights(strength_by_order(table[2]))
    np.testing.assert_allclose([positive, negative], table.strength_by_order()[2])


def test_signs_differ_by_more_than_colour(table):
    ax = strength_by_order(table)
    assert [container[0].get_hatch() for container in ax.containers] == [None, "..."]


def test_unknown_rule_names_the_known_ones(table):
    with pytest.raises(ArgumentError, match="score_range"):
        strength_by_order(table, "largest")
