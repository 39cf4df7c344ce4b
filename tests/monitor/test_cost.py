import pytest
from hypothesis import given
from hypothesis import strategies as st

from harsanyi.core.errors import ArgumentError
from harsanyi.monitor.cost import Cost, Meter


class Clock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def run(meter, clock, training, work):
    """Work wherever it is allowed, after each so many seconds of training."""
    done = 0
    for seconds in training:
        clock.now += seconds
        meter.tick()
        if meter.allows():
            with meter.work():
                clock.now += work
            done += 1
        else:
            meter.skip()
    return done


@given(st.floats(0.01, 1), st.lists(st.floats(0, 10), min_size=1, max_size=60), st.floats(0.01, 5))
def test_the_share_stays_within_its_bound_once_the_first_is_paid(share, training, work):
    clock = Clock()
    meter = Meter(share, Cost(), clock=clock)
    meter.tick()
    done = run(meter, clock, training, work)
    assert done >= 1
    assert meter.cost.seconds == pytest.approx(done * work)
    assert meter.cost.training_seconds == pytest.approx(sum(training) + done * work)
    assert meter.cost.skipped == len(training) - done
    assert done == 1 or meter.cost.seconds <= share * meter.cost.training_seconds * (1 + 1e-9)
    assert share < 1 or done == len(training)


def test_a_resumed_run_pays_for_the_one_before():
    clock = Clock()
    meter = Meter(0.1, Cost(seconds=5, training_seconds=40, skipped=3), last=1.0, clock=clock)
    assert run(meter, clock, [1] * 25, 1) == 1
    assert meter.cost.skipped == 3 + 24
    assert meter.cost.seconds == 6


def test_trying_out_is_paid_but_expected_no_more():
    clock = Clock()
    meter = Meter(0.1, Cost(), clock=clock)
    with meter.work(typical=False):
        clock.now += 7
    assert meter.cost == Cost(7, 7, 0)
    assert meter.allows()
    assert Cost().share == 0
    assert meter.cost.share == 1


def test_work_that_fails_is_paid():
    clock = Clock()
    meter = Meter(0.5, Cost(), clock=clock)

    def fail():
        with meter.work() as seconds:
            clock.now += 2
            assert seconds() == 2
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert meter.cost.seconds == 2
    assert not meter.allows()


def test_skips_in_a_row_are_told_once_with_the_time_until_the_next():
    clock = Clock()
    meter = Meter(0.1, Cost(), clock=clock)
    run(meter, clock, [0], 2)
    for _ in range(4):
        meter.skip_for_share()
    run(meter, clock, [0, 36], 2)  # a look in between: counted anew
    clock.now += 2  # now 42 s of training, 4 s of own work: 6 s are a tenth of 58 s + 2 s
    meter.tick()
    for _ in range(4):
        meter.skip_for_share()
    with pytest.warns(
        UserWarning, match=r"5 due .* a look takes 2 s, and a share of 0.1 .* the next one in 16 s\. For"
    ):
        meter.skip_for_share()
    run(meter, clock, [100], 2)
    for _ in range(20):
        meter.skip_for_share()
    assert meter.cost.skipped == 1 + 4 + 5 + 20


@pytest.mark.parametrize("share", [0, -1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ArgumentError, match=r"share: given .*accepted: a share of the training time in \(0, 1\]"):
        Meter(share, Cost())
