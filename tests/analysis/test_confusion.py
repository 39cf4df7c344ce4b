"""Confusing samples: planted ones are found by both scores, brute force, sets by share and threshold, words."""

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from scipy.stats import spearmanr
from torch import nn

from harsanyi import ArgumentError, Columns, FixedThreshold, extract
from harsanyi.analysis import Bootstrap, ConfusionRule, TransferRule, compare_groups, confusion, generalizes
from harsanyi.analysis.confusion_scores import set_size
from harsanyi.core.coalitions import orders
from harsanyi.report.highlights import confusing

QUICK = Bootstrap(draws=30)
FIXED = FixedThreshold(0.2)
CHOSEN = (2, 5, 11)
BOTH = ("non_generalizable", "complex_cancelling")


def two_networks(samples=20, chosen=CHOSEN, seed=0):
    """Four players; the chosen samples have effects of orders 3 and 4 that cancel and that the baseline lacks.

    All others have effects of orders 1 and 2 that the baseline shares, and a little that it does not.
    """
    generator = np.random.default_rng(seed)
    weights = generator.uniform(0.9, 1.1, (samples, 1))
    order = orders(4).numpy()
    shared = np.where((order > 0) & (order < 3), 1.0, 0.0) * weights
    own = np.array([1.5, -1.4, 1.3, -1.5, 0.5])[np.cumsum(order > 2) - 1] * (order > 2)
    own = own * generator.uniform(0.9, 1.1, (samples, 1))
    confused = np.isin(np.arange(samples), chosen)[:, None]
    little = 0.3 * generator.random((samples, 1)) * (order == 3)
    return planted(np.where(confused, 0.5 * shared + own, shared + little)), planted(shared)


@pytest.fixture(scope="module")
def real():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = [nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3)) for _ in range(2)]
        inputs = 2 * torch.randn(14, 4)
    return [extract(network, inputs, torch.arange(14) % 3, players=Columns(), progress=False) for network in networks]


def found_in(target, baselines=(), bootstrap=QUICK, **rule):
    return confusion(target, baselines, ConfusionRule(**rule), bootstrap)


# Oracles --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", BOTH)
def test_planted_samples_are_found_by_both_scores(score):
    target, baseline = two_networks()
    found = found_in(target, baseline, score=score, share=0.15, salience=FIXED)
    assert np.flatnonzero(found.members).tolist() == list(CHOSEN)
    assert sorted(found.most(3).tolist()) == list(CHOSEN)
    assert not set(found.least(5).tolist()) & set(CHOSEN)
    others = found.scores[score][~found.members]
    assert found.threshold == found.scores[score][found.members].min() > others.max()
    assert found.agreement.jaccard == 1
    assert found.agreement.chance == pytest.approx(0.15 / 1.85)


def test_scores_by_brute_force(real):
    target, baseline = real
    found = found_in(target, baseline, high_order=2)
    order = orders(4).tolist()
    salient, known = target.salient("score_range"), baseline.salient("score_range")
    for sample in range(len(target)):
        by_order, kept = [[] for _ in range(5)], 0.0
        for effects, mask, others, encoded in ((target.and_, salient.and_, baseline.and_, known.and_),
                                               (target.or_, salient.or_, baseline.or_, known.or_)):  # fmt: skip
            for chosen in np.flatnonzero(mask[sample]):
                effect = effects[sample, chosen]
                by_order[order[chosen]].append(effect)
                kept += abs(effect) if encoded[sample, chosen] and others[sample, chosen] * effect > 0 else 0
        strength = np.array([sum(map(abs, effects)) for effects in by_order])
        cancelled = sum(whole * (1 - abs(sum(effects)) / whole)
                        for whole, effects in zip(strength, by_order, strict=True) if whole)  # fmt: skip
        complex_cancelling = strength[2:].sum() / strength.sum() * cancelled / strength.sum()
        assert found.scores["non_generalizable"][sample] == pytest.approx(1 - kept / strength.sum())
        assert found.scores["complex_cancelling"][sample] == pytest.approx(complex_cancelling)


def test_what_generalizes_of_a_sample_is_what_generalizes_says(real):
    target, baseline = real
    rule = TransferRule(salience="max_effect", baseline_salience=FixedThreshold(0.05), same_sign=False)
    power = generalizes(target, baseline, rule, QUICK, references=False).sample_power
    found = confusion(target, baseline, ConfusionRule(transfer=rule), QUICK)
    assert found.scores["non_generalizable"] == pytest.approx(1 - power, abs=1e-12)


def test_agreement_and_comparison_are_those_of_the_parts(real):
    found = found_in(*real, share=0.3)
    correlation = found.agreement.correlation
    assert correlation.value == pytest.approx(spearmanr(*found.scores.values()).statistic)
    assert -1 <= correlation.low < correlation.value < correlation.high <= 1
    other = set(np.argsort(-found.scores["complex_cancelling"], kind="stable")[:4])
    own = set(np.flatnonzero(found.members))
    assert found.agreement.jaccard == pytest.approx(len(own & other) / len(own | other))
    alone = compare_groups(real[0], found.members, ~found.members, names=("confusing", "other"), bootstrap=QUICK)
    assert found.comparison.counts == (4, 10)
    assert found.comparison.strength_difference.value == pytest.approx(alone.strength_difference.value)
    assert found.comparison.cancellation.low == pytest.approx(alone.cancellation.low, nan_ok=True)


# The set --------------------------------------------------------------------------------------------------------------


def pairs(values):
    """Samples of two players with AND effects of {0}, {1} and {0, 1}."""
    return planted(np.column_stack((np.zeros(len(values)), values)))


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (0.1, 1), (0.15, 2), (0.29, 3), (0.5, 5), (1.0, 10)])
def test_a_share_takes_the_nearest_number_and_at_least_one(share, count):
    target = pairs([(1, -lower, 0) for lower in np.linspace(0.1, 0.9, 10)])  # which cancel more and more
    found = found_in(target, share=share, high_order=1, salience=FIXED)
    assert np.flatnonzero(found.members).tolist() == list(range(10 - count, 10))
    assert count == set_size(share, 10)


def test_a_share_of_a_tenth_unless_a_threshold_is_given():
    target, baseline = two_networks()
    assert found_in(target, baseline).members.sum() == 2
    every = FixedThreshold(0.001)
    score = found_in(target, baseline, salience=every).scores["non_generalizable"]
    at = float(np.sort(score)[12])
    found = found_in(target, baseline, threshold=at, salience=every)  # at or above
    assert found.members.tolist() == (score >= at).tolist()
    assert found.threshold == at
    assert f"8 of 20 samples are confusing, at or above {at:g} by the share" in found.sentences()[0]


def test_ties_are_broken_by_the_other_score_and_then_by_position():
    low, mixed, high = (1, 1, 0), (1, -1, 0), (0, 0, 1)  # complex and cancelling at high order 1: 0, 1, 0
    target = pairs([low, high, mixed, low, mixed])
    found = found_in(target, pairs([low, low, low, low, high]), share=0.4, high_order=1, salience=FIXED)
    assert found.scores["non_generalizable"].tolist() == [0, 1, 0.5, 0, 1]
    assert found.scores["complex_cancelling"].tolist() == [0, 0, 1, 0, 1]
    assert found.ranking.tolist() == [4, 1, 2, 0, 3]
    first = found_in(target, score="complex_cancelling", share=0.2, high_order=1, salience=FIXED)
    assert first.ranking.tolist() == [2, 4, 0, 1, 3]
    assert (first.tied, found.tied) == (1, 0)
    assert first.sentences()[1] == (
        "1 other sample has the same score as the last of these: the tie was broken by position."
    )


def test_rounding_breaks_no_tie():
    third = 1 / 3
    target = pairs([(1, -third, third), (3, -1, 1), (0.1, -0.1 / 3, 0.1 / 3), (1, 1, 0)])
    found = found_in(target, high_order=1, salience=FixedThreshold(0.01))
    assert found.ranking.tolist() == [0, 1, 2, 3]
    assert not found.members.any()  # most have the highest score
    assert found.sentences() == ["No sample stands out: at least half of 4 samples have the highest score, 0.4."]
    assert found_in(target, high_order=1, salience=FixedThreshold(0.01), share=0.6).members.tolist() == [True] * 2 + [
        False] * 2  # fmt: skip


def test_a_sample_without_salient_effects_has_no_score_and_is_never_confusing():
    low, mixed, none = (1, 1, 0), (1, -1, 0), (0.1, -0.1, 0)
    target = pairs([none, low, mixed, none])
    for rule in ({"share": 1.0}, {"threshold": 0.0}):
        found = found_in(target, pairs([low] * 4), salience=FIXED, high_order=1, **rule)
        for score in BOTH:
            assert np.isnan(found.scores[score]).tolist() == [True, False, False, True]
        assert found.members.tolist() == [False, True, True, False]
        assert found.most(9).tolist() == found.least(9)[::-1].tolist() == [2, 1]
    table = found.table()
    assert table.index.tolist() == [2, 1, 0, 3]
    assert table["rank"].isna().tolist() == [False, False, True, True]
    assert "2 samples more have no salient effect, and no score." in found.sentences()


def test_of_scores_that_are_alike_no_sample_stands_out():
    found = found_in(pairs([(1, 1, 0)] * 3), salience=FixedThreshold(0.01))
    assert not found.members.any()
    assert found.sentences() == ["No sample stands out: all scores of 3 samples are 0."]
    assert confusing(found, ["a", "b", "c"], "").sentence == found.sentences()[0]


def test_a_first_screen_says_which_sample_stands_out_and_how_far():
    low, half, high = (1, 1, 0), (1, -0.5, 0), (1, -1, 0)  # which cancel more and more
    found = found_in(pairs([low, low, low, half, high]), share=0.4, high_order=1, salience=FIXED)
    said = confusing(found, [f"sample {i}" for i in range(5)], "")
    assert said.sentence == "Sample 4 confuses the network most of 5 samples: its score is 1, the median 0."
    assert said.detail.startswith("2 samples count as confusing, the top 40 %: 0.667 or more. Bars: the scores of all ")
    assert said.picture.count("chosen") == 2
    found = found_in(pairs([low, low, low, high, high]), share=0.4, high_order=1, salience=FIXED)
    assert confusing(found, "01234", "").sentence.startswith(
        "3 and 1 more confuse the network most of 5 samples: their"
    )


def test_no_score_at_all_or_none_that_reaches_the_threshold():
    target = pairs([(1, 1, 0), (1, 1, 0), (2, 1, 0)])
    none = found_in(target, target, salience=FixedThreshold(5.0))
    assert none.sentences() == ["No sample is confusing: none has a salient effect."]
    assert not none.members.any()
    high = found_in(target, target, threshold=0.5, salience=FIXED)
    assert np.isnan([high.threshold, high.agreement.jaccard]).all()
    assert "none of the scores of 3 samples reaches 0.5" in high.sentences()[0]
    for found in (none, high):
        assert found.comparison is None
        assert len(found.table()) == 3
        assert repr(found)


# What comes out -------------------------------------------------------------------------------------------------------


def test_sorting_the_samples_otherwise_changes_nothing(real):
    order = np.random.default_rng(0).permutation(14)
    one, other = found_in(*real, share=0.3), found_in(*(x[order] for x in real), share=0.3)
    assert one.members[order].tolist() == other.members.tolist()
    assert one.most(14).tolist() == order[other.most(14)].tolist()
    for end in ("value", "low", "high"):
        assert getattr(one.agreement.correlation, end) == pytest.approx(getattr(other.agreement.correlation, end))


def test_the_table_holds_the_numbers(real):
    found = found_in(*real)
    table = found.table()
    assert table.columns.tolist() == ["label", "v", *BOTH, "rank", "member"]
    assert table["non_generalizable"].is_monotonic_decreasing
    assert table["rank"].tolist() == list(range(1, 15))
    for sample, row in table.iterrows():
        assert row["v"] == real[0].scores[sample, -1]
        assert row["complex_cancelling"] == found.scores["complex_cancelling"][sample]
        assert (row["label"], row["member"]) == (real[0].labels[sample], found.members[sample])
    named = planted(real[0].and_, provenance={"label_names": {"0": "cat"}})
    assert found_in(named).table()["label_name"].loc[[0, 1]].tolist() == ["cat", ""]


def test_words_say_which_samples_whether_the_scores_agree_and_how_they_differ():
    said = found_in(*two_networks(), share=0.15, salience=FIXED).sentences()
    assert said[0].startswith("3 of 20 samples are confusing, the top 15 % by the share of a sample's strength that "
                              "does not generalize, 1 − H: 0.")  # fmt: skip
    assert said[1].startswith("Another score, the share of a sample's strength at high orders times how far its")
    assert said[2].endswith("has a Jaccard index of 1 with this one; by chance it would be 0.0811.")
    few = "cannot be told from so few samples, 3 confusing and 17 other"
    assert said[3].startswith("Whether confusing samples have more strength of complex interactions")
    assert few in said[3]
    assert few in said[4]
    more = found_in(*two_networks(chosen=(0, 1, 2, 3, 4)), share=0.25, salience=FIXED).sentences()
    assert more[3].startswith("Confusing samples have more strength of complex interactions")
    assert more[4].startswith("Confusing samples have more cancellation among complex interactions than other ones")
    assert "how they were chosen" not in " ".join(said)
    assert "how they were chosen" in found_in(*two_networks(), score="complex_cancelling").sentences()[-1]
    assert repr(found_in(*two_networks())).startswith(
        "Confusion: 20 samples x 4 players, 1 baseline network\n  2 of 20 samples are confusing, the top 10 % by"
    )


def test_one_confusing_sample_is_not_compared_and_the_words_say_why():
    found = found_in(two_networks(10)[0])
    assert found.comparison is None
    assert found.agreement is None
    assert list(found.scores) == ["complex_cancelling"]
    assert found.sentences()[-1] == (
        "How they differ from the others cannot be told: that needs at least 2 confusing and 2 other samples, and "
        "there are 1 and 9."
    )


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"score": "non_generalisable"}, "score: given 'non_generalisable'; .* Did you mean 'non_generalizable'?"),
        ({"share": 0.0}, r"share: given 0.0; accepted: a number in \(0, 1\]"),
        ({"share": 1.1}, r"share: given 1.1; accepted: a number in \(0, 1\]"),
        ({"share": float("nan")}, "share: given nan"),
        ({"threshold": -0.1}, r"threshold: given -0.1; accepted: a score in \[0, 1\]"),
        ({"share": 0.1, "threshold": 0.5}, "threshold: given 0.5 beside a share of 0.1; accepted: one of the two"),
        ({"high_order": 5}, "high_order: given 5; accepted: an order, 1 to 4"),
        ({"high_order": 0}, "high_order: given 0; accepted: an order, 1 to 4"),
        ({"salience": "all"}, "rule: given 'all'"),
        ({"score": "non_generalizable"}, "baselines: given none; .* have the score 'complex_cancelling'"),
    ],
)
def test_rules_that_cannot_be_are_refused(rule, words):
    with pytest.raises(ArgumentError, match=words):
        found_in(two_networks(4)[0], **rule)


def test_networks_that_cannot_be_compared_are_refused():
    target, baseline = two_networks(6)
    with pytest.raises(ArgumentError, match="baselines: given other players, or another number of samples, in base"):
        found_in(target, baseline[:4])
    with pytest.raises(ArgumentError, match="agreement: given 'majority' of a single baseline"):
        found_in(target, baseline, transfer=TransferRule(agreement="majority"))
    with pytest.raises(ArgumentError, match="target: given no sample"):
        found_in(target[:0])
    with pytest.raises(ArgumentError, match="k: given -1"):
        found_in(target).most(-1)
