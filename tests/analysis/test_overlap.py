"""Sets of several networks: what they have in common, against chance, by brute force and by other implementations."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy import stats

from harsanyi.analysis import (
    Bootstrap,
    Performance,
    confusion_overlap,
    expected_jaccard,
    factor_overlap,
)
from harsanyi.analysis.chance import limit_jaccard, overlap_p_value, together_p_value
from harsanyi.analysis.few import holm, least_p_value, mean_estimate, rearranged_p_value, share_estimate, t_quantile
from harsanyi.core.errors import ArgumentError

QUICK = Bootstrap(draws=60)
RISING = np.arange(20.0)


def jaccard(one, other):
    return len(set(one) & set(other)) / len(set(one) | set(other))


def noisy(share, samples=100, seed=0):
    """Two rows of scores that are the more alike the larger the share."""
    first, second = np.random.default_rng(seed).normal(size=(2, samples))
    return first, share * first + (1 - share) * second


# Chance --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("samples", "first", "second"), [(6, 2, 3), (5, 5, 2), (5, 4, 3), (4, 0, 2), (3, 3, 3)])
def test_expected_jaccard_is_the_mean_over_all_sets(samples, first, second):
    every = [jaccard(one, other) for one in combinations(range(samples), first)
             for other in combinations(range(samples), second)]  # fmt: skip
    assert expected_jaccard(samples, first, second) == pytest.approx(np.mean(every), abs=1e-12)


def test_expected_jaccard_comes_near_its_limit_and_refuses_impossible_sets():
    assert expected_jaccard(10_000, 1_000, 1_000) == pytest.approx(0.1 / 1.9, rel=1e-3)
    assert limit_jaccard(0.1, 0.1) == pytest.approx(0.1 / 1.9)
    assert np.isnan(expected_jaccard(5, 0, 0))
    with pytest.raises(ArgumentError, match="second: given 6; accepted: a number of samples, 0 to 5"):
        expected_jaccard(5, 2, 6)


@pytest.mark.parametrize(("samples", "first", "second", "both"), [(50, 5, 8, 0), (50, 5, 8, 3), (500, 50, 50, 20),
                                                                  (10, 8, 7, 5), (10, 8, 7, 7)])  # fmt: skip
def test_p_values_are_those_of_the_hypergeometric_distribution(samples, first, second, both):
    law = stats.hypergeom(samples, first, second)
    assert overlap_p_value(samples, first, second, both) == pytest.approx(law.sf(both - 1), rel=1e-8)
    both_sides = min(1, 2 * min(law.sf(both - 1), law.cdf(both)))
    assert together_p_value([(samples, first, second, both)]) == pytest.approx(both_sides, rel=1e-8)


def test_p_value_of_several_pairs_counts_all_ways():
    ways = [comb(3, k) * comb(4, 2 - k) for k in range(3)]  # of 7 samples, sets of 3 and 2, k in common
    together = sum(a * b for i, a in enumerate(ways) for j, b in enumerate(ways) if i + j >= 3) / sum(ways) ** 2
    assert together_p_value([(7, 3, 2, 2), (7, 3, 2, 1)]) == pytest.approx(2 * together)


# Few numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 30])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_quantiles_are_students(level, degrees):
    assert t_quantile(level, degrees) == pytest.approx(stats.t.ppf((1 + level) / 2, degrees), rel=1e-8)


def test_intervals_are_students_and_wilsons():
    values = np.array([0.2, np.nan, 0.5, 0.4, 0.45])
    known = values[~np.isnan(values)]
    found = mean_estimate(values, 0.9, 0, 1)
    expected = stats.t.interval(0.9, 3, known.mean(), stats.sem(known))
    np.testing.assert_allclose([found.low, found.high], expected)
    assert mean_estimate(np.array([0.0, 1.0]), 0.95, 0, 1).high == 1  # no further than there are values
    assert np.isnan(mean_estimate(np.array([0.3]), 0.95, 0, 1).low)
    share = share_estimate([0, 3, 9, 0], [9, 9, 9, 0], 0.95)
    for at, part in enumerate((0, 3, 9)):
        wilson = stats.binomtest(part, 9).proportion_ci(0.95, "wilson")
        np.testing.assert_allclose([share.low[at], share.high[at]], wilson, atol=1e-12)
    assert np.isnan(share.value[3])


def test_rearranged_p_values_are_those_of_a_permutation_test():
    one, other = np.random.default_rng(0).normal(size=(2, 5)).round(1) + np.array([[0.9], [0]])
    result = stats.permutation_test((one, other), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)
    assert rearranged_p_value(one, other, 0) == pytest.approx(result.pvalue)
    assert rearranged_p_value(np.arange(5.0), np.arange(5.0) + 9, 0) == pytest.approx(least_p_value(5, 5))
    assert rearranged_p_value(np.arange(2.0), np.arange(6.0) + 9, 0) == pytest.approx(least_p_value(2, 6))


def test_many_rearrangements_are_drawn_and_the_observed_one_is_among_them():
    one, other = np.random.default_rng(1).normal(size=(2, 9)) + np.array([[0.1], [0]])
    drawn = rearranged_p_value(one, other, 0)
    result = stats.permutation_test((one, other), lambda x, y, axis: x.mean(axis) - y.mean(axis), vectorized=True,
                                    n_resamples=np.inf)  # fmt: skip
    assert drawn == pytest.approx(result.pvalue, abs=0.015)
    assert 0.01 < drawn < 0.99
    assert rearranged_p_value(np.zeros(20), np.ones(20), 0) == least_p_value(20, 20) == 1 / 20_000


def test_correction_is_holms():
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.04, 0.03])), [0.03, np.nan, 0.06, 0.06])
    assert holm(np.array([0.6, 0.9])).tolist() == [1, 1]
    assert holm(np.array([])).size == 0


# Networks ------------------------------------------------------------------------------------------------------------


def test_equal_and_disjoint_sets_are_told():
    found = confusion_overlap({"one": RISING, "alike": RISING**3, "other": -RISING}, share=0.2, bootstrap=QUICK)
    assert found.jaccard.value.tolist() == [1, 0, 0]
    assert found.correlation.value.tolist() == [1, -1, -1]
    assert found.members.sum(1).tolist() == [4, 4, 4]
    assert found.jaccard.low[0] < 1  # few samples in the sets prove little
    assert found.jaccard.high[1] > 0
    same, apart, _ = found.sentences()
    assert same.startswith("'one' and 'alike' are confused by the same samples more often than by chance: 4 of the 4")
    assert "'other' are not clearly confused by the same samples" in apart
    assert "0 of the 8 samples in either set" in apart


def test_sets_much_smaller_in_common_than_chance_are_told():
    half = np.arange(60.0)
    found = confusion_overlap({"one": half, "other": -half}, share=0.5, bootstrap=QUICK)
    assert "less often than by chance: 0 of the 60" in found.sentences()[0]


def test_every_number_is_what_its_definition_says():
    scores = dict(zip("abc", (*noisy(0.7), noisy(0, seed=1)[0]), strict=True))
    found = confusion_overlap(scores, share=0.15, bootstrap=QUICK)
    table = found.table()
    for one, other in combinations("abc", 2):
        row, (first, second) = table.loc[(one, other)], (np.argsort(-scores[name])[:15] for name in (one, other))
        both = len(set(first) & set(second))
        assert (row["samples"], row["first_size"], row["second_size"], row["both"]) == (100, 15, 15, both)
        assert row["jaccard"] == pytest.approx(jaccard(first, second))
        assert row["chance"] == pytest.approx(expected_jaccard(100, 15, 15))
        assert row["limit"] == pytest.approx(0.15 / 1.85)
        assert row["p_value"] == pytest.approx(stats.hypergeom(100, 15, 15).sf(both - 1), rel=1e-8)
        assert row["correlation"] == pytest.approx(stats.spearmanr(scores[one], scores[other]).statistic)
        assert row["correlation_low"] < row["correlation"] < row["correlation_high"]
        assert found.matrix("jaccard").loc[one, other] == found.matrix().loc[other, one] == row["jaccard"]
        assert found.matrix("p_value").loc[other, one] == row["p_value"]
    assert np.diag(found.matrix("correlation")).tolist() == [1, 1, 1]
    assert np.isnan(np.diag(found.matrix("chance"))).all()
    assert repr(found).startswith("ConfusionOverlap: 3 networks x 100 samples\n  'a' and 'b' are confused")


def test_samples_without_a_score_are_in_no_set_and_in_no_chance():
    one, other = noisy(0.5, 60)
    missing, lacking = one.copy(), other.copy()
    missing[np.argsort(-one)[:3]] = lacking[:10] = np.nan
    found = confusion_overlap({"one": missing, "other": lacking}, share=0.2, bootstrap=QUICK)
    assert not (found.members & np.isnan([missing, lacking])).any()
    known = ~np.isnan(missing + lacking)
    again = confusion_overlap(
        {"one": missing[known], "other": lacking[known]}, bootstrap=QUICK,
        members=dict(zip(("one", "other"), found.members[:, known], strict=True)),
    )  # fmt: skip
    np.testing.assert_array_equal(found.table(), again.table())
    assert found.common[0].samples == known.sum()


def test_sets_in_common_by_chance_are_as_frequent_as_said():
    generator = np.random.default_rng(0)
    rows = {str(at): row for at, row in enumerate(generator.normal(size=(16, 60)))}
    found = confusion_overlap(rows, share=0.2, bootstrap=Bootstrap(draws=2))
    error = found.jaccard.value.std() / np.sqrt(len(found.pairs))
    assert abs(found.jaccard.value.mean() - found.chance[0]) < 4 * error
    assert (found.p_value < 0.05).mean() < 0.15


def test_equal_scores_share_no_samples_just_by_their_position():
    tied = confusion_overlap({"one": np.ones(100), "other": np.ones(100)}, bootstrap=QUICK)
    assert tied.jaccard.value[0] < 0.5
    assert tied.tied == (90, 90)
    assert np.isnan(tied.correlation.value[0])
    assert "90 other samples of 'one' have the same score as the last of its set" in repr(tied)
    again = confusion_overlap({"one": np.ones(100), "other": np.ones(100)}, bootstrap=QUICK)
    np.testing.assert_array_equal(tied.members, again.members)


def test_given_sets_take_the_place_of_a_share():
    members = {"other": RISING < 3, "one": RISING < 4}
    found = confusion_overlap({"one": RISING, "other": RISING}, members=members, bootstrap=QUICK)
    assert found.jaccard.value.tolist() == [0.75]
    assert found.tied == (0, 0)


def test_many_networks_are_told_together():
    rows = {str(at): noisy(0.9, 40, at)[0] for at in range(5)}
    told = confusion_overlap(rows, bootstrap=Bootstrap(draws=2)).sentences()
    assert told[0].startswith("Of 10 pairs of networks ")
    assert len(told) == 1


# Performance ---------------------------------------------------------------------------------------------------------


def test_equal_performance_and_other_samples_are_read_off():
    generator = np.random.default_rng(0)
    correct = generator.random((2, 40)) < 0.8
    loss, predictions = generator.random((2, 40)), generator.integers(0, 3, (2, 40))
    held = {name: Performance(correct[at], loss[at], predictions[at]) for at, name in enumerate("ab")}
    scores = {"b": -np.arange(40.0), "a": np.arange(40.0)}  # in another order
    found = confusion_overlap(scores, performance=held, bootstrap=QUICK)
    networks, row = found.networks(), found.table().iloc[0]
    for at, name in enumerate("ab"):
        assert networks.loc[name, "accuracy"] == pytest.approx(correct[at].mean())
        assert networks.loc[name, "loss"] == pytest.approx(loss[at].mean())
        assert networks.loc[name, "loss_low"] < networks.loc[name, "loss"] < networks.loc[name, "loss_high"]
    assert row["accuracy_difference"] == pytest.approx(correct[1].mean() - correct[0].mean())
    assert row["loss_difference"] == pytest.approx(loss[1].mean() - loss[0].mean())
    assert row["agreement"] == found.matrix("agreement").loc["a", "b"] == (predictions[0] == predictions[1]).mean()
    assert "'b' and 'a' are not told apart by accuracy" in found.sentences()[-1]


def test_the_ceiling_is_what_a_network_has_in_common_with_itself():
    first, second = noisy(0.0)
    again = {"a": first, "b": np.where(np.argsort(np.argsort(-second)) < 5, -9.0, second)}  # half of the set is lost
    found = confusion_overlap({"a": first, "b": second}, again=again, bootstrap=QUICK)
    tops = [set(np.argsort(-row)[:10].tolist()) for row in (second, again["b"])]
    assert found.again.value.tolist() == [1.0, jaccard(*tops)]
    assert found.networks()["again"].tolist() == found.again.value.tolist()
    [told] = [sentence for sentence in found.sentences() if "Split again" in sentence]
    assert told.endswith("with itself or more (least for 'b'); that of the two networks is not clearly below that.")
    clear = confusion_overlap({"a": first, "b": second}, again={"a": first, "b": second}, bootstrap=QUICK)
    [told] = [sentence for sentence in clear.sentences() if "Split again" in sentence]
    assert told.endswith("with itself; that of the two networks is clearly below that.")
    three = {"a": first, "b": second, "c": first}
    several = confusion_overlap(three, again=three, bootstrap=QUICK).sentences()
    assert any("2 of 3 pairs of networks are clearly below that." in sentence for sentence in several)


def test_networks_of_other_performance_are_told_apart():
    same = np.zeros(40, int)
    held = {"good": Performance(np.ones(40, bool), same, same), "bad": Performance(np.zeros(40, bool), same, same)}
    found = confusion_overlap({"good": np.arange(40), "bad": np.arange(40)}, performance=held, bootstrap=QUICK)
    assert "'good' and 'bad' differ in accuracy: 100 % against 0 %, a difference of 1" in found.sentences()[-1]
    assert found.performance.agreement.value.tolist() == [1]


# Factors -------------------------------------------------------------------------------------------------------------


def planted(pairs=5, **alike):
    return {factor: [noisy(share, 60, 97 * at + which) for at in range(pairs)]
            for which, (factor, share) in enumerate(alike.items())}  # fmt: skip


@pytest.fixture(scope="module")
def factors():
    pairs = planted(nothing=0.0, low=0.9, high=0.0, architecture=0.0)
    return pairs, factor_overlap(pairs, share=0.2)


def test_factors_have_the_means_of_their_pairs(factors):
    pairs, found = factors
    for factor, row in found.table().iterrows():
        each = [confusion_overlap({"one": one, "other": other}, share=0.2, bootstrap=Bootstrap(draws=2))
                for one, other in pairs[factor]]  # fmt: skip
        assert row["pairs"] == 5
        assert row["jaccard"] == pytest.approx(np.mean([x.jaccard.value[0] for x in each]))
        assert row["correlation"] == pytest.approx(np.mean([x.correlation.value[0] for x in each]))
        assert row["chance"] == pytest.approx(expected_jaccard(60, 12, 12))
        assert row["above_chance"] == pytest.approx(row["jaccard"] - row["chance"])
        assert row["jaccard_low"] <= row["jaccard"] <= row["jaccard_high"]


def test_differences_between_factors_are_exact_permutation_tests(factors):
    _, found = factors
    values = dict(zip(found.factors, found.values, strict=True))
    differences = found.differences()
    assert len(differences) == 6
    for (one, other), row in differences.iterrows():
        first, second = values[one], values[other]
        assert row["jaccard_difference"] == pytest.approx(first.jaccard.mean() - second.jaccard.mean())
        result = stats.permutation_test((first.correlation, second.correlation),
                                        lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)  # fmt: skip
        assert row["correlation_p_value"] == pytest.approx(result.pvalue)
        assert row["least_p_value"] == pytest.approx(2 / comb(10, 5))
    np.testing.assert_allclose(differences["jaccard_corrected"], holm(differences["jaccard_p_value"].to_numpy()))


def test_a_planted_ordering_has_support_and_nothing_is_proved_equal(factors):
    told = factors[1].sentences()
    assert any(line.startswith("The confusing samples of networks that share the low layers (5 pairs) have")
               and "more than chance" in line for line in told)  # fmt: skip
    assert sum("have more confusing samples in common" in line for line in told) == 3
    assert "corrected for 6 comparisons" in repr(factors[1])
    assert "has support and nothing against it: of its 9 parts 3 clearly hold, 0 clearly do not, 6 are not" in told[-1]


@pytest.mark.parametrize(("alike", "told"), [
    ({"high": 0.95, "low": 0.0}, "have fewer confusing samples in common than those that share the high layers"),
    ({"high": 0.95, "low": 0.95}, "is not borne out as a whole: of its 2 parts 0 clearly hold, 1 clearly does not"),
    ({"low": 0.95, "high": 0.95, "architecture": 0.0}, "share the high layers differ from those that share the arch"),
    ({"low": 0.0, "nothing": 0.0}, "is neither supported nor refuted: of its 2 parts 0 clearly hold"),
])  # fmt: skip
def test_another_ordering_is_said_as_it_is(alike, told):
    assert told in repr(factor_overlap(planted(**alike), share=0.2))


def test_few_pairs_say_how_little_they_tell():
    found = factor_overlap(planted(2, low=1.0, other=0.0), share=0.2)
    assert "So few pairs tell no factors apart, whatever their values: the least p-value they can have is 0.33." in (
        found.sentences()
    )
    assert "share 'other'" in repr(found)
    single = factor_overlap(planted(1, low=1.0), share=0.2)
    assert np.isnan(single.jaccard.low[0])
    assert "more than chance" in repr(single)  # of the samples, which one pair can tell
    assert single.differences().empty
    assert not any("ordering" in line for line in single.sentences())


@pytest.mark.parametrize(("pairs", "samples", "small"), [
    (4, 100, "With 4 pairs of networks for a factor and 100 samples this is a small experiment"),
    (5, 49, "With 5 pairs of networks for a factor and 49 samples this is a small experiment"),
    (5, 50, ""),
])  # fmt: skip
def test_a_small_experiment_says_that_it_is(pairs, samples, small):
    rows = np.random.default_rng(0).random((samples, 2))
    lines = [line for line in factor_overlap({"low": [tuple(rows.T)] * pairs}).sentences() if "small" in line]
    assert [line.startswith(small) for line in lines] == [True] * bool(small)


def test_disjoint_sets_of_few_pairs_are_not_called_less_than_chance():
    found = factor_overlap({"nothing": [(RISING, -RISING)] * 3})
    assert found.jaccard.high[0] == 0  # no spread among the pairs
    assert "not clearly other than chance" in repr(found)


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scores", "options", "text"), [
    ({"a": RISING}, {}, "scores: given networks of 1; accepted: 2 or more"),
    ({"a": RISING, "b": RISING[:7]}, {}, r"scores\['b'\]: given 7 samples; accepted: 20, as the first has. Evaluate"),
    ({"a": RISING, "b": RISING[None]}, {}, r"scores\['b'\]: given shape \(1, 20\), float64; accepted: numbers, \(s"),
    ({"a": RISING, "b": ["x"] * 20}, {}, r"scores\['b'\]: given shape \(20,\), <U1"),
    ({"a": RISING, "b": RISING + np.inf}, {}, r"scores\['b'\]: given an infinite score"),
    ({"a": RISING, "b": RISING}, {"share": 0}, r"share: given 0; accepted: a number in \(0, 1\]"),
    ({"a": RISING, "b": RISING}, {"share": 1.5}, r"share: given 1.5"),
    ({"a": RISING, "b": RISING}, {"share": 0.05}, "share: given 0.05 of the 20 samples that have a score in 'a'; "
     "accepted: a set of at least 2 samples. That needs 30 samples with a score, or a larger share"),
    ({"a": RISING, "b": RISING}, {"members": {"a": RISING < 3}}, "members: given of 'a'; accepted: of the networks"),
    ({"a": RISING, "b": RISING}, {"members": {"a": RISING < 3, "b": RISING}}, r"members\['b'\]: given shape \(20,\)"),
    ({"a": RISING, "b": RISING}, {"members": {"a": RISING < 1, "b": RISING < 3}}, r"members\['a'\]: given 1 samples"),
    ({"a": np.where(RISING > 1, RISING, np.nan), "b": RISING}, {"members": {"a": RISING < 3, "b": RISING < 3}},
     r"members\['a'\]: given sample 0, which has no score"),
    ({"a": RISING, "b": RISING}, {"again": {"a": RISING}}, "again: given of 'a'; accepted: of the networks 'a', 'b'"),
    ({"a": RISING, "b": RISING}, {"again": {"a": RISING, "b": RISING}, "members": {"a": RISING < 3, "b": RISING < 3}},
     "again: given scores, where the sets are given"),
    ({"a": RISING, "b": RISING}, {"performance": {}}, "performance: given of no network; accepted: of the networks"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused(scores, options, text):
    with pytest.raises(ArgumentError, match=text):
        confusion_overlap(scores, bootstrap=QUICK, **options)


def test_sizes_that_are_asked_for_are_enough():
    with pytest.raises(ArgumentError, match="That needs 15 samples"):
        confusion_overlap({"a": RISING[:14], "b": RISING[:14]})
    assert confusion_overlap({"a": RISING[:15], "b": RISING[:15]}, bootstrap=QUICK).members.sum() == 4


@pytest.mark.parametrize(("change", "text"), [
    ({"correct": RISING}, r"performance\['b'\].correct: given shape \(20,\), float64; accepted: booleans, \(20,\)"),
    ({"loss": np.full(20, np.nan)}, r"performance\['b'\].loss: given shape \(20,\), float64; accepted: finite"),
    ({"predictions": np.zeros(3, int)}, r"performance\['b'\].predictions: given shape \(3,\), int64"),
])  # fmt: skip
def test_performance_that_does_not_fit_is_refused(change, text):
    good = {"correct": RISING > 3, "loss": RISING, "predictions": RISING.astype(int)}
    with pytest.raises(ArgumentError, match=text):
        confusion_overlap({"a": RISING, "b": RISING}, performance={"a": Performance(**good),
                                                                   "b": Performance(**good | change)})  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [
    ("agreement", "name: given 'agreement'; accepted: 'jaccard', 'chance', 'limit', 'p_value', 'correlation'. Pass"),
    ("jacard", "Did you mean 'jaccard'"),
])  # fmt: skip
def test_unknown_matrices_are_refused(name, text):
    with pytest.raises(ArgumentError, match=text):
        confusion_overlap({"a": RISING, "b": RISING}, bootstrap=QUICK).matrix(name)


@pytest.mark.parametrize(("pairs", "text"), [
    ({}, "pairs: given no factor; accepted: pairs of networks of one factor or more"),
    ({"low": []}, r"pairs\['low'\]: given no pair; accepted: one pair of networks or more"),
    ({"low": [(RISING, RISING, RISING)]}, r"pairs\['low'\]\[0\]: given 3 rows; accepted: the scores of two networks"),
    ({"low": [(RISING, RISING), (RISING, RISING[:3])]}, r"pairs\['low'\]\[1\]\['second'\]: given 3 samples; acc"),
    ({"low": [(RISING[:9], RISING[:9])]}, "share: given 0.1 of the 9 samples"),
])  # fmt: skip
def test_pairs_that_cannot_be_compared_are_refused(pairs, text):
    with pytest.raises(ArgumentError, match=text):
        factor_overlap(pairs)
