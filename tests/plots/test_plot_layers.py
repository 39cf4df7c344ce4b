"""Pictures of layers: what is drawn are the numbers, warnings are marked, no text covers another or is cut off."""

import numpy as np
import pytest
from drawn import check_texts, check_whiskers, legend_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from planted_effects import interactions as planted

from harsanyi import ArgumentError, FixedThreshold, plots
from harsanyi.analysis import Bootstrap, generalization_capacity, layer_by_layer, layer_course, stability

QUICK = Bootstrap(draws=20)
FIXED = {"salience": FixedThreshold(0.3), "bootstrap": QUICK}
NAMES = ("age", "mean radius", "worst texture", "a rather long name")


def effects(seed, samples, n):
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(2, samples, 1 << n)) * (generator.random((2, 1, 1 << n)) < 0.6)
    values[:, :, 0] = 0
    values[1][:, [1 << i for i in range(n)]] = 0
    return values


def layers(names, samples=5, n=4, seed=0):
    players = (NAMES if n == 4 else tuple(f"p{i}" for i in range(n)),) * samples
    return {name: planted(*effects(seed + at, samples, n), names=players) for at, name in enumerate(names)}


def compared(names=("embed", "block 1", "block 2", "output"), samples=5, n=4, **options):
    return layer_by_layer(layers(names, samples, n), **{**FIXED, "normalized": False, **options})


@pytest.fixture(scope="module")
def found():
    return compared(warnings={"block 1": "the probe has not converged."})


@pytest.fixture(scope="module")
def capacity():
    both = (layers(("low", "output"), seed=seed) for seed in (0, 9))
    return generalization_capacity(*both, **FIXED)


@pytest.fixture(scope="module")
def steady():
    return stability(layers(("low", "output")), [layers(("low", "output"), seed=seed) for seed in (3, 6, 9)], **FIXED)


@pytest.fixture(scope="module")
def course():
    checkpoints = {step: layers(("low", "output"), seed=step) for step in (0, 10, 2000)}
    return layer_course(checkpoints, normalized=False, **FIXED)


def test_parts_are_stacked_and_up_and_down(found):
    figure = plots.layer_parts(found)
    assert len(figure.axes) == 3
    for at, ax in enumerate(figure.axes):
        heights = [[bar.get_height() for bar in container] for container in ax.containers]
        starts = [[bar.get_y() for bar in container] for container in ax.containers]
        for row, direction in enumerate((1, -1)):
            strength = found.to_last.strength.value[at, :, row, :-1]
            np.testing.assert_allclose(heights[3 * row : 3 * row + 3], direction * strength)
            np.testing.assert_allclose(starts[3 * row + 2], direction * (strength[0] + strength[1]))
        assert [container[0].get_hatch() for container in ax.containers[:3]] == [None, "...", "/////"]
    assert figure.axes[1].get_title(loc="left").startswith("block 1 *\ncomplete ")
    assert legend_texts(figure)[-1] == "* the probe warns"


def test_shares_are_two_curves_that_differ_by_mark_and_dash(found):
    ax = plots.layer_shares(found)
    for line, lines, held in zip(ax.lines, ax.collections, (found.completeness, found.redundancy), strict=True):
        np.testing.assert_allclose(line.get_ydata(), held.value)
        check_whiskers(lines, line.get_xdata(), held.low, held.high)
    assert [(line.get_linestyle(), line.get_marker()) for line in ax.lines] == [("-", "o"), ("--", "s")]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["embed", "block 1 *", "block 2", "output"]
    assert legend_texts(ax.figure)[-1] == "the probe warns"


def test_the_flow_has_bands_as_thick_as_what_is_shared(found):
    ax = plots.layer_flow(found)
    shared, forgotten, new = found.to_next.strength.value[:, :, -1, -1].T
    heights = [bar.get_height() for bar in ax.containers[0]]
    np.testing.assert_allclose(heights[:-1], shared + forgotten)
    np.testing.assert_allclose(heights[1:], shared + new)
    bands = ax.collections
    for at in range(3):
        band, dying, born = (bands[3 * at + part].get_paths()[0].vertices for part in range(3))
        for drawn, place, low, high in (
            (band, band[:, 0].min(), forgotten[at], heights[at]), (band, band[:, 0].max(), 0, shared[at]),
            (dying, dying[:, 0].min(), 0, forgotten[at]), (born, born[:, 0].max(), shared[at], heights[at + 1]),
        ):  # fmt: skip
            ends = drawn[np.isclose(drawn[:, 0], place), 1]
            np.testing.assert_allclose((ends.min(), ends.max()), (low, high), atol=1e-9)
    assert ax.texts[0].get_text() == f"−{100 * forgotten[0] / heights[0]:.0f} %"


def test_followed_interactions_have_their_values_and_salience(found):
    ax = plots.followed_interactions(found, 2, 4)
    table = found.follow(2, 4)
    shown = np.where(table.xs("salient", axis=1, level="what"), table.xs("effect", axis=1, level="what"), 0)
    np.testing.assert_allclose(ax.images[0].get_array(), shown)
    players, kind, _, _ = table.index[0]
    assert ax.get_yticklabels()[0].get_text().startswith(f"{kind}: {players[:6]}")
    texts = [text.get_text() for text in ax.texts]
    assert len(texts) == 16
    hidden = ~table.xs("salient", axis=1, level="what").to_numpy().ravel()
    assert [text[0] in "(0" for text in texts] == hidden.tolist()
    with pytest.raises(ArgumentError, match="sample: given 5"):
        plots.followed_interactions(found, 5)


def test_measures_by_order_are_a_line_a_layer(capacity, steady):
    for ax, held in (
        (plots.capacity_by_order(capacity), capacity.iou), (plots.stability_by_order(steady), steady.stability)
    ):  # fmt: skip
        for at, line in enumerate(ax.lines):
            np.testing.assert_allclose(line.get_ydata(), held.value[at, -1, :-1])
        assert len({(line.get_marker(), line.get_linestyle()) for line in ax.lines}) == 2
        assert legend_texts(ax.figure) == ["low", "output", "95 % interval"]
    assert "3 noisy draws a sample" in plots.stability_by_order(steady).get_title(loc="left")


def test_the_heat_map_has_a_row_a_layer(course):
    for value in ("completeness", "redundancy"):
        ax = plots.layer_heat_map(course, value)
        np.testing.assert_allclose(ax.images[0].get_array(), getattr(course, value).value.T)
        assert [text.get_text() for text in ax.texts][:3] == [
            f"{100 * share:.0f}" for share in getattr(course, value).value[:, 0]
        ]
        check_texts(ax.figure)
    with pytest.raises(ArgumentError, match=r"value: given 'complete'.*Did you mean 'completeness'"):
        plots.layer_heat_map(course, "complete")


DEEP = ("transformer.wte", *(f"transformer.h.{block}.mlp.out" for block in range(8)), "output")
CASES = {
    "usual": compared,
    "two layers": lambda: compared(("hidden", "output")),
    "one sample": lambda: compared(samples=1),
    "deep": lambda: compared(DEEP, 2, 3),
    "nothing below": lambda: layer_by_layer(
        {"low": planted(np.zeros((3, 4))), "output": planted(np.eye(3, 4, 1))}, normalized=False, **FIXED
    ),
}
OF_LAYERS = ("layer_parts", "layer_shares", "layer_flow", "followed_interactions")


def check_all_texts(figure):
    """As `check_texts`; names that slope lie apart though the boxes around them do not."""
    figure.draw_without_rendering()
    for ax in figure.axes:
        sloping = [label for label in ax.get_xticklabels() if label.get_rotation() == 35]
        under = [ax.xaxis.label, *(ax.get_legend().get_texts() if ax.get_legend() else [])]
        for label in sloping:
            box = label.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1
            assert figure.bbox.y0 - 1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1
            assert not any(box.overlaps(text.get_window_extent()) for text in under)
        if sloping:
            ax.set_xticklabels([])
    check_texts(figure)


@pytest.mark.parametrize("case", CASES)
def test_no_text_covers_another_or_is_cut(case):
    x = CASES[case]()
    for name in OF_LAYERS:
        drawn = getattr(plots, name)(x)
        check_all_texts(drawn if isinstance(drawn, Figure) else drawn.figure)


@pytest.mark.parametrize("name", OF_LAYERS[1:])
def test_no_text_covers_another_or_is_cut_in_narrow_pictures(found, name):
    narrow = Figure(figsize=(4.2, 4), layout="constrained")
    FigureCanvasAgg(narrow)
    ax = narrow.add_subplot()
    assert getattr(plots, name)(found, ax=ax) is ax
    check_all_texts(narrow)


def test_accessors_draw_the_same(found, capacity, steady, course):
    for result, names in (
        (found, OF_LAYERS), (capacity, ["capacity_by_order"]), (steady, ["stability_by_order"]),
        (course, ["layer_heat_map"]),
    ):  # fmt: skip
        assert {name for name in dir(result.plot) if name[0] != "_"} == set(names)
        for name in names:
            getattr(result.plot, name)()
