"""Confusing samples over a training: planted times at which they enter, words in every case, bad input."""

import numpy as np
import pytest
from planted_effects import interactions as planted
from scipy.stats import spearmanr

from harsanyi import ArgumentError, FixedThreshold
from harsanyi.analysis import Bootstrap, ConfusionRule, confusion, confusion_course

QUICK = Bootstrap(draws=30)
RULE = ConfusionRule(share=0.25, salience=FixedThreshold(0.01))
STEPS = (0, 10, 20, 40)
SETS = ((0, 1, 2), (3, 1, 2), (3, 4, 2), (3, 4, 2))  # of twelve samples; {0, 1, 2} leave one by one


def network(members, samples=12, seed=0):
    """What a baseline shares, the pair {0, 1}, and the pair {0, 2} that it does not: much of it in members."""
    generator = np.random.default_rng(seed)
    and_ = np.zeros((samples, 8))
    and_[:, 3], and_[:, 5] = 1, generator.uniform(0.05, 0.2, samples)
    and_[list(members), 5] += 2
    return planted(and_)


BASELINE = planted(np.tile(np.eye(8)[3], (12, 1)))


def course(sets=SETS, steps=STEPS, rule=RULE, **options):
    checkpoints = {step: network(members, seed=at) for at, (step, members) in enumerate(zip(steps, sets, strict=True))}
    return checkpoints, confusion_course(checkpoints, BASELINE, rule, bootstrap=QUICK, **options)


def test_planted_sets_and_the_steps_from_which_on_their_samples_stay():
    _, found = course(unit="epoch")
    assert [set(np.flatnonzero(members)) for members in found.members] == [set(members) for members in SETS]
    expected = np.full(12, np.nan)
    expected[[2, 3, 4]] = 0, 10, 20
    np.testing.assert_array_equal(found.since, expected)
    assert found.settled == 20
    assert found.entering.tolist() == found.leaving.tolist() == [1, 1, 0]
    said = found.sentences()
    assert said[0] == (
        "3 samples are confusing at epoch 40, the top 25 % by the share of a sample's strength that does not "
        "generalize, 1 − H."
    )
    assert said[1] == "The set is settled from epoch 20 on: no sample enters or leaves it after."
    assert said[2] == "Half of its samples are in it for good from epoch 10 on."
    assert said[3] == "At most 1 sample enters at once, between the epochs 0 and 10."
    assert said[4].startswith("The rank correlation of the scores from epoch 20 to 40 is ")
    assert said[5].startswith("The mean score is 0.")


def test_a_sample_that_leaves_and_comes_back_stays_from_its_return_on():
    _, found = course(sets=((0, 1, 2), (0, 1, 3), (0, 1, 2), (0, 1, 2)))
    assert found.since[[0, 1, 2]].tolist() == [0, 0, 20]
    assert np.isnan(found.since[3:]).all()
    assert found.settled == 20


def test_each_checkpoint_is_what_confusion_says_of_it():
    checkpoints, found = course()
    for at, x in enumerate(checkpoints.values()):
        alone = confusion(x, BASELINE, RULE, QUICK)
        assert found.scores[at].tolist() == alone.scores["non_generalizable"].tolist()
        assert found.members[at].tolist() == alone.members.tolist()
        assert found.mean.value[at] == pytest.approx(found.scores[at].mean())
        assert found.mean.low[at] < found.mean.value[at] < found.mean.high[at]
    for at in range(3):
        assert found.correlation.value[at] == pytest.approx(spearmanr(*found.scores[at : at + 2]).statistic)


def test_checkpoints_come_one_by_one_and_need_no_baseline():
    checkpoints, found = course()
    again = confusion_course(iter(checkpoints.items()), [BASELINE], RULE, bootstrap=QUICK)
    assert again.members.tolist() == found.members.tolist()
    without = confusion_course(checkpoints, rule=RULE, bootstrap=QUICK)
    assert (without.score, without.baselines) == ("complex_cancelling", 0)
    assert without.scores.max() == 0  # nothing cancels
    assert without.settled == 0


def test_sorting_the_samples_otherwise_changes_nothing():
    checkpoints, found = course()
    order = np.random.default_rng(1).permutation(12)
    again = confusion_course(
        {step: x[order] for step, x in checkpoints.items()}, BASELINE[order], RULE, bootstrap=QUICK
    )
    assert again.scores.tolist() == found.scores[:, order].tolist()
    np.testing.assert_array_equal(again.since, found.since[order])
    for name in ("mean", "correlation"):
        for end in ("value", "low", "high"):
            np.testing.assert_allclose(getattr(getattr(again, name), end), getattr(getattr(found, name), end))


def test_a_set_that_changes_at_the_end_is_not_said_to_be_settled():
    _, found = course(sets=(*SETS[:3], (3, 4, 5)))
    assert found.settled == 40
    assert found.sentences()[1] == (
        "The set is not seen to settle: it still changes between the last two steps, 20 and 40."
    )


def test_a_single_checkpoint_tells_nothing_of_when():
    _, found = course(sets=SETS[:1], steps=(7,))
    assert found.correlation.value.shape == found.entering.shape == (0,)
    assert found.settled == 7
    assert found.sentences()[0].endswith("1 − H; a single checkpoint tells nothing of when.")
    assert len(found.table()) == 1


def test_samples_and_checkpoints_without_salient_effects():
    rule = ConfusionRule(share=0.25, salience=FixedThreshold(0.5))
    empty, some = planted(np.zeros((12, 8))), network((0, 1, 2))
    found = confusion_course({0: empty, 1: some, 2: some}, BASELINE, rule, bootstrap=QUICK)
    assert found.members.sum(1).tolist() == [0, 3, 3]
    assert np.isnan(found.mean.value).tolist() == [True, False, False]
    assert np.isnan(found.correlation.value[0])
    assert found.settled == 1
    assert found.sentences()
    ended = confusion_course({0: some, 1: empty}, BASELINE, rule, bootstrap=QUICK)
    assert ended.sentences() == ["No sample is confusing at step 1."]


def test_the_table_holds_the_numbers():
    _, found = course()
    table = found.table()
    assert table.index.tolist() == list(STEPS)
    assert table["members"].tolist() == [3, 3, 3, 3]
    assert table["entering"].isna().tolist() == [True, False, False, False]
    assert table["leaving"].tolist()[1:] == [1, 1, 0]
    assert table["mean_high"].to_numpy() == pytest.approx(found.mean.high)
    assert table["correlation"].to_numpy()[1:] == pytest.approx(found.correlation.value)
    assert repr(found).startswith(
        "ConfusionCourse: 4 checkpoints x 12 samples x 3 players, 1 baseline network\n  3 sam"
    )


def test_what_cannot_be_asked_is_refused():
    checkpoints, _ = course()

    def refused(words, checkpoints=checkpoints, baselines=BASELINE, **options):
        with pytest.raises(ArgumentError, match=words):
            confusion_course(checkpoints, baselines, RULE, **options)

    refused("checkpoints: given no checkpoint", {})
    refused("checkpoints: given steps", [(1, checkpoints[0]), (1, checkpoints[10])])
    refused("checkpoints: given other players, or another number of samples, at step 10",
            {0: checkpoints[0], 10: checkpoints[10][:3]})  # fmt: skip
    refused("baselines: given other players", baselines=BASELINE[:3])
    refused("unit: given ' '", unit=" ")
    with pytest.raises(ArgumentError, match="baselines: given none"):
        confusion_course(checkpoints, rule=ConfusionRule(score="non_generalizable"))
