"""Loss without interactions that do not generalize: real losses, the definition, planted gaps, an exact control."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from harsanyi import ArgumentError, BinaryLogit, Columns, FixedThreshold, Logit, extract
from harsanyi.analysis import Bootstrap, TransferRule, generalizes, intervention
from harsanyi.analysis.removal import removed_at_random

QUICK = Bootstrap(draws=50)
FIXED = TransferRule(salience=FixedThreshold(0.5))
TRAIN, TEST = range(6), range(6, 12)
SAMPLES = 12


def network(seed, outputs=3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, outputs))


@pytest.fixture(scope="module")
def data():
    generator = torch.Generator().manual_seed(0)
    return 3 * torch.randn(SAMPLES, 4, generator=generator), torch.arange(SAMPLES) % 3


@pytest.fixture(scope="module")
def real(data):
    """Interactions of three networks, and which of those of the first the others encode."""
    target, *others = (extract(network(seed), *data, players=Columns(), progress=False) for seed in range(3))
    return target, generalizes(target, others, bootstrap=QUICK)


def run(target, found, train=TRAIN, test=TEST, **options):
    return intervention(target, found, train, test, **{"draws": 20, "bootstrap": QUICK, **options})


def test_the_loss_as_it_is_is_the_cross_entropy_of_the_network(data, real):
    done = run(*real)
    losses = cross_entropy(network(0)(data[0]), data[1], reduction="none").double()
    assert done.train_loss.value[0] == pytest.approx(losses[:6].mean().item(), abs=1e-6)
    assert done.test_loss.value[0] == pytest.approx(losses[6:].mean().item(), abs=1e-6)


def test_the_same_for_a_network_with_one_logit(data):
    labels = data[1] % 2
    x = extract(network(0, 1), data[0], labels, players=Columns(), score=BinaryLogit(), progress=False)
    losses = binary_cross_entropy_with_logits(network(0, 1)(data[0])[:, 0], labels.float(), reduction="none")
    done = run(x, generalizes(x, x, bootstrap=QUICK))
    assert done.train_loss.value[0] == pytest.approx(losses[:6].mean().item(), abs=1e-6)


def test_the_definition_on_a_real_network(real):
    target, found = real
    done = run(target, found)
    assert 0 < found.power.value < 1
    lost = found.salient & ~found.generalizes
    kept = replace(target, and_=np.where(lost[0], 0, target.and_), or_=np.where(lost[1], 0, target.or_))
    score = target.scores[:, -1] - (target.predict() - kept.predict())[:, -1]
    losses = np.log1p(np.exp(-score))
    train, test = losses[:6].mean(), losses[6:].mean()
    assert (done.train_loss.value[1], done.test_loss.value[1]) == (pytest.approx(train), pytest.approx(test))
    assert done.gap.value[1] == pytest.approx(test - train)
    assert done.closed.value == pytest.approx(np.abs(done.gap.value[0]) - np.abs(done.gap.value[1:]))
    assert done.advantage.value == pytest.approx(done.closed.value[0] - done.closed.value[1])
    strength = np.abs(np.where(lost, np.stack((target.and_, target.or_)), 0)).sum((0, 2))
    assert done.removed.value == pytest.approx([strength[:6].mean(), strength[6:].mean()])
    whole = np.abs(found.strength).sum((1, 2, 3))
    assert done.removed_share.value[1] == pytest.approx(strength[6:].sum() / whole[6:].sum())


def removed_one_by_one(effects, strength):
    """The control for one order of the effects, from the definition."""
    removed = 0.0
    for effect in effects:
        taken = min(abs(effect), strength)
        removed += taken * np.sign(effect)
        strength -= taken
    return removed


def test_the_control_removes_as_much_in_every_order_that_there_is():
    effects, strength = np.array([3.0, -2.0, 1.0, -0.5]), 2.75
    drawn = removed_at_random(effects, strength, 4000, np.random.default_rng(0))
    expected = [removed_one_by_one(order, strength) for order in permutations(effects)]
    assert set(drawn.round(9)) == set(np.round(expected, 9))
    assert drawn.mean() == pytest.approx(np.mean(expected), abs=4 * np.std(expected) / np.sqrt(4000))


def pairs(values, empty=0.0):
    """Samples of three players whose AND effects of {0}, {0, 1}, {1, 2} and {0, 1, 2} are these, (samples, 4)."""
    and_ = np.full((len(values), 8), empty)
    and_[:, 1:] = 0
    and_[:, [1, 3, 6, 7]] = values
    return planted(and_)


def varied(effects):
    """The same effects in every sample but for a small change of the first, which generalizes."""
    values = np.tile(np.array(effects, float), (SAMPLES, 1))
    values[:, 0] += 0.1 * np.sin(np.arange(SAMPLES))
    return values


def test_a_gap_that_effects_of_the_training_samples_alone_make_is_closed_and_not_by_the_control():
    shared = varied([1.0, -1.5, 0.0, 0.0])
    own = shared.copy()
    own[:6, 2:] = 1.5, 0.9  # learned by heart: they lower the loss of training samples only
    target = pairs(own)
    done = run(target, generalizes(target, pairs(shared), FIXED, QUICK))
    assert done.gap.low[0] > 0.1
    assert abs(done.gap.value[1]) < 0.05
    assert done.removed.value == pytest.approx([2.4, 0])
    assert done.removed_share.value[1] == 0
    assert done.advantage.low > 0.02
    said = " ".join(done.sentences())
    assert "The intervention closes more of the gap than the control does: the difference is" in said
    assert " % of the salient strength of training samples and 0 % of test samples" in said


def gap_that_generalizes(empty):
    """Training samples have an effect more, which generalizes; what does not generalize moves no score."""
    shared = varied([1.0, 0.0, 0.0, 0.0])
    shared[:6, 1] = 3.0
    own = shared.copy()
    own[:, 2:] = 0.9, -0.9
    target = pairs(own, empty)
    return run(target, generalizes(target, pairs(shared, empty), FIXED, QUICK), draws=100)


def test_where_the_gap_is_made_by_what_generalizes_the_control_closes_more():
    done = gap_that_generalizes(-10.0)  # far below 0 the loss is -v
    assert done.gap.value[:2] == pytest.approx([3, 3], abs=0.1)
    assert done.closed.value[1] == pytest.approx(-done.advantage.value, abs=1e-9)
    assert done.advantage.high < 0
    assert "The intervention closes less of the gap than the control does" in " ".join(done.sentences())


def test_a_control_that_widens_the_gap_makes_no_success():
    done = gap_that_generalizes(0.0)  # near 0 the loss is steeper where the score is lower
    assert done.closed.value[1] < 0 < done.advantage.low
    assert done.closed.value[0] == pytest.approx(0, abs=1e-9)
    assert done.sentences()[-1].endswith("but not clearly a smaller one than there was.")


def test_where_all_effects_have_one_sign_every_removal_of_equal_strength_does_the_same():
    shared = varied([1.0, 0.8, 0.0, 0.0])
    own = shared.copy()
    own[:6, 2:] = 1.5, 0.9
    target = pairs(own)
    done = run(target, generalizes(target, pairs(shared), FIXED, QUICK))
    assert done.advantage.value == pytest.approx(0, abs=1e-12)
    assert done.sentences()[-1].startswith("Neither clearly closes more")


def test_where_there_is_no_gap_nothing_is_said_to_close():
    shared = varied([1.0, 0.0, 0.0, 0.0])
    own = shared.copy()
    own[:, 2:] = 0.9, -0.9
    target = pairs(own)
    said = run(target, generalizes(target, pairs(shared), FIXED, QUICK)).sentences()
    assert "not clearly other than 0: there may be nothing to close" in said[0]
    assert said[-1].startswith("Neither clearly closes more of the gap than the other")


def test_where_everything_generalizes_nothing_changes(real):
    target, _ = real
    done = run(target, generalizes(target, target, bootstrap=QUICK))
    for estimate in (done.train_loss, done.test_loss, done.gap):
        assert estimate.value[1:] == pytest.approx(np.full(2, estimate.value[0]), abs=1e-15)
    assert done.removed.value.tolist() == [0, 0]
    assert np.abs([done.advantage.value, done.advantage.low, done.advantage.high]).max() < 1e-12
    assert done.sentences()[-1] == "Every salient interaction generalizes: there is nothing to remove."


def test_sorting_the_samples_otherwise_changes_nothing(real):
    target, found = real
    order = np.random.default_rng(1).permutation(SAMPLES)
    moved = replace(found, salient=found.salient[:, order], generalizes=found.generalizes[:, order],
                    strength=found.strength[order])  # fmt: skip
    one, other = run(target, found), run(target[order], moved, order < 6, order >= 6)
    for name in ("train_loss", "gap", "closed", "advantage", "removed"):
        for ends in ("value", "low", "high"):
            assert getattr(getattr(one, name), ends) == pytest.approx(getattr(getattr(other, name), ends), abs=1e-12)


def test_the_seed_of_the_control_moves_the_control_alone(real):
    one, other = run(*real), run(*real, seed=1)
    assert one.gap.value[:2].tolist() == other.gap.value[:2].tolist()
    assert one.gap.value[2] != other.gap.value[2]
    assert abs(one.gap.value[2] - other.gap.value[2]) < 0.3


def test_the_table_holds_the_numbers(real):
    done = run(*real)
    table = done.table()
    assert table.index[0] == "as it is"
    assert len(table) == 3
    assert table["gap_low"].to_numpy() == pytest.approx(done.gap.low)
    assert table["closed"].to_numpy() == pytest.approx([0, *done.closed.value])
    assert repr(done).startswith(
        "Intervention: 6 training and 6 test samples, 20 draws of the control\n  Over the explained samples the loss"
    )


def test_what_gives_no_losses_is_refused(data, real):
    target, found = real
    logits = extract(network(0), *data, players=Columns(), score=Logit(), progress=False)
    with pytest.raises(
        ArgumentError, match=r"interactions of the score Logit; accepted: those of log-odds.*LogOdds\(\)"
    ):
        run(logits, found)
    predicted = extract(network(0), data[0], players=Columns(), progress=False)
    with pytest.raises(ArgumentError, match="scores for predicted labels; accepted: scores for the true labels"):
        run(predicted, found)
    with pytest.raises(ArgumentError, match="found: given what was found of other interactions"):
        run(target[::-1], found)
    with pytest.raises(ArgumentError, match="found: given what was found of other interactions"):
        run(target[:8], found, range(4), range(4, 8))
    with pytest.raises(ArgumentError, match="test: given sample 5, which is in train too"):
        run(target, found, TRAIN, range(5, 12))
    with pytest.raises(ArgumentError, match="draws: given 0"):
        run(target, found, draws=0)
    with pytest.raises(ArgumentError, match="seed: given -1; accepted: a whole number >= 0"):
        run(target, found, seed=-1)
