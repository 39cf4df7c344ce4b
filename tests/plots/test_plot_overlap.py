"""Pictures of sets that networks have in common and of scores that find samples: the numbers, and texts that fit."""

import numpy as np
import pytest
from drawn import check_texts, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harsanyi import plots
from harsanyi.analysis import Bootstrap, Performance, confusion_overlap, detection, factor_overlap
from harsanyi.core.errors import ArgumentError

QUICK = Bootstrap(draws=30)
LONG = "low_layers_under_another_architecture"


def noisy(share, seed=0):
    first, second = np.random.default_rng(seed).normal(size=(2, 60))
    return first, share * first + (1 - share) * second


def networks(names=("one", "alike", "other $x$"), shares=(0, 0.9, 0.1)):
    first, second = noisy(0)
    rows = {name: (1 - share) * first + share * second for name, share in zip(names, shares, strict=True)}
    held = {name: Performance(row > 0, np.abs(row), (row > 0).astype(int)) for name, row in rows.items()}
    return confusion_overlap(rows, share=0.2, performance=held, bootstrap=QUICK)


def factors(pairs=5, **shares):
    shares = shares or {"nothing": 0.0, "low": 0.95, "high": 0.2, LONG: 0.7}
    return factor_overlap({factor: [noisy(share, 97 * at + which) for at in range(pairs)]
                           for which, (factor, share) in enumerate(shares.items())}, share=0.2)  # fmt: skip


def found(scores=("confusion", "loss", "entropy", "margin", "max softmax")):
    positive = np.arange(60) % 5 == 0
    rows = np.random.default_rng(0).normal(size=(len(scores), 60)) + positive
    return detection(dict(zip(scores, rows, strict=True)), positive, bootstrap=QUICK)


@pytest.fixture(scope="module")
def shared():
    return factors()


# All pairs of networks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["jaccard", "correlation", "agreement"])
def test_numbers_are_on_their_colours(value):
    overlap = networks()
    ax = plots.overlap_matrix(overlap, value)
    expected = overlap.matrix(value).to_numpy()
    off = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(ax.images[0].get_array()[off], expected[off])
    written = {text.get_position(): text.get_text().rstrip("*") for text in ax.texts}
    assert written == {
        (column, row): f"{expected[row, column]:.2f}".replace("-", "−") for row, column in np.argwhere(off)
    }
    assert [label.get_text() for label in ax.get_yticklabels()] == list(overlap.names)


def test_stars_mark_pairs_that_chance_hardly_explains():
    overlap = networks()
    ax = plots.overlap_matrix(overlap)
    starred = {tuple(sorted(map(int, text.get_position()))) for text in ax.texts if text.get_text().endswith("*")}
    assert starred == {pair for pair, p in zip(overlap.pairs, overlap.p_value, strict=True) if p < 0.05}
    assert 0 < len(starred) < 3  # some, and not all
    assert "by chance 0.11; *: p < 0.05" in ax.get_title(loc="left")


def test_unknown_values_are_refused():
    with pytest.raises(ArgumentError, match="value: given 'jaccar'; accepted: 'jaccard', 'correlation', 'agreement'"):
        plots.overlap_matrix(networks(), "jaccar")


# Factors -------------------------------------------------------------------------------------------------------------


def test_bars_are_means_dots_are_pairs_and_dashes_are_chance(shared):
    for ax, mean, values, chance in zip(
        plots.factor_bars(shared).axes, (shared.jaccard, shared.correlation),
        ([each.jaccard for each in shared.values], [each.correlation for each in shared.values]),
        (shared.chance, np.zeros(4)), strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose([bar.get_width() for bar in ax.patches], mean.value)
        for place, (dots, each) in enumerate(zip(ax.lines, values, strict=False)):
            np.testing.assert_allclose(dots.get_xdata(), each)
            assert np.abs(dots.get_ydata() - place).max() < 0.3
        whiskers, dashes = ax.collections
        np.testing.assert_allclose([line[:, 0] for line in whiskers.get_segments()], np.stack((mean.low, mean.high), 1))
        np.testing.assert_allclose([line[0, 0] for line in dashes.get_segments()], chance)


def test_stars_stand_at_factors_that_clearly_differ_from_low(shared):
    left, right = plots.factor_bars(shared).axes
    differences = shared.differences()
    for ax, measure in ((left, "jaccard"), (right, "correlation")):
        clear = {(set(pair) - {"low"}).pop() for pair, p in differences[f"{measure}_p_value"].items()
                 if "low" in pair and p < 0.05}  # fmt: skip
        assert {shared.factors[int(place)] for place in ax.lines[-1].get_ydata()} == clear
    assert clear
    assert legend_texts(left.figure)[-1] == "clearly different from 'low'"


def test_few_pairs_have_neither_stars_nor_intervals():
    assert legend_texts(plots.factor_bars(factors(1))) == ["mean", "a pair of networks", "by chance"]


# Detection -----------------------------------------------------------------------------------------------------------


def test_curves_have_their_areas_beside_them_and_differ_without_colours():
    scores = found()
    ax = plots.detection_curves(scores)
    *curves, chance = ax.lines
    for line, name, area, text in zip(curves, scores.names, scores.auc.value, legend_texts(ax.figure), strict=False):
        np.testing.assert_array_equal(line.get_xydata(), scores.curve(name).iloc[:, 1:])
        assert text.startswith(f"{name}: {area:.3f} (")
    assert len({(line.get_linestyle(), line.get_marker()) for line in curves}) == 5
    assert list(chance.get_xdata()) == list(chance.get_ydata()) == [0, 1]


# What holds for all --------------------------------------------------------------------------------------------------


MADE = {
    "overlap_matrix": [networks, lambda: networks([f"network number {i}" for i in range(7)], np.linspace(0, 1, 7)),
                       lambda: networks("ab", (0, 0))],
    "factor_bars": [factors, lambda: factors(1, low=1.0), lambda: factors(2, a=0.1, b=0.5, c=0.2, d=0.3, e=1.0, f=0.0)],
    "detection_curves": [found, lambda: found(["a very long name of a score $x$"]), lambda: found("abcdefgh")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "which"), [(name, which) for name in MADE for which in range(3)])
def test_no_text_covers_another_or_is_cut(name, which):
    drawn = getattr(plots, name)(MADE[name][which]())
    check_texts(drawn if isinstance(drawn, Figure) else drawn.figure)


@pytest.mark.parametrize("name", MADE)
def test_no_text_covers_another_or_is_cut_in_narrow_pictures(name):
    narrow = Figure(figsize=(4.5, 4.5), layout="constrained")
    FigureCanvasAgg(narrow)
    result = MADE[name][0]()
    getattr(plots, name)(result, **{"figure": narrow} if name == "factor_bars" else {"ax": narrow.add_subplot()})
    check_texts(narrow)


def test_what_is_given_is_drawn_in_and_the_accessors_draw_the_same(shared):
    figure, (ax, other) = Figure(), Figure().subplots(1, 2)
    assert shared.plot.factor_bars(figure) is figure
    assert len(figure.axes) == 2
    assert plots.detection_curves(found(), ax) is ax
    assert found().plot.detection_curves(other) is other
    assert ax.get_title(loc="left") == other.get_title(loc="left")
    assert networks().plot.overlap_matrix("correlation", ax := Figure().subplots()) is ax
