"""Dynamics over checkpoints: planted courses whose phases, onset and measures are known."""

from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest
from planted_effects import interactions

from harsanyi import ArgumentError, FixedThreshold, MaxEffect
from harsanyi.analysis import Bootstrap, training_dynamics
from harsanyi.analysis.phases import find_boundary, find_onset, turning
from harsanyi.analysis.shapes import binomial_shares, shape_of
from harsanyi.core.theory import null_strength
from harsanyi.report.highlights import over_fitting

QUICK = Bootstrap(draws=200)
STEPS = (0, 1, 2, 4, 8, 16)
FALLS_AND_RISES = (3.0, 2.2, 1.5, 1.2, 2.0, 2.6)  # least at step 4
ONLY_FALLS = (3.0, 2.2, 1.8, 1.5, 1.3, 1.2)


def with_mean_order(order, samples, generator, n=4, spread=0.3):
    """Each sample has one effect of order 1 and one of order n, of the given mean order on average."""
    share = (order - 1) / (n - 1)
    strength = generator.uniform(1 - spread, 1 + spread, (2, samples))
    and_ = np.zeros((samples, 1 << n))
    and_[:, 1] = (1 - share) * strength[0]
    and_[:, -1] = share * strength[1]
    return interactions(and_)


def course(orders, samples=20, seed=0, **options):
    generator = np.random.default_rng(seed)
    return [
        (step, with_mean_order(order, samples, generator, **options))
        for step, order in zip(STEPS, orders, strict=False)
    ]


def random_effects(samples=5, n=4, seed=0):
    generator = np.random.default_rng(seed)
    and_, or_ = generator.normal(size=(2, samples, 1 << n)) * (generator.random((2, samples, 1 << n)) < 0.7)
    or_[:, [0, *(1 << i for i in range(n))]] = 0
    return interactions(and_, or_)


# Measures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [None, FixedThreshold(0.8), "score_range", MaxEffect()])
def test_measures_are_their_definitions(rule):
    made = {step: random_effects(seed=step) for step in (3, 7)}
    found = training_dynamics(made, salience=rule, high_order=3, bootstrap=QUICK)
    for index, x in enumerate(made.values()):
        threshold = x.salient(FixedThreshold(0.0) if rule is None else rule).threshold
        kept = {k: [] for k in range(1, 5)}  # of each order, a list of effects for each sample
        for k, rows in kept.items():
            coalitions = [sum(1 << i for i in players) for players in combinations(range(4), k)]
            for sample in range(len(x)):
                effects = [float(side[sample, c]) for side in (x.and_, x.or_) for c in coalitions]
                rows.append([e for e in effects if e and abs(e) >= threshold[sample]])
        positive = [sum(e for row in kept[k] for e in row if e > 0) / len(x) for k in kept]
        negative = [sum(e for row in kept[k] for e in row if e < 0) / len(x) for k in kept]
        strength = np.subtract(positive, negative)
        assert found.positive.value[index] == pytest.approx(positive)
        assert found.negative.value[index] == pytest.approx(negative)
        assert found.normalised.value[index] == pytest.approx(strength / strength.mean())
        assert found.salient_count.value[index] == pytest.approx(sum(len(r) for k in kept for r in kept[k]) / len(x))
        for k, rows in kept.items():
            shares = [1 - abs(sum(row)) / sum(map(abs, row)) for row in rows if row]
            expected = np.mean(shares) if shares else np.nan
            assert found.cancellation.value[index, k - 1] == pytest.approx(expected, nan_ok=True)
        sums = np.array([[sum(map(abs, row)) for row in rows] for rows in kept.values()])  # (n, samples)
        has = sums.sum(0) > 0
        assert found.counted[index] == has.sum()
        of_samples = [1, 2, 3, 4] @ sums[:, has] / sums[:, has].sum(0)
        assert found.mean_order.value[index] == pytest.approx(of_samples.mean())
        shares = sums[2:, has].sum(0) / sums[:, has].sum(0)
        assert found.high_order_share.value[index] == pytest.approx(shares.mean())


def test_every_sample_counts_alike_but_those_without_strength():
    and_ = np.zeros((3, 8))
    and_[0, 1], and_[1, 7] = 1, 100  # of orders 1 and 3; the third sample has no effect
    found = training_dynamics([(0, interactions(and_)), (1, interactions(0 * and_))], salience=None, bootstrap=QUICK)
    assert found.mean_order.value[0] == 2
    assert found.high_order_share.value[0] == 0.5
    assert found.counted.tolist() == [2, 0]
    assert found.table()["counted"].tolist() == [2, 0]
    assert (found.mean_order.low[0], found.mean_order.high[0]) == (1, 3)
    assert np.isnan([found.mean_order.value[1], found.mean_order.low[1], found.cancellation.value[0, 1]]).all()
    assert found.normalised.value[0] == pytest.approx(np.array([1, 0, 100]) * 3 / 101)  # here by strength


def test_threshold_is_one_for_each_checkpoint():
    and_ = np.zeros((2, 8))
    and_[0, [1, 7]] = 10, 0.2  # mean score range 5.1, threshold 0.153
    and_[1, 1] = 0.0
    found = training_dynamics([(0, interactions(and_)), (1, interactions(10 * and_))], bootstrap=QUICK)
    assert found.salient_count.value.tolist() == [1, 1]
    and_[1, 1] = 10  # range 10.1, threshold 0.303: the effect of 0.2 is no longer salient
    assert training_dynamics([(0, interactions(and_))], bootstrap=QUICK).mean_order.value[0] == 1


def test_cancellation_is_within_samples():
    and_ = np.zeros((2, 4))
    and_[:, 1] = 1, -1  # cancels between samples only
    and_[:, 2] = 1, -1
    assert training_dynamics([(0, interactions(and_))], bootstrap=QUICK).cancellation.value[0, 0] == 0
    and_[:, 2] = -1, 1
    assert training_dynamics([(0, interactions(and_))], salience=None, bootstrap=QUICK).cancellation.value[0, 0] == 1


# The phase boundary --------------------------------------------------------------------------------------------------


def test_planted_boundary():
    found = training_dynamics(course(FALLS_AND_RISES), bootstrap=QUICK)
    assert found.mean_order.value == pytest.approx(FALLS_AND_RISES, abs=0.15)
    assert found.verdict == "two phases"
    assert (found.boundary.index, found.boundary.step) == (3, 4)
    assert found.boundary.low <= 4 <= found.boundary.high
    assert found.boundary.share == 1
    assert found.sentences()[0].startswith("Two phases: ")
    text = " ".join(found.sentences())
    assert "second phase begins at step 4 (95 % interval " in text
    assert "between the steps 2 and 8" in text


def test_words_speak_of_the_unit():
    found = training_dynamics(course(FALLS_AND_RISES), *losses((0, 0, 0, 0, 0, 1.0)), unit="epoch", bootstrap=QUICK)
    assert (found.unit, found.to_xarray().attrs["unit"]) == ("epoch", "epoch")
    text = " ".join(found.sentences())
    assert "begins at epoch 4 (" in text
    assert "That is 4 epochs after" in text
    assert "step" not in text


def test_words_say_why_no_phase_is_seen():
    def first(orders):
        return training_dynamics(course(orders), bootstrap=QUICK).sentences()[0]

    assert "least at the last checkpoint; longer training" in first(ONLY_FALLS)
    assert "rises by no more than resampling the samples alone makes" in first((3.0, 2.2, 1.8, 1.5, 1.22, 1.23))
    assert "least at the first checkpoint" in first(ONLY_FALLS[::-1])
    assert "falls by no more than resampling" in first((1.23, 1.22, 1.5, 1.8, 2.2, 3.0))


@pytest.mark.parametrize(
    ("orders", "verdict"),
    [
        (ONLY_FALLS, "no second phase seen"),
        ((3.0, 2.2, 1.8, 1.5, 1.22, 1.23), "no second phase seen"),  # a rise within noise
        ((2.0,) * 6, "no second phase seen"),
        (ONLY_FALLS[::-1], "no first phase seen"),
    ],
)
def test_courses_without_two_phases(orders, verdict):
    found = training_dynamics(course(orders), bootstrap=QUICK)
    assert found.boundary is None
    assert found.distance is None
    assert found.verdict == verdict
    assert found.sentences()[0].lower().startswith(verdict)


def test_boundary_is_uncertain_where_two_checkpoints_are_alike():
    found = training_dynamics(course((3.0, 2.2, 1.2, 1.2, 2.0, 2.6)), bootstrap=QUICK)
    assert (found.boundary.low, found.boundary.high) == (2, 4)


def test_noise_alone_seldom_makes_a_second_phase():
    generator = np.random.default_rng(0)
    seen = 0
    for _ in range(60):
        values = generator.normal(2, 0.5, (30, 12))
        seen += find_boundary(np.arange(12), values.mean(0), QUICK.means(values), 0.95)[0] is not None
    assert seen <= 7  # 5 % expected at most


def test_turning_is_the_last_of_several_and_leaves_out_what_is_missing():
    index, fall, rise = turning(np.array([np.nan, 3, 1, 1, np.nan, 2.5, 2]))
    assert (index, fall, rise) == (3, 2, 1.5)


# The onset -----------------------------------------------------------------------------------------------------------


def losses(gap, samples=400, seed=0, noise=0.3):
    generator = np.random.default_rng(seed)
    test, train = 1 + noise * generator.normal(size=(2, len(gap), samples))
    return train, test + np.asarray(gap)[:, None]


def test_planted_onset_and_its_distance():
    train, test = losses((0, 0, 0, 0, 0.5, 1.0))
    found = training_dynamics(course(FALLS_AND_RISES), train, test, bootstrap=QUICK)
    assert found.gap.value == pytest.approx(test.mean(1) - train.mean(1))
    assert (found.onset.step, found.onset.low, found.onset.high, found.onset.share) == (4, 4, 4, 1)
    assert (found.distance.value, found.distance_checkpoints.value) == (0, 0)
    assert found.distance.low <= 0 <= found.distance.high
    assert found.sentences()[-1].startswith("That is at the start of the second phase")
    late = training_dynamics(course(FALLS_AND_RISES), *losses((0, 0, 0, 0, 0, 1.0)), bootstrap=QUICK)
    assert (late.onset.step, late.distance.value, late.distance_checkpoints.value) == (8, 4, 1)
    assert late.sentences()[-1].startswith("That is 4 steps after")


def test_mean_losses_have_no_interval():
    train, test = losses((0, 0, 0, 0, 0.5, 1.0))
    found = training_dynamics(course(FALLS_AND_RISES), train.mean(1), test.mean(1), bootstrap=QUICK)
    assert found.onset.step == 4
    assert found.distance.value == 0
    assert np.isnan([found.onset.low, found.onset.share, found.distance.low, *found.gap.low]).all()


@pytest.mark.parametrize(
    ("gap", "onset"),
    [
        ((0.01, 0, 0.01, 0, 0.4, 1), 3),
        ((0, 0.01, 0, 0.5, 0, 1), 4),  # leaves, returns, leaves for good
        ((0, 0.01, 0, 1, 1, 0), None),  # returns at the end
        ((0, 0.01, 0, -1, -1, -1), None),  # below is not over-fitting
        ((0, 0.01, 0, -0.3, 0.2, 1), 3),
        ((0.2,) * 6, None),
        ((0, 0, 1), None),  # no more than the early checkpoints
        ((0, 0, 0, 0.04, 0.5, 1), 3),  # within the floor of 5 %
    ],
)
def test_onset_by_hand(gap, onset):
    found = find_onset(np.arange(len(gap)), np.array(gap, float), np.empty((0, len(gap))), 3, 0.05, 0.95)
    assert (None if found is None else found.index) == onset


def test_band_is_as_wide_as_the_noise_of_the_losses():
    steps, gap = np.arange(6), np.array([0, 0, 0, 0.2, 0.3, 1.0])
    noise = np.random.default_rng(0).normal(size=(500, 1))
    quiet, loud = (
        find_onset(steps, gap, gap + size * noise * [1, -1, 1, 0, 0, 0], 3, 0.05, 0.95) for size in (0, 0.12)
    )
    assert (quiet.index, loud.index) == (2, 3)  # 1.96 * 0.12 lies between 0.2 and 0.3


def test_onset_that_some_resamplings_do_not_see():
    gap = np.array([0, 0.01, 0, 0, 0, 0.5])
    drawn = np.stack([gap, gap, gap, gap * [1, 1, 1, 1, 1, 0]])
    found = find_onset(np.arange(6), gap, drawn, 3, 0.05, 0.95)
    assert (found.index, found.share, found.low, found.high) == (4, 0.75, 4, 5)


def test_words_say_that_the_gap_falls_before_it_grows():
    made = course(FALLS_AND_RISES)
    fell = training_dynamics(made, *losses((0, 0, 0, -0.5, 0.5, 1.0)), bootstrap=QUICK)
    assert "falls to -0.496 at step 4, as happens where some training labels are wrong" in fell.sentences()[3]
    assert "leaves its early noise band for good after step" in fell.sentences()[3]
    for gap in ((0, 0, 0, -0.01, 0.5, 1.0), (0, 0, 0, 0, 0.5, 1.0)):
        assert "falls to" not in " ".join(training_dynamics(made, *losses(gap), bootstrap=QUICK).sentences())


@pytest.mark.parametrize("count", [3, 6])
def test_few_checkpoints_do_not_say_that_the_gap_stays(count):
    made = course(FALLS_AND_RISES[:count])
    said = " ".join(training_dynamics(made, *losses((0,) * count), bootstrap=QUICK).sentences())
    assert ("So few checkpoints cannot tell when the loss gap, test less train, begins to grow: it is" in said) == (
        count == 3
    )
    assert ("not seen to leave its early noise band" in said) == (count == 6)


@pytest.mark.parametrize(("gap", "says"), [
    ((0, 0, 0, 0, 0.5, 1.0), "Over-fitting begins at step 4: from there on interactions join more and more"),
    ((0, 0, 0, 0, 0, 1.0), "Over-fitting begins at step 4"),  # a checkpoint later
    ((0, 0.5, 0.7, 0.8, 0.9, 1.0), "Interactions turn complex again at step 4: from there on they join"),
    (None, "Interactions turn complex again at step 4"),
])  # fmt: skip
def test_the_page_speaks_of_over_fitting_where_the_losses_do_too(gap, says):
    known = () if gap is None else losses(gap, noise=0.01)
    found = over_fitting(training_dynamics(course(FALLS_AND_RISES), *known, bootstrap=QUICK), "")
    assert found.sentence.startswith(says)
    assert ("least at step" in found.detail) == (gap is not None)


def test_while_the_test_loss_falls_there_are_signs_of_over_fitting_only():
    train, test = losses((0, 0, 0, 0, 0.5, 1.0), noise=0.01)
    falls = np.array([0, -0.2, -0.4, -0.6, -1.3, -2.0])[:, None]  # of both losses: the gap is the same
    found = over_fitting(training_dynamics(course(FALLS_AND_RISES), train + falls, test + falls, bootstrap=QUICK), "")
    assert found.sentence.startswith("Signs of over-fitting begin at step 4: interactions turn complex again and")
    assert found.sentence.endswith("while the test loss falls until step 16.")


def test_a_gap_without_intervals_falls_before_it_grows():
    means = np.zeros(6), np.array([0.02, -0.01, 0.01, -0.4, 0.1, 0.5])
    said = training_dynamics(course(FALLS_AND_RISES), *means, bootstrap=QUICK).sentences()
    assert any("falls to -0.4 at step 4" in sentence for sentence in said)


def test_gap_of_noise_is_said_to_stay():
    found = training_dynamics(course(ONLY_FALLS), *losses([0] * 6), bootstrap=QUICK)
    assert found.onset is None
    assert "not seen to leave" in found.sentences()[-1]


# Intervals -----------------------------------------------------------------------------------------------------------


def test_intervals_cover_the_truth_and_shrink_with_samples():
    def intervals(samples):
        runs = [training_dynamics(course((2.0,), samples, seed), bootstrap=QUICK).mean_order for seed in range(80)]
        return np.array([run.low[0] for run in runs]), np.array([run.high[0] for run in runs])

    low, high = intervals(40)
    assert ((low <= 2) & (high >= 2)).mean() == pytest.approx(0.95, abs=0.07)
    wide_low, wide_high = intervals(10)
    assert (wide_high - wide_low).mean() / (high - low).mean() == pytest.approx(2, rel=0.2)


def test_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(size=2000)
    found = Bootstrap(draws=2000).estimate(values.mean(), Bootstrap(draws=2000).means(values))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * values.std() / np.sqrt(2000), rel=0.08)


def test_permuted_samples_and_seeds():
    made, (train, test) = course(FALLS_AND_RISES), losses((0, 0, 0, 0, 0.5, 1.0))
    permutation = np.random.default_rng(1).permutation(20)
    one = training_dynamics(made, train, test, bootstrap=QUICK)
    other = training_dynamics([(s, x[permutation]) for s, x in made], train[:, ::-1], test, bootstrap=QUICK)
    for name, column in one.table().items():
        expected = list(column) if name == "shape" else pytest.approx(column.to_numpy(), rel=1e-12, abs=1e-12)
        assert list(other.table()[name]) == expected
    assert other.sentences() == one.sentences()
    again = training_dynamics(iter(made), train, test, bootstrap=QUICK)
    assert again.table().equals(one.table())
    reseeded = training_dynamics(made, bootstrap=replace(QUICK, seed=1))
    assert reseeded.mean_order.low.tolist() != one.mean_order.low.tolist()


# Shapes --------------------------------------------------------------------------------------------------------------


def test_null_model():
    mean = ((1 + 2**0.5) ** 10 - 1) / 10  # by the binomial theorem
    assert null_strength(10).numpy()[[0, 4, 9]] == pytest.approx(np.array([10 * 2**0.5, 252 * 2**2.5, 2**5]) / mean)
    noise = np.random.default_rng(0).normal(size=(200, 64))
    signs = np.array([[(-1) ** (s & ~t).bit_count() if t & ~s == 0 else 0 for t in range(64)] for s in range(64)])
    found = training_dynamics([(0, interactions(noise @ signs.T))], salience=None, bootstrap=QUICK)
    assert found.normalised.value[0] == pytest.approx(null_strength(6).numpy(), rel=0.1)
    assert found.null_distance[0] < 0.03
    assert found.shapes == ("spindle",)


@pytest.mark.parametrize("n", [2, 5, 10])
def test_binomial_shapes_have_their_mean_order(n):
    for order in (1.01, 1.5, n - 0.01):
        assert binomial_shares(n, order) @ np.arange(1, n + 1) == pytest.approx(order)
    null = null_strength(n).numpy() / n
    assert binomial_shares(n, float(null @ np.arange(1, n + 1))) == pytest.approx(null)


@pytest.mark.parametrize(
    ("strength", "shape"),
    [
        ([1.53, 2.18, 2.46, 2.26, 1.12, 0.37, 0.08, 0, 0, 0], "spindle"),  # digits before training
        ([7.57, 1.83, 0.55, 0.05, 0, 0, 0, 0, 0, 0], "decay"),  # and at their least
        ([comb(10, k) for k in range(1, 11)], "spindle"),
        ([0.5**k for k in range(10)], "decay"),
        ([1, 0, 0, 0, 0, 0, 0, 0, 0, 1], "neither"),
        ([0.4, 0, 1, 0, 0, 0, 0, 0, 0, 1], "neither"),
        ([4, 1, 3, 0, 0, 0, 0, 0, 0, 1], "neither"),
        ([4, 1, 1.3, 0, 0, 0, 0, 0, 0, 0], "decay"),
        ([1] * 10, "neither"),
        ([0] * 10, "neither"),
        ([2, 1], "decay"),
        ([1, 2], "neither"),
        ([1], "neither"),
    ],
)
def test_shapes(strength, shape):
    assert shape_of(np.array(strength, float)) == shape


# Labelled arrays -----------------------------------------------------------------------------------------------------


def test_labelled_arrays_agree():
    found = training_dynamics(course(FALLS_AND_RISES), *losses((0, 0, 0, 0, 0.5, 1.0)), bootstrap=QUICK)
    table, orders, data = found.table(), found.by_order(), found.to_xarray()
    assert table.index.tolist() == list(STEPS)
    assert table.loc[4, "mean_order"] == found.mean_order.value[3] == data["mean_order"].sel(step=4)
    assert orders.loc[(8, 4), "positive_high"] == found.positive.high[4, 3]
    assert orders.loc[(8, 4), "positive"] == data["positive"].sel(step=8, order=4)
    assert data["strength"].sel(sign="positive").mean("sample").values == pytest.approx(found.positive.value)
    assert (data.attrs["boundary"], data.attrs["onset"], data.attrs["verdict"]) == (4, 4, "two phases")
    assert (table["gap_low"] <= table["gap"]).all()
    assert str(found).splitlines()[0] == "Dynamics: 6 checkpoints x 20 samples x 4 players"
    assert "gap" not in training_dynamics(course(FALLS_AND_RISES), bootstrap=QUICK).table()


# Ends ----------------------------------------------------------------------------------------------------------------


def test_one_checkpoint_one_sample_two_players():
    one = training_dynamics(course((2.0,)), [1.0], [1.5], bootstrap=QUICK)
    assert (one.verdict, one.boundary, one.onset) == ("no second phase seen", None, None)
    assert len(one.sentences()) == 3
    assert str(one).startswith(
        "Dynamics: 1 checkpoint x 20 samples x 4 players\n  Phases cannot be told from 1 checkpoint.\n"
    )
    few = training_dynamics(course((2.0, 1.5)), bootstrap=QUICK)
    assert few.sentences()[0] == "Phases cannot be told from 2 checkpoints."
    alone = training_dynamics(course(FALLS_AND_RISES, samples=1), bootstrap=QUICK)
    assert (alone.verdict, alone.boundary) == ("one sample", None)
    assert np.isnan(alone.mean_order.low).all()
    assert alone.mean_order.value.argmin() == 3
    assert training_dynamics(course(ONLY_FALLS, samples=1, spread=0)).verdict == "no second phase seen"
    two = training_dynamics(course((1.9, 1.5, 1.1, 1.4, 1.6, 1.7), n=2), bootstrap=QUICK)
    assert (two.n, two.high_order, two.boundary.step) == (2, 2, 2)


def test_all_effects_zero():
    zero = interactions(np.zeros((3, 8)))
    found = training_dynamics([(0, zero), (1, zero)], [1, 1], [1, 1], bootstrap=QUICK)
    assert (found.verdict, found.boundary, found.shapes) == ("no salient effects", None, ("neither", "neither"))
    assert np.isnan(found.mean_order.value).all()
    assert (found.normalised.value == 0).all()
    assert found.sentences()[0] == "No phases: no checkpoint has a salient effect."
    made = course(FALLS_AND_RISES)
    made[1] = (made[1][0], interactions(np.zeros((20, 16))))
    assert training_dynamics(made, bootstrap=QUICK).boundary.step == 4


def test_other_samples_or_players_are_refused():
    x = replace(random_effects(), regions=np.arange(4, dtype=np.int16)[None])
    others = [
        (replace(x, names=(("a", "b", "c", "d"),) * 5), "other players"),
        (random_effects(n=3), "other players"),
        (replace(x, regions=np.zeros((1, 4), np.int16)), "other players"),
        (x[:4], "another number of samples"),
        (x[[1, 0, 2, 3, 4]], "other samples"),
        (replace(x, labels=x.labels + 1), "other samples or labels at step 1"),
        (replace(x, scores=x.scores * np.nan), "not finite at step 1"),
    ]
    for other, text in others:
        with pytest.raises(ArgumentError, match=text):
            training_dynamics([(0, x), (1, other)])
    assert len(training_dynamics([(0, x), (1, replace(x, inputs=None))], bootstrap=QUICK).steps) == 2


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"train_loss": [1, 1]}, "both train_loss and test_loss"),
        ({"train_loss": [1, 1], "test_loss": [1]}, r"test_loss: given shape \(1,\)"),
        ({"train_loss": [1, np.inf], "test_loss": [1, 1]}, "train_loss.*not all finite"),
        ({"high_order": 5}, "1 to 4"),
        ({"unit": ""}, "unit: given ''; accepted: a word"),
        ({"early": 1}, "2 to 10"),
        ({"floor": 1.0}, "share in"),
        ({"salience": "none"}, "rule"),
    ],
)
def test_bad_arguments_are_refused(changes, text):
    with pytest.raises(ArgumentError, match=text):
        training_dynamics({0: random_effects(), 1: random_effects()}, **changes)


@pytest.mark.parametrize("steps", [(1, 0), (0, 0), ("a", "b"), (0, np.nan), ()])
def test_bad_steps_are_refused(steps):
    with pytest.raises(ArgumentError, match="checkpoints: given"):
        training_dynamics([(step, random_effects()) for step in steps])


def test_resampled_means_leave_out_what_is_missing():
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, np.nan]])
    drawn = Bootstrap(draws=500).means(values)
    means = drawn[:, 0][~np.isnan(drawn[:, 0])]
    assert set(means.round(3)) == {1, 1.667, 2, 2.333, 3}  # of up to three draws of 1 and 3
    assert set(drawn[:, 1][~np.isnan(drawn[:, 1])]) == {5}
    assert np.isnan(drawn[:, 1]).mean() == pytest.approx((2 / 3) ** 3, abs=0.07)


@pytest.mark.parametrize("changes", [{"draws": 0}, {"level": 1.0}, {"seed": -1}])
def test_bad_bootstrap_is_refused(changes):
    with pytest.raises(ArgumentError, match=next(iter(changes))):
        Bootstrap(**changes)
