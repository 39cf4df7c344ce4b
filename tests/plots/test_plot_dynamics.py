"""Pictures of the training dynamics: what is drawn is what the numbers say, wherever they are few, many or missing."""

import inspect
from dataclasses import replace
from functools import partial
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from drawn import check_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, to_hex
from matplotlib.figure import Figure

from harsanyi import ArgumentError, Interactions, Patches, extract, plots
from harsanyi.analysis import Bootstrap, Estimate, training_dynamics
from harsanyi.analysis.theory_fit import fit_theory
from harsanyi.core.transforms import scores_from
from harsanyi.plots.columns import spread
from harsanyi.plots.dynamics_accessor import DynamicsPlots
from harsanyi.plots.scales import enlargements
from harsanyi.plots.style import ONSET, REFERENCE
from harsanyi.plots.timeline import Timeline, step_text

QUICK = Bootstrap(draws=100)
STEPS = (0, 1, 2, 4, 8, 16, 32)
VALUES = ("normalised", "strength", "positive", "negative", "cancellation")


def interactions(and_):
    """Interactions of these AND effects, (samples, 2**n)."""
    or_, zeros = np.zeros_like(and_), np.zeros(len(and_))
    objective = np.abs(and_[:, 1:]).sum(1)
    n = and_.shape[1].bit_length() - 1
    return Interactions(
        scores=scores_from(torch.from_numpy(and_), torch.from_numpy(or_)).numpy(), and_=and_, or_=or_,
        objective=objective, lower_bound=objective, gap=zeros, noise_bound=zeros, iterations=zeros.astype(np.int64),
        converged=np.ones(len(and_), bool), labels=np.zeros(len(and_), np.int64),
        names=(tuple(f"p{i}" for i in range(n)),) * len(and_), inputs=np.zeros((len(and_), n)),
    )  # fmt: skip


def course(steps=STEPS, n=5, samples=6, scales=None, seed=0):
    """Interactions whose mean order falls, then rises from two fifths on; positive and negative."""
    generator = np.random.default_rng(seed)
    order = np.array([coalition.bit_count() for coalition in range(1 << n)])
    found = {}
    for index, step in enumerate(steps):
        time = index / max(len(steps) - 1, 1)
        centre = 1.3 + n / 2 * (1 - time / 0.4 if time < 0.4 else (time - 0.4) / 0.6)
        weights = np.exp(-((order - centre) ** 2)) * (order > 0) * (1 if scales is None else scales[index])
        found[step] = interactions(generator.normal(size=(samples, 1 << n)) * weights)
    return found


def dynamics(steps=STEPS, losses=True, unit="step", **options):
    """Of such a course; the loss gap grows from the middle on."""
    count = len(steps)
    noise = np.random.default_rng(1).normal(size=(2, count, 40)) * 0.01
    train, test = noise + [[[0.0]], [[1.0]]] * np.maximum(0, np.arange(count) - count // 2)[None, :, None] * 0.1
    given = (train, test) if losses else (None, None)
    return training_dynamics(course(steps, **options), *given, unit=unit, bootstrap=QUICK)


@pytest.fixture(scope="module")
def found():
    made = dynamics()
    assert made.boundary is not None
    assert made.onset is not None
    assert made.boundary.index != made.onset.index
    return made


@pytest.fixture(scope="module")
def fit():
    made = course(scales=[1.0, 0.9, 0.8, 0.7, 0.8, 0.9, 1.0])
    return fit_theory(training_dynamics(made, bootstrap=QUICK, unit="epoch"), made[STEPS[-1]])


def nothing():
    """Dynamics without a salient effect."""
    return training_dynamics({step: interactions(np.zeros((3, 8))) for step in (0, 5)}, [1, 1], [1, 1], bootstrap=QUICK)


EDGES = {
    "one checkpoint": lambda: dynamics((0,)),
    "one sample": lambda: dynamics(samples=1),
    "no losses": lambda: dynamics(losses=False),
    "no effect": nothing,
    "fifty checkpoints, n = 3": lambda: dynamics(tuple(20_408 * i for i in range(50)), n=3),
    "n = 14, a million steps": lambda: dynamics((0, 1000, 10_000, 100_000, 1_000_000), n=14, samples=2),
    "halves of epochs": lambda: dynamics((0.5, 1.5, 2.5), unit="epoch"),
    "far apart in size": lambda: dynamics(scales=[1e-3, 1e-3, 1e-2, 0.05, 1, 30, 300]),
}


def panels(figure):
    """Axes with bars, in order."""
    return [ax for ax in figure.axes if ax.containers]


def heights(ax):
    return [[bar.get_height() for bar in container] for container in ax.containers]


def last_line_of_title(ax):
    return ax.get_title().splitlines()[-1]


def marks(ax):
    """Places of the vertical lines through the whole axes, by colour."""
    lines = [line for line in ax.lines if len(line.get_ydata()) == 2 and list(line.get_ydata()) == [0, 1]]
    return {line.get_color(): line.get_xdata()[0] for line in lines}


def spans(ax):
    """Ends of the shaded spans, by colour."""
    found = [patch for patch in ax.patches if patch.get_height() == 1 and patch.get_alpha()]
    return {to_hex(p.get_facecolor()).upper(): (p.get_x(), p.get_x() + p.get_width()) for p in found}


def curve(ax, marker):
    (line,) = [line for line in ax.lines if line.get_marker() == marker]
    return line


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


# The papers' figure --------------------------------------------------------------------------------------------------


def test_bars_and_whiskers_are_strengths_and_intervals(found):
    figure = plots.training_figure(found, steps=STEPS)
    assert [last_line_of_title(ax) for ax in panels(figure)] == [f"step {step}" for step in STEPS]
    for index, ax in enumerate(panels(figure)):
        np.testing.assert_allclose(heights(ax), [found.positive.value[index], found.negative.value[index]])
        for part, lines in zip((found.positive, found.negative), ax.collections, strict=True):
            ends = zip(range(1, 6), part.low[index], part.high[index], strict=True)
            expected = [(k, low, high) for k, low, high in ends if low < high]
            drawn = [(*{x for x, _ in segment}, *(y for _, y in segment)) for segment in lines.get_segments()]
            np.testing.assert_allclose(drawn, expected)


def test_checkpoints_chosen_are_the_first_the_boundary_the_last_and_others(found):
    titles = [ax.get_title() for ax in panels(plots.training_figure(found))]
    assert len(titles) == 5
    assert titles[0] == "step 0"
    assert titles[-1] == "step 32"
    assert f"second phase begins\nstep {found.boundary.step}" in titles
    assert [title for title in titles if "begins" in title] == [f"second phase begins\nstep {found.boundary.step}"]


def test_spread_takes_what_is_needed_and_fills_the_gaps():
    for count in range(1, 40):
        for needed in range(count):
            chosen = spread(count, [needed])
            assert chosen == sorted(set(chosen))
            assert {0, needed, count - 1} <= set(chosen) <= set(range(count))
            assert len(chosen) == min(count, 5)
            if count >= 9:
                assert max(np.diff(chosen)) <= -(-count // 2)


def test_panels_share_a_scale_unless_their_bars_are_ten_times_smaller():
    figure = plots.training_figure(EDGES["far apart in size"](), steps=STEPS)
    limits = np.array([ax.get_ylim() for ax in panels(figure)])
    factors = []
    for ax in panels(figure):
        _, enlarged, rest = ax.get_title().partition("(×")
        factors.append(float(rest.rstrip(")").replace(",", "")) if enlarged else 1.0)
        (low, high), (bottom, top) = (np.min(heights(ax)), np.max(heights(ax))), ax.get_ylim()
        assert bottom <= low <= high <= top
        assert factors[-1] == 1 or max(low / bottom, high / top) > 0.3  # they fill the panel
    assert factors[-1] == 1
    assert factors[0] > 1000
    np.testing.assert_allclose(limits * np.array(factors)[:, None], np.tile(limits[-1], (len(limits), 1)))
    assert "×k: enlarged k times" in figure._suptitle.get_text()
    shown = [ax.yaxis.get_tick_params()["labelleft"] for ax in panels(figure)]
    assert shown == [True, *(one != other for one, other in pairwise(factors))]


def test_panels_alike_in_size_are_not_enlarged(found):
    figure = plots.training_figure(found)
    assert len({ax.get_ylim() for ax in panels(figure)}) == 1
    assert not any("×" in text.get_text() for text in (*(ax.title for ax in figure.axes), figure._suptitle))


def test_enlargements_are_round_and_leave_room():
    generator = np.random.default_rng(0)
    high, low = 10 ** generator.uniform(-5, 3, 50), -(10 ** generator.uniform(-5, 3, 50))
    high[3] = low[3] = 0
    factors = np.array(enlargements(low, high))
    assert (high * factors <= high.max() * (1 + 1e-9)).all()
    assert (low * factors >= low.min() * (1 + 1e-9)).all()
    assert set(str(factor).rstrip("0") for factor in factors) <= {"1", "2", "5"}
    assert factors[3] == 1


def test_the_last_column_is_the_loss_gap_with_both_moments(found):
    figure = plots.training_figure(found)
    ax = figure.axes[-1]
    line = curve(ax, "o")
    np.testing.assert_allclose(line.get_xdata(), np.arange(7))
    np.testing.assert_allclose(line.get_ydata(), found.gap.value)
    assert marks(ax) == {REFERENCE: found.boundary.index, ONSET: found.onset.index}
    assert any(text.startswith(f"second phase begins at step {found.boundary.step}") for text in legend_texts(figure))
    assert any(
        text.startswith(f"loss gap begins to grow after step {found.onset.step}") for text in legend_texts(figure)
    )


def test_without_losses_there_is_no_last_column():
    figure = plots.training_figure(EDGES["no losses"]())
    assert figure.axes == panels(figure)
    assert not any("loss gap" in text for text in legend_texts(figure))


def test_a_row_for_each_network_with_its_own_checkpoints(found):
    other = dynamics((0, 3, 9), n=3, samples=4, losses=False)
    figure = plots.training_figure({"A$x_1$": found, "B": other})
    grid = np.array(figure.axes).reshape(2, 6)
    assert [last_line_of_title(ax) for ax in grid[1, :3]] == ["step 0", "step 3", "step 9"]
    assert [len(ax.containers[0]) for ax in grid[:, 0]] == [5, 3]
    assert all(ax.axison for ax in grid[0])
    assert [ax.axison for ax in grid[1]] == [True] * 3 + [False] * 3
    labels = [ax.yaxis.label for ax in grid[:, 0]]
    assert labels[0].get_text() == "A$x_1$\ntwo phases\nsum of effects"
    assert labels[1].get_text().startswith(f"B\n{other.verdict}")
    assert not labels[0].get_parse_math()
    assert "6 samples" in figure._suptitle.get_text()
    assert "second phase begins" in legend_texts(figure)


def test_signs_differ_by_direction_and_hatch(found):
    for ax in panels(plots.training_figure(found)):
        assert [container[0].get_hatch() for container in ax.containers] == [None, "..."]


def test_unknown_steps_and_no_network_are_errors(found):
    with pytest.raises(ArgumentError, match=r"^steps: given 3; accepted: those of checkpoints: 0, 1, 2, 4, 8, 16, 32"):
        plots.training_figure(found, steps=[0, 3])
    with pytest.raises(ArgumentError, match=r"^steps: given 'last'"):
        plots.training_figure(found, steps=["last"])
    with pytest.raises(ArgumentError, match=r"^steps: given no step"):
        plots.training_figure(found, steps=[])
    with pytest.raises(ArgumentError, match=r"^steps: given 2"):
        plots.training_figure({"one": found, "other": dynamics((0, 3, 9))}, steps=[0, 2])
    with pytest.raises(ArgumentError, match=r"^dynamics: given no network"):
        plots.training_figure({})


# The heat map --------------------------------------------------------------------------------------------------------


def test_colours_are_the_values(found):
    expected = {
        "normalised": found.normalised.value,
        "strength": found.strength[:, :, 0].mean(1) - found.strength[:, :, 1].mean(1),
        "positive": found.positive.value,
        "negative": -found.negative.value,
        "cancellation": found.cancellation.value,
    }
    assert tuple(expected) == VALUES
    for value, numbers in expected.items():
        ax = plots.order_heat_map(found, value)
        (image,) = ax.images
        np.testing.assert_allclose(image.get_array().filled(np.nan).T, numbers)
        assert image.get_extent() == [-0.5, 6.5, 0.5, 5.5]


def test_moments_are_lines_told_apart_by_dashes(found):
    ax = plots.order_heat_map(found)
    lines = {line.get_linestyle(): line.get_xdata()[0] for line in ax.lines}
    assert lines == {"--": found.boundary.index, ":": found.onset.index}
    title = ax.get_title(loc="left").replace("\n", " ")
    assert f"dashed: second phase begins at step {found.boundary.step}" in title
    assert f"dotted: loss gap begins to grow after step {found.onset.step}" in title


def test_colours_are_logarithmic_where_checkpoints_are_far_apart_in_size():
    apart = EDGES["far apart in size"]()
    (image,) = plots.order_heat_map(apart, "strength").images
    strength = apart.positive.value - apart.negative.value
    assert isinstance(image.norm, LogNorm)
    assert image.norm.vmax == pytest.approx(strength.max())
    assert image.norm.vmin == pytest.approx(strength.max(1).min() / 10)
    np.testing.assert_allclose(image.get_array().T, np.maximum(strength, image.norm.vmin))
    assert not isinstance(plots.order_heat_map(apart, "normalised").images[0].norm, LogNorm)


def test_what_has_no_value_is_hatched(found):
    missing = replace(
        found, cancellation=Estimate(np.where(np.eye(7, 5) > 0, np.nan, 0.5), *[np.full((7, 5), np.nan)] * 2)
    )
    ax = plots.order_heat_map(missing, "cancellation")
    assert np.array_equal(ax.images[0].get_array().mask.T, np.eye(7, 5) > 0)
    assert ax.patch.get_hatch()
    assert "hatched: no salient effect" in ax.get_title(loc="left").replace("\n", " ")
    assert "hatched" not in plots.order_heat_map(found).get_title(loc="left")
    assert plots.order_heat_map(nothing()).images[0].get_array().mask.all()


def test_an_unknown_value_names_the_known_ones(found):
    with pytest.raises(ArgumentError, match=r"value: given 'strenght'.*cancellation.*Did you mean 'strength'"):
        plots.order_heat_map(found, "strenght")


# The phases ----------------------------------------------------------------------------------------------------------


def test_phases_are_mean_order_and_gap_with_bands_and_moments(found):
    figure = plots.phases(found)
    for ax, estimate, marker in zip(figure.axes, (found.mean_order, found.gap), "os", strict=True):
        np.testing.assert_allclose(curve(ax, marker).get_xydata(), np.stack((np.arange(7), estimate.value), 1))
        band = ax.collections[0].get_paths()[0].vertices
        for index in range(7):
            at = band[band[:, 0] == index, 1]
            assert (at.min(), at.max()) == pytest.approx((estimate.low[index], estimate.high[index]))
        assert marks(ax) == {REFERENCE: found.boundary.index, ONSET: found.onset.index}
    assert figure.axes[0].get_title(loc="left").splitlines()[1] == "two phases; 6 samples; bands: 95 % intervals"


def test_intervals_of_the_moments_are_spans(found):
    wide = replace(found, boundary=replace(found.boundary, low=1.0, high=8.0), onset=replace(found.onset, high=32.0))
    figure = plots.phases(wide)
    for ax in figure.axes:
        assert spans(ax)[REFERENCE] == pytest.approx((1, 4))
        assert marks(ax) == {REFERENCE: found.boundary.index, ONSET: found.onset.index}
        assert spans(ax)[ONSET] == pytest.approx((STEPS.index(int(wide.onset.low)), 6))
    assert f"second phase begins at step {found.boundary.step} (interval 1 to 8)" in legend_texts(figure)
    sure = replace(found, boundary=replace(found.boundary, low=np.nan, high=np.nan))
    assert REFERENCE not in spans(plots.phases(sure).axes[0])


def test_phases_are_named_on_their_sides_of_the_boundary(found):
    first, second = plots.phases(found).axes[0].texts
    assert (first.get_text(), second.get_text()) == ("phase 1", "phase 2")
    assert first.xy[0] < found.boundary.index < second.xy[0]


def test_phases_that_are_not_seen_are_not_named():
    made = dynamics((0, 1, 2), samples=1, losses=False)
    figure = plots.phases(made)
    (ax,) = figure.axes
    assert not ax.texts
    assert not figure.legends
    assert marks(ax) == {}
    assert ax.get_title(loc="left").splitlines()[1] == made.verdict


# The theory ----------------------------------------------------------------------------------------------------------


def test_theory_is_bars_curve_and_noise(fit):
    figure = plots.theory_fit(fit, steps=STEPS)
    for index, ax in enumerate(panels(figure)):
        np.testing.assert_allclose(heights(ax), [fit.measured[index]])
        np.testing.assert_allclose(curve(ax, "o").get_ydata(), fit.predicted[index])
        assert ax.get_title() == f"epoch {STEPS[index]}\nerror {fit.error[index]:.2f}"
    assert len({ax.get_ylim() for ax in panels(figure)}) == 1
    ratio = f"{float(fit.error_ratio.value):.2f}"
    assert f"error {ratio} times that of one shape" in figure._suptitle.get_text()


def noise_drawn(fit):
    """Axes of the noise, joined values by checkpoint (NaN where none is), and places of the open marks."""
    ax = plots.theory_fit(fit).axes[-1]
    joined, alone = [line for line in ax.lines if line.get_marker() == "o"]
    assert joined.get_linestyle() == "-"
    assert alone.get_linestyle() == "None"
    return ax, joined.get_ydata(), dict(alone.get_xydata())


def test_noise_of_0_and_infinity_stands_apart(fit):
    sigma2 = np.array([np.inf, 3.0, 0.02, 0.0, 1e-3, 1e-4, 0.0])
    ax, joined, alone = noise_drawn(replace(fit, sigma2=Estimate(sigma2, sigma2, sigma2)))
    ordinary = np.array([0, 1, 1, 0, 1, 1, 0], bool)
    np.testing.assert_allclose(joined[ordinary], sigma2[ordinary])
    assert np.isnan(joined[~ordinary]).all()
    assert set(alone) == {0, 3, 6}
    assert alone[0] > 10 * 3 * 0.99
    assert alone[3] == alone[6] < 1e-4
    ticks = dict(zip((tick.get_text() for tick in ax.get_yticklabels()), ax.get_yticks(), strict=True))
    assert ticks["∞"] == alone[0]
    assert ticks["0"] == alone[3]
    assert ticks["10⁻⁴"] == pytest.approx(1e-4)


def test_intervals_of_the_noise_reach_0_and_infinity(fit):
    value = np.full(7, 0.1)
    low, high = np.array([0.0, *[0.01] * 6]), np.array([np.inf, *[0.1] * 5, 1.0])
    ax, _, _ = noise_drawn(replace(fit, sigma2=Estimate(value, low, high)))
    ticks = dict(zip((tick.get_text() for tick in ax.get_yticklabels()), ax.get_yticks(), strict=True))
    segments = ax.collections[0].get_segments()
    assert len(segments) == 7
    np.testing.assert_allclose(segments[0][:, 1], [ticks["0"], ticks["∞"]])
    np.testing.assert_allclose(segments[6][:, 1], [0.01, 1.0])


@pytest.mark.parametrize("value", [0.0, np.inf])
def test_noise_that_is_always_0_or_infinite_is_drawn(fit, value):
    constant = np.full(7, value)
    ax, joined, alone = noise_drawn(replace(fit, sigma2=Estimate(constant, constant * np.nan, constant * np.nan)))
    assert np.isnan(joined).all()
    assert len(alone) == 7
    ax.figure.draw_without_rendering()


def test_theory_marks_where_the_judged_checkpoints_begin(fit):
    ax = plots.theory_fit(replace(fit, second_phase=True, judged=np.arange(7) >= 3)).axes[-1]
    assert marks(ax) == {REFERENCE: 3}
    assert marks(plots.theory_fit(replace(fit, second_phase=False)).axes[-1]) == {}


def test_theory_knows_its_steps(fit):
    with pytest.raises(ArgumentError, match="steps: given 3; accepted: those of checkpoints: 0, 1"):
        plots.theory_fit(fit, steps=[3])


# What holds for all --------------------------------------------------------------------------------------------------


DRAW = {
    "training_figure": plots.training_figure,
    "phases": plots.phases,
    **{value: lambda x, value=value: plots.order_heat_map(x, value).figure for value in VALUES},
}
CHECKED = [*product(EDGES, ("training_figure", "phases", "normalised")),
           *product(("no effect", "far apart in size"), VALUES[1:])]  # fmt: skip


@pytest.mark.parametrize(("edge", "name"), CHECKED)
def test_no_two_texts_overlap_and_none_is_cut(edge, name):
    check_texts(DRAW[name](EDGES[edge]()))


def test_no_two_texts_overlap_in_a_row_for_each_network():
    chosen = ("no losses", "fifty checkpoints, n = 3", "far apart in size")
    check_texts(plots.training_figure({name: EDGES[name]() for name in chosen}))


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_figures_and_axes_given_are_used(found, fit, layout):
    for draw, given, axes in (
        (partial(plots.training_figure, steps=[0, 32]), found, 3), (plots.phases, found, 2),
        (partial(plots.theory_fit, steps=[0, 32]), fit, 3),
    ):  # fmt: skip
        figure = Figure(figsize=(9, 4), layout=layout)
        FigureCanvasAgg(figure)
        assert draw(given, figure=figure) is figure
        assert len(figure.axes) == axes
        figure.canvas.draw()
    figure = Figure(figsize=(9, 4), layout=layout)
    ax = figure.subplots(1, 2)[0]
    assert plots.order_heat_map(found, ax=ax) is ax
    FigureCanvasAgg(figure).draw()


@pytest.mark.parametrize("width", [1.5, 3, 7])
@pytest.mark.parametrize("steps", [(5,), STEPS, tuple(range(0, 1_000_001, 20_000)), (0.25, 0.5, 1e6 + 0.5)])
def test_numbers_of_checkpoints_never_touch(width, steps):
    figure = Figure(figsize=(width, 2))
    ax = figure.add_axes((0, 0, 1, 1))
    timeline = Timeline(np.array(steps), "epoch", (len(steps) // 2,))
    timeline.draw(ax)
    FigureCanvasAgg(figure).draw()
    places, labels = ax.get_xticks(), ax.get_xticklabels()
    assert [label.get_text() for label in labels] == [step_text(steps[int(place)]) for place in places]
    boxes = [label.get_window_extent() for label in labels]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert {0, len(steps) - 1} <= set(places)
    assert len(steps) // 2 in places or width < 3
    minor = len(ax.get_xticks(minor=True))
    assert minor + len(places) >= len(steps) if len(steps) <= 40 else minor == 0
    assert timeline.at(steps[-1]) == len(steps) - 1


def test_the_accessor_has_the_same_pictures(found):
    for name in ("training_figure", "order_heat_map", "phases"):
        ours, theirs = (inspect.signature(getattr(part, name)).parameters for part in (DynamicsPlots, plots))
        assert [(p.name, p.default, p.annotation) for p in list(ours.values())[1:]] == [
            (p.name, p.default, p.annotation) for p in list(theirs.values())[1:]
        ]
    assert found.plot.training_figure([0])._repr_png_() == plots.training_figure(found, [0])._repr_png_()
    assert found.plot.phases()._repr_png_() == plots.phases(found)._repr_png_()
    ax = found.plot.order_heat_map("positive")
    assert ax.images[0].get_array().max() == found.positive.value.max()
    assert {name for name in dir(found.plot) if name[0] != "_"} == {"training_figure", "order_heat_map", "phases"}


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_training_end_to_end(tmp_path, one_thread):
    from safetensors.torch import load_file

    from harsanyi.training import named_recipe, train

    recipe = named_recipe("digits")
    data = recipe.data()
    run = train(recipe.network, data, replace(recipe.recipe, epochs=4, checkpoints=3), tmp_path, progress=False)
    network, made = recipe.network().eval(), {}
    for step, path in zip(run.steps, run.paths, strict=True):
        network.load_state_dict(load_file(path))
        players = Patches(grid=4, n=5, seed=0)
        made[step] = extract(network, data.test_inputs[:4], data.test_labels[:4], players=players, progress=False)
    measured = training_dynamics(made, run.losses.train_loss, run.losses.test_loss, unit="epoch", bootstrap=QUICK)
    figures = [measured.plot.training_figure(), measured.plot.phases(), measured.plot.order_heat_map().figure]
    figures.append(plots.theory_fit(fit_theory(measured, made[4])))
    for figure in figures:
        assert figure._repr_png_().startswith(b"\x89PNG")
    assert [ax.get_title().splitlines()[-1].split(" (")[0] for ax in panels(figures[0])] == [
        f"epoch {step}" for step in run.steps
    ]
