"""Pictures of what generalizes: shares, strengths up and down, ceilings and floors, at any number of orders."""

import numpy as np
import pytest
from drawn import check_texts, check_whiskers, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from planted_effects import interactions

from harsanyi import FixedThreshold, plots
from harsanyi.analysis import Bootstrap, TransferRule, generalizes
from harsanyi.plots.style import NEGATIVE, POSITIVE

QUICK = Bootstrap(draws=50)
FIXED = TransferRule(salience=FixedThreshold(0.5))
PICTURES = ("generalization_rate", "generalization_bars")


def effects(n, samples, strongest, seed=0):
    """AND effects (samples, 2**n) of players 0 to strongest - 1."""
    drawn = np.random.default_rng(seed).normal(size=(samples, 1 << n))
    coalitions = np.arange(1 << n)
    return 2 * drawn * (coalitions < 1 << strongest) * (coalitions > 0)


def made(n=4, samples=8, strongest=3, **references):
    """A network, and another that lacks some of its interactions; `references` with all kinds of them."""
    target = effects(n, samples, strongest)
    kept = [
        target * (effects(n, samples, strongest, seed) > threshold) for seed, threshold in ((1, 0), (2, -1), (3, 1))
    ]
    baseline, ceiling, floor = map(interactions, kept)
    if references.get("references", True):
        references = {"ceilings": ceiling, "floors": floor}
    return generalizes(interactions(target), baseline, FIXED, QUICK, **references)


@pytest.fixture(scope="module")
def found():
    return made()


def test_the_rate_and_each_reference_are_lines_with_intervals_that_differ_by_dashes_and_marks(found):
    ax = plots.generalization_rate(found)
    assert [reference.name for reference in found.references] == [
        "another seed", "extracted again", "untrained", "other samples"
    ]  # fmt: skip
    drawn = zip(ax.lines, ax.collections, [found, *found.references], strict=True)
    for line, lines, held in drawn:
        np.testing.assert_allclose(line.get_ydata(), held.rate.value)
        assert np.isnan(line.get_ydata()[3])  # nothing salient of order 4
        assert np.abs(line.get_xdata() - np.arange(1, 5)).max() < 0.3
        check_whiskers(lines, line.get_xdata(), held.rate.low, held.rate.high)
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--", "--", ":", ":"]
    assert len({line.get_marker() for line in ax.lines}) == 5
    named = [f"{r.kind}: {r.name} (H = {r.power.value:.2f})" for r in found.references]
    assert legend_texts(ax.figure) == ["this network", *named, "95 % interval"]


def test_strength_that_generalizes_goes_up_and_the_rest_down(found):
    ax = plots.generalization_bars(found)
    order, containers, collections = np.arange(1, 5), iter(ax.containers), iter(ax.collections)
    for part, direction in enumerate((1, -1)):
        positive, negative = found.positive, found.negative
        inner, outer = next(containers), next(containers)
        np.testing.assert_allclose([bar.get_height() for bar in inner], direction * positive.value[part])
        np.testing.assert_allclose([bar.get_height() for bar in outer], -direction * negative.value[part])
        np.testing.assert_allclose([bar.get_y() for bar in outer], direction * positive.value[part])
        assert [bars[0].get_hatch() for bars in (inner, outer)] == [None, "..."]
        ends = np.sort(direction * np.stack((positive.low[part], positive.high[part])), 0)
        check_whiskers(next(collections), order - 0.17, *ends)
        beyond = np.stack((negative.low[part], negative.high[part]))
        check_whiskers(next(collections), order + 0.17, *np.sort(direction * (positive.value[part] - beyond), 0))
    assert [text.get_text() for text in ax.texts] == ["generalize ↑", "do not ↓"]
    assert legend_texts(ax.figure) == ["positive effects", "|negative effects|", "95 % interval"]
    ax.figure.draw_without_rendering()
    assert not any("−" in label.get_text() for label in ax.get_yticklabels())  # sizes: the direction says which part


def test_what_is_drawn_has_the_height_of_all_salient_strength(found):
    low, high = plots.generalization_bars(found).get_ylim()
    whole = (found.positive.value - found.negative.value).max(1)
    assert low < -whole[1] < whole[0] < high


@pytest.mark.parametrize("name", PICTURES)
def test_the_title_tells_the_share_of_the_strength(found, name):
    title = getattr(plots, name)(found).get_title(loc="left").replace("\n", " ")
    power = found.power
    assert f"is {power.value:.2f} ({power.low:.2f} to {power.high:.2f}); 8 samples" in title


@pytest.mark.parametrize("name", PICTURES)
def test_the_accessor_draws_the_same_and_axes_are_used(found, name):
    ax, other = Figure().subplots(1, 2)
    assert getattr(plots, name)(found, ax) is ax
    assert getattr(found.plot, name)(other) is other
    assert other.get_title(loc="left") == ax.get_title(loc="left")
    assert {name for name in dir(found.plot) if name[0] != "_"} == set(PICTURES)


CASES = {
    "one sample": lambda: made(samples=1, references=False),
    "one player": lambda: made(1, 3, 1),
    "n = 10": lambda: made(10, 3, 4, references=False),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", PICTURES)
def test_no_text_covers_another_or_is_cut(case, name):
    check_texts(getattr(plots, name)(CASES[case]()).figure)


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_covers_another_or_is_cut_in_narrow_pictures(found, name):
    narrow = Figure(figsize=(3.6, 3.8), layout="constrained")
    FigureCanvasAgg(narrow)
    getattr(plots, name)(found, narrow.add_subplot())
    check_texts(narrow)


def test_signs_are_blue_and_vermillion(found):
    positive, negative = plots.generalization_bars(found).get_legend().legend_handles[:2]
    assert positive.get_facecolor()[:3] == pytest.approx([int(POSITIVE[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    assert negative.get_edgecolor()[:3] == pytest.approx([int(NEGATIVE[i : i + 2], 16) / 255 for i in (1, 3, 5)])
