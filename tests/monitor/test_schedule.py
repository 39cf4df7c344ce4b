import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harsanyi.core.errors import ArgumentError
from harsanyi.monitor.schedule import Spaced, as_schedule


def all_steps(schedule, last):
    steps, step = [], -1
    while (step := schedule.after(step)) <= last:
        if schedule.holds(step):
            steps.append(step)
    return steps


@given(st.floats(1.01, 10))
def test_spaced_steps_begin_at_0_and_keep_the_ratio(ratio):
    steps = all_steps(Spaced(ratio), 10_000)
    assert steps[:2] == [0, 1]
    assert all(b - a >= 1 for a, b in pairwise(steps))
    assert all(b == a + 1 or abs(b - a * ratio) <= 0.5 for a, b in pairwise(steps[1:]))


def test_the_kinds_of_schedules():
    assert all_steps(as_schedule(None, 3), 100) == [0, 1, 3, 9, 27, 81]
    assert all_steps(as_schedule([8, 2, 2, 4], 2), 100) == [2, 4, 8]
    assert as_schedule([2], 2).after(2) == math.inf
    assert all_steps(as_schedule(range(0, 100, 30), 2), 100) == [0, 30, 60, 90]
    assert all_steps(as_schedule(lambda step: step % 40 == 5, 2), 100) == [5, 45, 85]


@pytest.mark.parametrize(
    ("at_steps", "ratio", "text"),
    [
        (None, 1, "ratio: given 1; accepted: a number >= 1.01"),
        (None, math.nan, "ratio: given nan"),
        (100, 2, r"at_steps: given 100; .*Every 100 steps is range\(0, last, 100\)"),
        ([], 2, "at_steps: given no step"),
        ([3, -1], 2, "at_steps: given -1 among them"),
        ([0.5], 2, r"at_steps: given \[0.5\]; accepted: whole numbers >= 0, a function of the step, or nothing"),
    ],
)
def test_what_is_no_schedule_is_refused(at_steps, ratio, text):
    with pytest.raises(ArgumentError, match=text):
        as_schedule(at_steps, ratio)
