"""Pictures of what generalizes over a training: shares, gains and strengths as measured, phases marked and named."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import check_texts, check_whiskers, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from planted_effects import interactions

from harsanyi import ArgumentError, FixedThreshold, plots
from harsanyi.analysis import Bootstrap, TransferRule, generalization_dynamics
from harsanyi.plots.style import ONSET, REFERENCE

QUICK = Bootstrap(draws=50)
FIXED = TransferRule(salience=FixedThreshold(0.2))
STEPS = (0, 1, 2, 4, 8, 16)
SHARED, OWN = (0.3, 1.0, 2.0, 2.2, 2.3, 2.4), (1.5, 0.9, 0.5, 0.6, 1.5, 2.5)  # H is largest at step 2


def course(n=4, samples=8, steps=STEPS, scales=None, losses=True, references=True, unit="step"):
    """Dynamics of a network that learns some effects of its baseline first, and others of its own later."""
    generator = np.random.default_rng(0)
    effects = 1 + generator.random((samples, 1 << n))
    effects[:, 1::2] *= -1
    shared = np.arange(1 << n) % 4 < 2
    held = {}
    for index, step in enumerate(steps):
        at = index / max(len(steps) - 1, 1) * (len(SHARED) - 1)
        weights = np.where(shared, np.interp(at, range(6), SHARED), np.interp(at, range(6), OWN))
        held[step] = interactions(effects * weights * (1 if scales is None else scales[index]))
    baseline = interactions(effects * shared)
    gaps = np.linspace(0, 1, len(steps))[:, None] + 0.01 * generator.normal(size=(len(steps), 20))
    given = {"train_loss": np.zeros_like(gaps), "test_loss": gaps} if losses else {}
    others = {"ceilings": baseline, "floors": interactions(effects * ~shared)} if references else {}
    return generalization_dynamics(held, baseline, FIXED, QUICK, unit=unit, **given, **others)


@pytest.fixture(scope="module")
def found():
    made = course()
    assert made.verdict == "three phases"
    assert made.peak.step == 2
    assert made.overfitting.index > made.peak.index
    return made


def marks(ax):
    """Places of the vertical lines through the whole axes, by colour."""
    lines = [line for line in ax.lines if len(line.get_ydata()) == 2 and list(line.get_ydata()) == [0, 1]]
    return {line.get_color(): line.get_xdata()[0] for line in lines}


def curve(ax, marker):
    (line,) = [line for line in ax.lines if line.get_marker() == marker]
    return line


# The course ----------------------------------------------------------------------------------------------------------


def test_shares_of_all_and_of_what_is_gained_with_bands_and_lines(found):
    ax = plots.generalization_course(found).axes[0]
    np.testing.assert_allclose(curve(ax, "o").get_ydata(), found.power.value)
    band = ax.collections[0].get_paths()[0].vertices
    for index in range(len(STEPS)):
        at = band[band[:, 0] == index, 1]
        assert (at.min(), at.max()) == pytest.approx((found.power.low[index], found.power.high[index]))
    gained = curve(ax, "D")
    np.testing.assert_allclose(gained.get_xdata(), np.arange(5) + 0.5)  # between the checkpoints
    np.testing.assert_allclose(gained.get_ydata(), found.gained_rate.value)
    check_whiskers(ax.collections[1], gained.get_xdata(), found.gained_rate.low, found.gained_rate.high)
    assert [line.get_ydata()[0] for line in ax.lines if list(line.get_xdata()) == [0, 1]] == [found.majority]


def test_references_stand_at_the_end(found):
    figure = plots.generalization_course(found)
    for reference, marker in zip(found.references, "^>v<", strict=True):
        line = curve(figure.axes[0], marker)
        assert len(STEPS) - 1 < line.get_xdata()[0] < len(STEPS) - 0.5
        assert line.get_ydata()[0] == reference.power.value
        text = f"{reference.kind}: {reference.name} (H = {reference.power.value:.2f})"
        assert text in legend_texts(figure)


def test_what_is_gained_goes_up_where_it_generalizes_and_down_where_not(found):
    ax = plots.generalization_course(found).axes[1]
    for part, (bars, direction) in enumerate(zip(ax.containers, (1, -1), strict=True)):
        gained = found.gained.value[:, part].sum(1)
        np.testing.assert_allclose([bar.get_height() for bar in bars], direction * gained)
        np.testing.assert_allclose([bar.get_x() + bar.get_width() / 2 for bar in bars], np.arange(5) + 0.5)
        assert bool(bars[0].get_hatch()) == bool(part)
    assert [text.get_text() for text in ax.texts] == ["generalize ↑", "do not ↓"]


def test_the_loss_gap_is_the_third_panel_where_it_is_known(found):
    axes = plots.generalization_course(found).axes
    np.testing.assert_allclose(curve(axes[2], "s").get_ydata(), found.gap.value)
    assert len(plots.generalization_course(replace(found, gap=None)).axes) == 2


def test_phases_are_marked_in_every_panel_and_named(found):
    figure = plots.generalization_course(found)
    for ax in figure.axes:
        assert marks(ax) == {REFERENCE: found.peak.index, ONSET: found.overfitting.index}
    first, second, third = figure.axes[0].texts
    assert [text.get_text()[-1] for text in (first, second, third)] == ["1", "2", "3"]
    assert first.xy[0] < found.peak.index < second.xy[0] < found.overfitting.index < third.xy[0]
    said = legend_texts(figure)
    assert any(text.startswith(f"phase 1 ends at step {found.peak.step}") for text in said)
    assert any(text.startswith(f"phase 3 begins at step {found.overfitting.step}") for text in said)
    assert "three phases; 8 samples" in figure.axes[0].get_title(loc="left")


def test_phases_that_are_not_seen_are_not_named(found):
    two = plots.generalization_course(replace(found, overfitting=None, verdict="phase 3 not reached"))
    assert [text.get_text() for text in two.axes[0].texts] == ["phase 1", "phase 2"]
    none = plots.generalization_course(replace(found, overfitting=None, peak=None, verdict="no first phase seen"))
    assert not none.axes[0].texts
    assert marks(none.axes[0]) == {}


# The panels ----------------------------------------------------------------------------------------------------------


def panels(figure):
    return [ax for ax in figure.axes if ax.containers]


def test_panels_are_the_parts_of_the_strength_at_checkpoints(found):
    figure = plots.generalization_training(found, steps=STEPS)
    assert len(panels(figure)) == len(STEPS)
    for index, ax in enumerate(panels(figure)):
        assert ax.get_title().splitlines()[-1] == f"step {STEPS[index]}"
        for part, direction in enumerate((1, -1)):
            inner, outer = ax.containers[2 * part : 2 * part + 2]
            np.testing.assert_allclose([b.get_height() for b in inner], direction * found.positive.value[index, part])
            np.testing.assert_allclose([b.get_height() for b in outer], -direction * found.negative.value[index, part])
    assert len({ax.get_ylim() for ax in panels(figure)}) == 1
    np.testing.assert_allclose(curve(figure.axes[-1], "o").get_ydata(), found.power.value)


def test_checkpoints_chosen_are_the_first_the_last_and_the_ends_of_the_phases(found):
    titles = [ax.get_title() for ax in panels(plots.generalization_training(found))]
    assert (titles[0], titles[-1]) == ("step 0", "step 16")
    assert "phase 1 ends\nstep 2" in titles
    assert f"phase 3 begins\nstep {found.overfitting.step}" in titles


def test_small_panels_are_enlarged_as_their_titles_say():
    figure = plots.generalization_training(course(scales=(0.3, 1, 10, 30, 100, 300), references=False), STEPS)
    factors = [float(ax.get_title().partition("(×")[2].rstrip(")").replace(",", "") or 1) for ax in panels(figure)]
    assert factors[0] > 50
    assert factors[-1] == 1
    tops = np.array([ax.get_ylim() for ax in panels(figure)])
    np.testing.assert_allclose(tops * np.array(factors)[:, None], np.tile(tops[-1], (len(tops), 1)))
    shown = [ax.yaxis.get_tick_params()["labelleft"] for ax in panels(figure)]
    assert shown == [True, *(one != other for one, other in pairwise(factors))]


def test_a_row_for_each_network(found):
    other = course(3, steps=(0, 4), losses=False, references=False)
    figure = plots.generalization_training({"A$x_1$": found, "B": other})
    grid = np.array(figure.axes).reshape(2, 6)
    assert [ax.axison for ax in grid[1]] == [True] * 2 + [False] * 3 + [True]
    label = grid[0, 0].yaxis.label
    assert label.get_text() == "A$x_1$\nthree phases\nstrength"
    assert not label.get_parse_math()
    check_texts(figure)


def test_unknown_steps_and_no_network_are_errors(found):
    with pytest.raises(ArgumentError, match=r"^steps: given 3; accepted: those of checkpoints: 0, 1, 2, 4, 8, 16"):
        plots.generalization_training(found, steps=[0, 3])
    with pytest.raises(ArgumentError, match=r"^dynamics: given no network; accepted: at least one"):
        plots.generalization_training({})


# What holds for both -------------------------------------------------------------------------------------------------


EDGES = {
    "one checkpoint": lambda: course(steps=(5,), references=False),
    "one sample, no losses": lambda: course(samples=1, steps=(0, 4), losses=False),
    "nothing salient at first": lambda: course(steps=(0, 2, 4), scales=(0, 1, 1)),
    "nothing salient": lambda: course(steps=(0, 4), scales=(0, 0)),
    "thirty checkpoints, n = 6": lambda: course(6, 2, tuple(20_408 * i for i in range(30)), unit="epoch"),
}
DRAW = {"course": plots.generalization_course, "training": plots.generalization_training}


@pytest.mark.parametrize("edge", EDGES)
def test_no_text_covers_another_or_is_cut(edge):
    made = EDGES[edge]()
    for draw in DRAW.values():
        check_texts(draw(made))


@pytest.mark.parametrize(("name", "size"), [("course", (4.5, 7)), ("training", (7, 3))])
def test_no_text_covers_another_or_is_cut_in_narrow_pictures(found, name, size):
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    assert DRAW[name](found, figure=figure) is figure
    check_texts(figure)


def test_the_accessor_draws_the_same(found):
    figures = [found.plot.generalization_course(Figure()), found.plot.generalization_training([0, 2], Figure())]
    assert [len(figure.axes) for figure in figures] == [3, 3]
    assert {name for name in dir(found.plot) if name[0] != "_"} == {"generalization_course", "generalization_training"}
