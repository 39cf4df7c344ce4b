"""Pictures of confusing samples: scores as measured, members told apart without colour, texts that do not overlap."""

import numpy as np
import pytest
from drawn import check_texts, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from planted_effects import interactions

from harsanyi import FixedThreshold, plots
from harsanyi.analysis import Bootstrap, ConfusionRule, confusion, confusion_course
from harsanyi.plots.style import NEGATIVE

QUICK = Bootstrap(draws=20)
STEPS = (0, 10, 40, 200)


def networks(samples=10, steps=STEPS, scale=1.0):
    """Checkpoints that come nearer to their baseline."""
    generator = np.random.default_rng(0)
    shared, own = generator.normal(size=(2, samples, 16))
    weights = np.linspace(1, 0.2, len(steps))
    checkpoints = {
        step: interactions(scale * (shared * (1 - w) + own * w)) for step, w in zip(steps, weights, strict=True)
    }
    return checkpoints, interactions(shared)


def course(samples=10, steps=STEPS, scale=1.0, unit="step"):
    rule = ConfusionRule(share=0.3, salience=FixedThreshold(0.2))
    return confusion_course(*networks(samples, steps, scale), rule, unit=unit, bootstrap=QUICK)


def scatter_of(baseline=True, samples=10, scale=1.0, **rule):
    checkpoints, other = networks(samples, scale=scale)
    rule = ConfusionRule(salience=FixedThreshold(0.2), **{"share": 0.3, **rule})
    return confusion(checkpoints[40], [other] if baseline else (), rule, QUICK)


@pytest.fixture(scope="module")
def found():
    return course()


def circles(ax, filled):
    """Places of the circles that are filled, or of those that are open."""
    lines = [line for line in ax.lines if line.get_marker() == "o"
             and (to_rgba(line.get_markerfacecolor()) != to_rgba("white")) == filled]  # fmt: skip
    return sorted(tuple(place) for line in lines for place in line.get_xydata().tolist())


# One time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [True, False])
def test_each_sample_is_a_circle_and_the_confusing_ones_are_filled(baseline):
    found = scatter_of(baseline)
    ax = found.plot.confusion_scatter()
    along = found.scores["complex_cancelling"] if baseline else found.outputs
    for filled, chosen in ((True, found.members), (False, ~found.members)):
        expected = zip(along[chosen], found.scores[found.score][chosen], strict=True)
        assert circles(ax, filled) == sorted(expected)
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert set(line.get_ydata()) == {found.threshold}
    assert "3 of 10 samples confusing" in ax.get_title(loc="left")
    assert ("rank correlation" in ax.get_title(loc="left")) == baseline
    assert ax.get_xlabel() == ("high-order share × cancellation" if baseline else "score of the whole sample, v(x_N)")
    check_texts(ax.figure)


def test_a_picture_on_axes_given_and_one_of_nothing():
    ax = Figure().add_subplot()
    empty = scatter_of(scale=0.0)
    assert np.isnan(empty.threshold)
    assert plots.confusion_scatter(empty, ax) is ax
    assert not [line for line in ax.lines if line.get_linestyle() == "--"]
    ax.figure.draw_without_rendering()


# Over a training ------------------------------------------------------------------------------------------------------


def test_a_line_a_sample_thick_for_those_that_are_confusing_at_the_end(found):
    ax = plots.confusion_course(found).axes[0]
    final = found.members[-1]
    thick = [
        line.get_ydata().tolist() for line in ax.lines if line.get_color() == NEGATIVE and line.get_marker() == "None"
    ]
    assert sorted(thick) == sorted(found.scores.T[final].tolist())
    (thin,) = [each for each in ax.collections if isinstance(each, LineCollection)]
    assert sorted(line[:, 1].tolist() for line in thin.get_segments()) == sorted(found.scores.T[~final].tolist())
    assert thin.get_linewidths()[0] < 1
    for filled, chosen in ((True, final), (False, ~final)):
        at, sample = np.nonzero(found.members & chosen)
        assert circles(ax, filled) == sorted(zip(at.tolist(), found.scores[at, sample].tolist(), strict=True))
    (mean,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert mean.get_ydata().tolist() == found.mean.value.tolist()


def test_bars_of_samples_that_enter_and_that_leave(found):
    ax = plots.confusion_course(found).axes[1]
    for bars, counts, hatch in zip(ax.containers, (found.entering, -found.leaving), (None, "/////"), strict=True):
        assert [bar.get_height() for bar in bars] == counts.tolist()
        assert bars[0].get_hatch() == hatch
        assert [bar.get_x() + bar.get_width() / 2 for bar in bars] == pytest.approx([0.5, 1.5, 2.5])
    assert [text.get_text() for text in ax.texts] == ["enter ↑", "leave ↓"]


def test_title_and_legend_say_what_is_seen(found):
    figure = found.plot.confusion_course()
    title = figure.axes[0].get_title(loc="left")
    assert "10 samples; 3 confusing at the end, " in title
    assert (f"settled from step {found.settled:g} on" in title) == (found.settled < STEPS[-1])
    assert legend_texts(figure) == [
        "confusing at the end", "other samples", "confusing at this checkpoint", "likewise, but not at the end",
        "mean, 95 % interval", "enter the set", "leave it",
    ]  # fmt: skip


EDGES = {
    "several": {},
    "one checkpoint": {"steps": (5,)},
    "one sample": {"samples": 1},
    "nothing salient": {"scale": 0.0},
    "thirty checkpoints": {"steps": tuple(20_408 * at for at in range(30)), "unit": "epoch"},
}


@pytest.mark.parametrize("edge", EDGES)
def test_no_text_covers_another_or_is_cut(edge):
    check_texts(plots.confusion_course(course(**EDGES[edge])))


def test_a_narrow_figure_given(found):
    figure = Figure(figsize=(4.5, 5), layout="constrained")
    FigureCanvasAgg(figure)
    assert plots.confusion_course(found, figure) is figure
    check_texts(figure)
