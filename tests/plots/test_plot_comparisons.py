"""Pictures of an intervention, of similarity by order and of two groups: the numbers, in words and marks that fit."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import check_texts, check_whiskers, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from planted_effects import interactions

from harsanyi import FixedThreshold, plots
from harsanyi.analysis import Bootstrap, TransferRule, class_similarity, compare_groups, generalizes
from harsanyi.analysis import intervention as intervene
from harsanyi.plots.style import NEGATIVE, NEUTRAL, POSITIVE, REFERENCE

QUICK = Bootstrap(draws=50)
FIXED = TransferRule(salience=FixedThreshold(0.5))


def effects(n=4, samples=12, strongest=3, seed=0):
    """AND effects (samples, 2**n) of players 0 to strongest - 1."""
    drawn = np.random.default_rng(seed).normal(size=(samples, 1 << n))
    coalitions = np.arange(1 << n)
    return drawn * (coalitions < 1 << strongest) * (coalitions > 0)


def groups(n=4, strongest=3):
    and_ = effects(n, strongest=strongest)
    and_[:5, 3] += 5.0  # the first group has a strong effect of order 2
    return compare_groups(interactions(and_), range(5), range(5, 12), salience=None, bootstrap=QUICK)


def similarity(n=4, strongest=3):
    x = interactions(effects(n, 12, strongest), labels=np.arange(12) // 2 % 2)
    return class_similarity(x, np.arange(12) % 2 == 0, np.arange(12) % 2 == 1, bootstrap=QUICK)


def removed(same=False, scale=1.0):
    target, other = interactions(scale * effects()), interactions(scale * effects() * (effects(seed=1) > -0.5))
    found = generalizes(target, target if same else other, FIXED, QUICK)
    return intervene(target, found, range(6), range(6, 12), draws=5, bootstrap=QUICK)


@pytest.fixture(scope="module")
def compared():
    return groups()


@pytest.fixture(scope="module")
def alike():
    return similarity()


@pytest.fixture(scope="module")
def done():
    return removed()


# Two groups ----------------------------------------------------------------------------------------------------------


def test_bars_of_groups_are_strengths_beside_each_other(compared):
    strength, _ = plots.group_comparison(compared).axes
    order = np.arange(1, 5)
    drawn = iter(zip(strength.containers, strength.collections, strict=True))
    for group, side in enumerate((-0.2, 0.2)):
        for whole, colour in ((compared.positive, POSITIVE), (compared.negative, NEGATIVE)):
            bars, lines = next(drawn)
            np.testing.assert_allclose([bar.get_height() for bar in bars], whole.value[group])
            np.testing.assert_allclose([bar.get_x() + bar.get_width() / 2 for bar in bars], order + side)
            check_whiskers(lines, order + side, whole.low[group], whole.high[group])
            assert to_hex(bars[0].get_edgecolor()) == colour.lower()
            assert bool(bars[0].get_hatch()) == (group == 1)  # told apart without colours


def test_curves_of_groups_are_cancellation_and_differ_by_mark_and_line(compared):
    _, ax = plots.group_comparison(compared).axes
    chosen, others = (line for line in ax.lines if line.get_marker() in "os")
    np.testing.assert_allclose(chosen.get_ydata(), compared.cancellation.value[0])
    np.testing.assert_allclose(others.get_ydata(), compared.cancellation.value[1])
    assert (chosen.get_linestyle(), others.get_linestyle()) == ("-", "--")
    assert others.get_markerfacecolor() == "white"


def test_stars_stand_where_the_groups_clearly_differ(compared):
    for ax, difference in zip(
        plots.group_comparison(compared).axes,
        (compared.strength_difference, compared.cancellation_difference),
        strict=True,
    ):
        (stars,) = [line for line in ax.lines if line.get_marker() == "*"]
        clear = (difference.low > 1e-9) | (difference.high < -1e-9)
        assert list(stars.get_xdata()) == list(1 + np.flatnonzero(clear))
    assert (compared.strength_difference.low > 0)[1]  # what was planted


def test_groups_are_named_as_they_stand(compared):
    named = replace(compared, names=("wrong $x$", "a very long name of the other group of samples"))
    figure = plots.group_comparison(named)
    assert figure._suptitle.get_text().startswith("Wrong $x$ against a very")
    assert not figure._suptitle.get_parse_math()
    assert legend_texts(figure)[0] == "5 wrong $x$"
    check_texts(figure)


# Classes -------------------------------------------------------------------------------------------------------------


def test_similarity_ceiling_and_floor_differ_by_line_and_mark(alike):
    ax = plots.similarity_by_order(alike)
    for line, lines, (name, colour, marker, style) in zip(
        ax.lines, ax.collections,
        (("similarity", POSITIVE, "o", "-"), ("ceiling", REFERENCE, "^", "--"), ("floor", NEUTRAL, "v", ":")),
        strict=True,
    ):  # fmt: skip
        estimate = getattr(alike, name)
        assert (line.get_color(), line.get_marker(), line.get_linestyle()) == (colour, marker, style)
        np.testing.assert_allclose(line.get_ydata(), estimate.value)
        assert np.isnan(line.get_ydata()[3])  # no effects of order 4
        check_whiskers(lines, line.get_xdata(), estimate.low, estimate.high)
        assert np.abs(line.get_xdata() - np.arange(1, 5)).max() < 0.2
    assert f"rank correlation {alike.trend.value:+.2f}".replace("-", "−") in ax.get_title(loc="left")


# The intervention ----------------------------------------------------------------------------------------------------


def test_bars_of_the_intervention_are_losses_and_the_gap_is_written_above(done):
    ax = plots.intervention_bars(done)
    for bars, lines, loss in zip(ax.containers, ax.collections, (done.train_loss, done.test_loss), strict=True):
        np.testing.assert_allclose([bar.get_height() for bar in bars], loss.value)
        check_whiskers(lines, [bar.get_x() + bar.get_width() / 2 for bar in bars], loss.low, loss.high)
    for way, text in enumerate(ax.texts):
        numbers = [f"{ends[way]:{form}}" for ends, form in
                   ((done.gap.value, "+.2f"), (done.gap.low, ".2f"), (done.gap.high, ".2f"))]  # fmt: skip
        assert text.get_text() == "gap {}\n({} to {})".format(*numbers).replace("-", "−")
    assert [bool(bars[0].get_hatch()) for bars in ax.containers] == [False, True]
    assert legend_texts(ax.figure) == ["6 train samples", "6 test samples", "95 % interval"]
    assert f"gap closed by {done.advantage.value:+.2f}".replace("-", "−") in ax.get_title(loc="left")


def test_nothing_to_remove_is_said():
    assert "nothing is removed" in plots.intervention_bars(removed(same=True)).get_title(loc="left")


# What holds for all --------------------------------------------------------------------------------------------------


MADE = {
    "group_comparison": [groups, lambda: groups(2, 1), lambda: groups(10, 4)],
    "similarity_by_order": [similarity, lambda: similarity(1, 1), lambda: similarity(10, 4)],
    "intervention_bars": [removed, lambda: removed(same=True), lambda: removed(scale=30.0)],
}
CASES = [(name, which) for name in MADE for which in range(3)]


@pytest.mark.parametrize(("name", "which"), CASES)
def test_no_text_covers_another_or_is_cut(name, which):
    drawn = getattr(plots, name)(MADE[name][which]())
    check_texts(drawn if isinstance(drawn, Figure) else drawn.figure)


@pytest.mark.parametrize("name", MADE)
def test_no_text_covers_another_or_is_cut_in_narrow_pictures(name):
    narrow = Figure(figsize=(4.5, 3.6), layout="constrained")
    FigureCanvasAgg(narrow)
    getattr(plots, name)(MADE[name][0](), narrow if name == "group_comparison" else narrow.add_subplot())
    check_texts(narrow)


def test_what_is_given_is_drawn_in_and_the_accessors_draw_the_same(compared, alike, done):
    figure = Figure()
    assert plots.group_comparison(compared, figure) is figure
    for draw, result in ((plots.similarity_by_order, alike), (plots.intervention_bars, done)):
        ax, other = Figure().subplots(1, 2)
        assert draw(result, ax) is ax
        assert getattr(result.plot, draw.__name__)(other) is other
        assert other.get_title(loc="left") == ax.get_title(loc="left")
    own = compared.plot.group_comparison(Figure())
    assert len(own.axes) == len(figure.axes) == 2
    assert own._suptitle.get_text() == figure._suptitle.get_text()
