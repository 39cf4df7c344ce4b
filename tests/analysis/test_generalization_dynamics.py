"""What is learned over a training and generalizes: planted courses, brute force, and every verdict."""

import numpy as np
import pytest
from planted_effects import interactions as planted

from harsanyi import ArgumentError, FixedThreshold
from harsanyi.analysis import Bootstrap, TransferRule, generalization_dynamics, generalizes
from harsanyi.analysis.three_phases import overfitting_from
from harsanyi.core.coalitions import orders

QUICK = Bootstrap(draws=50)
FIXED = TransferRule(salience=FixedThreshold(0.5))
STEPS = (0, 10, 20, 30, 40)
ENDS = ("value", "low", "high")


def networks(count, seed=0, samples=5, n=3):
    """Random networks of effects around the threshold, many of them the same in two of them that follow each other."""
    generator = np.random.default_rng(seed)
    whole = generator.normal(0, 1, (count, 2, samples, 1 << n))
    for now in range(1, count):
        whole[now] = np.where(generator.random(whole[now].shape) < 0.5, whole[now - 1], whole[now])
    whole[..., 0] = 0
    return [planted(*effects) for effects in whole]


def course(shared, own, samples=12, spread=0.05, seed=0):
    """Checkpoints whose pair {0, 1} has a strength that is shared with a baseline, {0, 2} one that is not; both."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(1 - spread, 1 + spread, (samples, 2))

    def network(first, second):
        and_ = np.zeros((samples, 8))
        and_[:, 3], and_[:, 5] = first * weights[:, 0], second * weights[:, 1]
        return planted(and_)

    return {step: network(*pair) for step, pair in zip(STEPS, zip(shared, own, strict=True), strict=False)}, network(
        5, 0
    )


def found_in(shared, own, **options):
    checkpoints, baseline = course(shared, own)
    return generalization_dynamics(checkpoints, baseline, FIXED, QUICK, **options)


THREE = ((2, 4, 6, 8, 8.2), (6, 3, 1, 2, 6))  # H: .25 .57 .86 .80 .58; gained, shared: 2 2 2 .2, own: 0 0 1 4


# Oracles --------------------------------------------------------------------------------------------------------------


def test_everything_by_brute_force():
    *checkpoints, one, other = networks(6)
    steps = range(len(checkpoints))
    rule = TransferRule(salience=FixedThreshold(0.5), agreement="all")
    found = generalization_dynamics(zip(steps, checkpoints, strict=True), [one, other], rule, QUICK)
    order = orders(3).tolist()

    def effect(x, kind, sample, chosen):
        value = (x.and_, x.or_)[kind][sample, chosen]
        return value if abs(value) >= 0.5 else 0.0

    strength, count, salient = np.zeros((4, 2, 2, 3)), np.zeros((4, 3)), np.zeros((4, 3))
    gained = np.zeros((3, 2, 3))
    for step, x in enumerate(checkpoints):
        for kind, sample, chosen in np.ndindex(2, 5, 8):
            now, k = effect(x, kind, sample, chosen), order[chosen] - 1
            if now == 0:
                continue
            part = 0 if all(effect(base, kind, sample, chosen) * now > 0 for base in (one, other)) else 1
            strength[step, part, 0 if now > 0 else 1, k] += now / 5
            salient[step, k] += 1
            count[step, k] += part == 0
            if step:
                before = effect(checkpoints[step - 1], kind, sample, chosen)
                gain = abs(now) - abs(before) if now * before > 0 else abs(now)
                gained[step - 1, part, k] += max(gain, 0) / 5
    assert found.positive.value == pytest.approx(strength[:, :, 0])
    assert found.negative.value == pytest.approx(strength[:, :, 1])
    whole = np.abs(strength).sum((2, 3))
    assert found.power.value == pytest.approx(whole[:, 0] / whole.sum(1))
    assert found.rate.value == pytest.approx(count / salient)
    assert found.gained.value == pytest.approx(gained)
    assert found.gained_rate.value == pytest.approx(gained[:, 0].sum(1) / gained.sum((1, 2)))
    assert (found.baselines, found.samples, found.n) == (2, 5, 3)


def test_each_checkpoint_is_what_generalizes_says_of_it():
    *checkpoints, baseline = networks(4, seed=1)
    found = generalization_dynamics(enumerate(checkpoints), baseline, FIXED, QUICK, ceilings=baseline)
    for at, x in enumerate(checkpoints):
        alone = generalizes(x, baseline, FIXED, QUICK, ceilings=baseline, references=x is checkpoints[-1])
        for name in ("power", "rate", "positive", "negative"):
            assert getattr(found, name).value[at] == pytest.approx(getattr(alone, name).value)
    for one, other in zip(found.references, alone.references, strict=True):
        assert (one.name, one.kind) == (other.name, other.kind)
        assert one.power.value == other.power.value


def test_what_turns_its_sign_is_gained_as_a_whole_and_what_shrinks_is_not():
    def one(*values):
        and_ = np.zeros((2, 8))
        and_[:, [3, 5, 6, 7]] = values
        return planted(and_)

    first, then = one(2.0, -1.0, 3.0, 0.4), one(-1.5, -1.75, 1.0, 0.6)  # the last was not salient before
    found = generalization_dynamics({0: first, 1: then}, then, FIXED, QUICK)
    assert found.gained.value[0].tolist() == [[0.0, pytest.approx(1.5 + 0.75), pytest.approx(0.6)], [0, 0, 0]]


# Phases ---------------------------------------------------------------------------------------------------------------


def test_planted_phases_are_found_at_their_checkpoints():
    found = found_in(*THREE, unit="epoch")
    assert found.verdict == "three phases"
    assert (found.peak.step, found.peak.low, found.peak.high, found.peak.share) == (20, 20, 20, 1)
    assert (found.overfitting.step, found.overfitting.low, found.overfitting.high) == (30, 30, 30)
    shared, own = (np.array(strength) for strength in THREE)
    assert found.power.value == pytest.approx(shared / (shared + own), abs=0.03)
    assert found.gained_rate.value == pytest.approx([1, 1, 2 / 3, 0.2 / 4.2], abs=0.03)
    said = found.sentences()
    assert said[0] == "By what generalizes, three phases."
    assert said[1].startswith("The first phase ends at epoch 20 (95 % interval 20 to 20, seen in 100 % of 50 resampl")
    assert said[2].startswith("The third phase begins at epoch 30 (95 % interval 30 to 30, seen in 100 % of 50 resampl")
    assert "25 % at epoch 0 (95 % interval" in " ".join(said)
    assert "Ceilings at epoch 40, what to expect at most: the same network extracted again 100 %." in said
    assert "Of the strength gained last, from epoch 30 to 40, 5 % generalizes" in " ".join(said)


@pytest.mark.parametrize(
    ("shared", "own", "verdict", "words"),
    [
        ((2, 4, 6, 8, 9), (6, 3, 1, 1.5, 2), "phase 3 not reached", "The third phase, in which less than 50 % of"),
        ((6, 5, 4, 3, 2), (1, 2, 3, 4, 5), "no first phase seen", "No first phase seen: H does not rise"),
        ((3, 3, 3, 3, 3), (3, 3, 3, 3, 3), "no first phase seen", "No first phase seen: H does not rise"),
        ((1, 2, 3, 4, 5), (6, 5, 4, 3, 2), "first phase not ended", "H is largest at the last checkpoint"),
        ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), "no salient effects", "No phases: no checkpoint has a salient effect."),
    ],
)
def test_every_other_verdict(shared, own, verdict, words):
    found = found_in(shared, own, train_loss=np.ones(5), test_loss=np.arange(5.0))
    assert (found.verdict, found.overfitting) == (verdict, None)
    assert (found.peak is None) == (verdict != "phase 3 not reached")
    assert words in " ".join(found.sentences())


def test_a_fall_that_is_noise_ends_no_phase():
    checkpoints, baseline = course((2, 4, 6, 6, 6), (6, 3, 1, 1, 1))
    noise = np.random.default_rng(5).normal(1, 0.3, (5, 12, 8))
    noisy = {step: planted(x.and_ * noise[at]) for at, (step, x) in enumerate(checkpoints.items())}
    found = generalization_dynamics(noisy, baseline, FIXED, QUICK)
    assert found.power.value.argmax() < 4
    assert found.verdict == "first phase not ended"
    assert "after its peak H falls by no more than resampling the samples makes" in found.sentences()[0]


def test_one_sample_tells_no_phases():
    checkpoints, baseline = course(*THREE)
    one = {step: x[:1] for step, x in checkpoints.items()}
    found = generalization_dynamics(one, baseline[:1], FIXED, QUICK)
    assert (found.verdict, found.peak) == ("one sample", None)
    assert np.isnan(found.power.low).all()
    assert found.sentences()[0] == "One sample does not tell phases from noise: explain more samples."


def test_the_majority_is_an_option():
    assert found_in(*THREE, majority=0.9).overfitting.step == 20
    assert found_in(*THREE, majority=0.01).verdict == "phase 3 not reached"


def test_a_start_that_marks_no_change_is_said_to_mark_none():
    assert "marks no change" not in " ".join(found_in(*THREE).sentences())
    weak = found_in((1, 1, 2, 2.2, 2.4), (4, 2, 3.2, 6, 9))  # more than half of every gain does not generalize
    assert weak.verdict == "three phases"
    assert weak.peak.step == weak.overfitting.step == 20
    said = weak.sentences()
    assert "three phases" not in said[0]
    assert said[2] == "So it is with every gain before, too: the start of this phase marks no change in what is gained."
    assert said[3] == "No second phase lies between the two."


def test_stretches_without_a_gain_count_neither_way():
    nan = np.nan
    rates = np.array([[0.9, 0.2, nan, 0.3], [0.9, nan, nan, nan], [nan, nan, nan, 0.1], [0.1, 0.2, 0.9, nan]])
    position, found = overfitting_from(rates, np.array([0, 0, 1, 0]), 0.5)
    assert position.tolist() == [1, 4, 3, 4]
    assert found.tolist() == [True, False, True, False]


# What may be missing --------------------------------------------------------------------------------------------------


def test_a_checkpoint_without_salient_effects_breaks_nothing():
    shared, own = ((0, *THREE[0][1:4], 0), (0, *THREE[1][1:4], 0))
    found = found_in(shared, own, train_loss=np.ones(5), test_loss=np.arange(5.0))
    assert np.isnan(found.power.value).tolist() == [True, False, False, False, True]
    assert found.power.value[2] == pytest.approx(6 / 7, abs=0.03)
    assert found.references == ()
    assert np.isnan(found.gained_rate.value[-1])
    assert np.isfinite(found.association.value)
    assert found.sentences()


def test_a_single_checkpoint_gains_nothing():
    checkpoints, baseline = course(*THREE)
    found = generalization_dynamics({7: checkpoints[20]}, baseline, FIXED, QUICK, train_loss=[1.0], test_loss=[2.0])
    assert found.gained.value.shape == (0, 2, 3)
    assert found.verdict == "no first phase seen"
    assert np.isnan(found.association.value)
    assert found.table().shape[0] == 1
    assert found.to_xarray().sizes["until"] == 0
    assert found.sentences()


# The loss gap ---------------------------------------------------------------------------------------------------------


def test_a_gap_that_grows_as_h_falls_is_associated_with_it():
    shared, own = np.array(THREE[0]), np.array(THREE[1])
    rest = own / (shared + own)
    losses = np.random.default_rng(0).normal(0, 0.001, (2, 5, 30))
    test = 1 + rest[:, None] + losses[1]
    found = found_in(*THREE, train_loss=1 + losses[0], test_loss=test)
    assert float(found.association.value) == 1
    assert found.association.low == 1
    assert found.gap.value == pytest.approx(rest, abs=0.01)
    means = found_in(*THREE, train_loss=np.ones(5), test_loss=test.mean(1))
    assert float(means.association.value) == 1
    assert np.isnan(means.association.low)
    assert "The rank correlation of 1 - H and the loss gap over the checkpoints is 1." in means.sentences()


# What comes out -------------------------------------------------------------------------------------------------------


def test_sorting_the_samples_otherwise_changes_nothing():
    checkpoints, baseline = course(*THREE, spread=0.6)
    order = np.random.default_rng(0).permutation(12)
    found, again = (
        generalization_dynamics({step: x[chosen] for step, x in checkpoints.items()}, baseline[chosen], FIXED, QUICK)
        for chosen in (np.arange(12), order)
    )
    for name in ("power", "rate", "gained", "gained_rate"):
        for end in ENDS:
            one, other = (getattr(getattr(x, name), end) for x in (found, again))
            np.testing.assert_allclose(one, other, atol=1e-12)
    assert found.overfitting.drawn.tolist() == again.overfitting.drawn.tolist()
    for one, other in zip(found.references, again.references, strict=True):
        assert float(one.power.value) == pytest.approx(float(other.power.value))


def test_checkpoints_come_one_by_one():
    checkpoints, baseline = course(*THREE)
    whole = generalization_dynamics(checkpoints, baseline, FIXED, QUICK)
    again = generalization_dynamics(iter(checkpoints.items()), [baseline], FIXED, QUICK)
    assert (again.power.value == whole.power.value).all()


def test_tables_hold_the_numbers():
    found = found_in(*THREE, train_loss=np.ones(5), test_loss=np.arange(5.0), unit="epoch")
    table, by_order, dataset = found.table(), found.by_order(), found.to_xarray()
    assert table.index.tolist() == list(STEPS)
    assert table["power_low"].to_numpy() == pytest.approx(found.power.low)
    assert table["gained_rate"].to_numpy()[1:] == pytest.approx(found.gained_rate.value)
    assert np.isnan(table["gained_rate"].to_numpy()[0])
    assert by_order.loc[(20, 2), "positive_other"] == pytest.approx(found.positive.value[2, 1, 1])
    assert by_order.loc[(20, 2), "gained_generalizable"] == pytest.approx(found.gained.value[1, 0, 1])
    assert float(dataset["gained"].sel(until=20, part="generalizable", order=2)) == found.gained.value[1, 0, 1]
    assert dataset.attrs["peak"] == 20
    assert dataset.attrs["verdict"] == "three phases"
    assert "gap" not in found_in(*THREE).table()
    assert repr(found).startswith(
        "GeneralizationDynamics: 5 checkpoints x 12 samples x 3 players, 1 baseline network\n"
    )


def test_what_cannot_be_asked_is_refused():
    checkpoints, baseline = course(*THREE)

    def refused(words, checkpoints=checkpoints, baselines=baseline, **options):
        with pytest.raises(ArgumentError, match=words):
            generalization_dynamics(checkpoints, baselines, FIXED, QUICK, **options)

    refused("checkpoints: given no checkpoint", {})
    refused("checkpoints: given steps", [(1, checkpoints[0]), (1, checkpoints[10])])
    refused("checkpoints: given other players, or another number of samples, at step 10", {0: checkpoints[0],
            10: checkpoints[10][:3]})  # fmt: skip
    refused("baselines: given other players, or another number of samples, in baseline 0", baselines=baseline[:3])
    refused("baselines: given none", baselines=[])
    refused("ceilings: given other players", ceilings=baseline[:3])
    refused("unit: given ' '", unit=" ")
    refused(r"majority: given 1.0; accepted: a share in \(0, 1\)", majority=1.0)
    refused("train_loss: given one of two losses", train_loss=np.ones(5))
    refused(r"test_loss: given shape \(4,\)", train_loss=np.ones(5), test_loss=np.ones(4))
