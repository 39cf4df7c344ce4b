"""How well scores find samples: against scikit-learn, scipy and brute force."""

import numpy as np
import pytest
import torch
from scipy import special, stats
from sklearn import metrics

from harsanyi.analysis import Bootstrap, detection, suspicion
from harsanyi.core.errors import ArgumentError

QUICK = Bootstrap(draws=60)
POSITIVE = np.arange(40) % 4 == 0


@pytest.fixture(scope="module")
def scores():
    generator = np.random.default_rng(0)
    good = POSITIVE + 0.6 * generator.normal(size=40)
    return {"good": good, "tied": good.round(0), "noise": generator.normal(size=40)}


@pytest.fixture(scope="module")
def found(scores):
    return detection(scores, POSITIVE, bootstrap=QUICK)


def test_areas_are_those_of_scikit_learn(found, scores):
    expected = [metrics.roc_auc_score(POSITIVE, score) for score in scores.values()]
    np.testing.assert_allclose(found.auc.value, expected)
    np.testing.assert_allclose(found.difference.value, np.array(expected) - expected[0])
    assert (found.auc.low < found.auc.value).all()
    assert (found.auc.value < found.auc.high).all()


def test_area_is_the_share_of_pairs_in_the_right_order(scores):
    score = scores["tied"]
    apart = score[POSITIVE][:, None] - score[~POSITIVE]
    area = ((apart > 0) + (apart == 0) / 2).mean()
    assert detection({"tied": score}, POSITIVE, bootstrap=QUICK).auc.value[0] == pytest.approx(area)


def test_curves_are_those_of_scikit_learn_and_have_their_areas(found, scores):
    for at, (name, score) in enumerate(scores.items()):
        curve = found.curve(name)
        false, true, thresholds = metrics.roc_curve(POSITIVE, score, drop_intermediate=False)
        np.testing.assert_allclose(curve["false_positive_rate"], false)
        np.testing.assert_allclose(curve["true_positive_rate"], true)
        np.testing.assert_allclose(curve["threshold"], thresholds)
        area = metrics.auc(curve["false_positive_rate"], curve["true_positive_rate"])
        assert area == pytest.approx(found.auc.value[at])


def test_precision_is_the_mean_over_all_orders_of_equal_scores(found, scores):
    generator = np.random.default_rng(1)
    for at, score in enumerate(scores.values()):
        orders = [np.lexsort((generator.random(40), -score))[:10] for _ in range(2000)]
        assert found.precision.value[at] == pytest.approx(
            np.mean([POSITIVE[order].mean() for order in orders]), abs=0.01
        )


def test_intervals_draw_both_sides_apart_and_scores_together(scores):
    many = detection({"good": scores["good"], "same": 2 * scores["good"] + 1}, POSITIVE, bootstrap=Bootstrap(draws=400))
    assert many.difference.low[1] == many.difference.high[1] == 0  # the same order in every draw
    generator, sides = np.random.default_rng(5), (scores["good"][POSITIVE], scores["good"][~POSITIVE])
    drawn = [stats.mannwhitneyu(*(generator.choice(side, len(side)) for side in sides)).statistic / 300
             for _ in range(400)]  # fmt: skip
    np.testing.assert_allclose([many.auc.low[0], many.auc.high[0]], np.quantile(drawn, [0.025, 0.975]), atol=0.03)


def test_neither_the_order_of_samples_nor_the_scale_matters(found, scores):
    turned = np.random.default_rng(2).permutation(40)
    again = detection(
        {name: np.exp(score[turned]) for name, score in scores.items()}, POSITIVE[turned], bootstrap=QUICK
    )
    np.testing.assert_array_equal(found.table(), again.table())


def test_samples_without_a_score_are_the_least_suspicious(scores):
    score, least = scores["good"].copy(), scores["good"].copy()
    score[:6], least[:6] = np.nan, score.min() - 1
    one, other = (detection({"score": each}, POSITIVE, bootstrap=QUICK) for each in (score, least))
    np.testing.assert_array_equal(one.table(), other.table())
    constant = detection({"none": np.full(40, np.nan)}, POSITIVE, bootstrap=QUICK)
    assert constant.auc.value.tolist() == [0.5]
    assert constant.precision.value.tolist() == [0.25]
    assert constant.curve("none")["true_positive_rate"].tolist() == [0, 1]


def test_perfect_and_reversed_scores():
    both = detection({"right": POSITIVE * 1.0, "wrong": -1.0 * POSITIVE}, POSITIVE, bootstrap=QUICK)
    assert both.auc.value.tolist() == [1, 0]
    assert both.precision.value.tolist() == [1, 0]


def test_words_name_the_best_and_say_whether_it_is_clearly_so(found):
    first, tied, noise = found.sentences()
    assert first.startswith("Of 3 scores 'tied' has the largest area under the ROC curve for finding 10 positive among "
                            "40 samples: ")  # fmt: skip
    assert "by chance 0.25" in first
    assert "'tied' finds them better than 'good' cannot be told" in tied
    assert noise.startswith("'noise' finds them clearly worse than 'good'")
    chance = detection({"noise": np.random.default_rng(3).normal(size=40)}, POSITIVE, bootstrap=QUICK)
    assert "\n  'noise' has an area under the ROC curve" in repr(chance)
    assert "not clearly above chance, 0.5" in repr(chance)
    assert repr(found).startswith("Detection: 3 scores of 40 samples, 10 positive\n")


# What a network says of itself ---------------------------------------------------------------------------------------


def test_suspicion_is_what_its_names_say():
    generator = np.random.default_rng(0)
    logits, labels = 3 * generator.normal(size=(30, 4)), generator.integers(0, 4, 30)
    probability = special.softmax(logits, axis=1)
    ranked = np.sort(logits, 1)
    made = suspicion(logits, labels)
    np.testing.assert_allclose(made["max softmax"], 1 - probability.max(1))
    np.testing.assert_allclose(made["margin"], ranked[:, -2] - ranked[:, -1])
    np.testing.assert_allclose(made["entropy"], stats.entropy(probability, axis=1))
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels), reduction="none")
    np.testing.assert_allclose(made["loss"], loss.numpy())
    assert "loss" not in suspicion(logits)


def test_all_of_it_rises_where_a_network_is_less_sure():
    sure = np.linspace(80, 0, 9)  # beyond where 1 - probability rounds to 0
    for score in suspicion(np.stack((sure, 0 * sure, 0 * sure), 1), np.zeros(9, int)).values():
        assert (np.diff(score) > 0).all()


@pytest.mark.parametrize(("logits", "labels", "text"), [
    ([1.0, 2.0], None, r"logits: given shape \(2,\); accepted: finite numbers, \(samples, classes >= 2\)"),
    ([[1.0], [2.0]], None, r"logits: given shape \(2, 1\)"),
    ([[1.0, np.nan]], None, r"logits: given shape \(1, 2\), not all finite"),
    ([[1.0, 2.0]], [2], r"labels: given shape \(1,\), int64; accepted: integers 0 to 1, \(1,\)"),
    ([[1.0, 2.0]], [0.5], r"labels: given shape \(1,\), float64"),
    ([[1.0, 2.0]], [0, 1], r"labels: given shape \(2,\)"),
])  # fmt: skip
def test_outputs_that_cannot_be_judged_are_refused(logits, labels, text):
    with pytest.raises(ArgumentError, match=text):
        suspicion(logits, labels)


@pytest.mark.parametrize(("scores", "positive", "text"), [
    ({}, POSITIVE, "scores: given scores of 0; accepted: 1 or more"),
    ({"a": np.ones(40), "b": np.ones(3)}, POSITIVE, r"scores\['b'\]: given 3 samples; accepted: 40"),
    ({"a": np.ones(3)}, POSITIVE, r"positive: given shape \(40,\), bool; accepted: a boolean mask \(3,\)"),
    ({"a": np.ones(40)}, POSITIVE * 1, r"positive: given shape \(40,\), int64"),
    ({"a": np.ones(40)}, np.arange(40) == 1, "positive: given 1 positive and 39 other samples; accepted: at least 2"),
    ({"a": np.ones(40)}, np.arange(40) > 0, "positive: given 39 positive and 1 other samples"),
])  # fmt: skip
def test_scores_that_cannot_be_compared_are_refused(scores, positive, text):
    with pytest.raises(ArgumentError, match=text):
        detection(scores, positive, bootstrap=QUICK)


def test_unknown_curves_are_refused(found):
    with pytest.raises(
        ArgumentError, match=r"name: given 'godo'; accepted: 'good', 'tied', 'noise'. Did you mean 'good'"
    ):
        found.curve("godo")
