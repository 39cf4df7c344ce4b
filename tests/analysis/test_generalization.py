"""Which interactions generalize: planted parts that two networks share come out exactly; each part of the rule."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_effects import interactions as planted

from harsanyi import ArgumentError, FixedThreshold, MaxEffect
from harsanyi.analysis import Bootstrap, TransferRule, generalizes, permuted
from harsanyi.core.coalitions import orders

QUICK = Bootstrap(draws=100)
FIXED = TransferRule(salience=FixedThreshold(0.5))


def effects(seed, samples=6, n=4, share=0.4):
    """Sparse effects of strength 1 to 2 and either sign, AND and OR, (2, samples, 2**n)."""
    generator = np.random.default_rng(seed)
    values = generator.uniform(1, 2, (2, samples, 1 << n)) * generator.choice([-1, 1], (2, samples, 1 << n))
    values *= generator.random(values.shape) < share
    values[:, :, 0] = 0
    values[1][:, [1 << i for i in range(n)]] = 0
    return values


def pair(seed, samples=6):
    """Two networks that share a known part: target, baseline, what is shared."""
    generator = np.random.default_rng([seed, 1])
    whole = effects(seed, samples)
    shared = (whole != 0) & (generator.random(whole.shape) < 0.5)
    own = np.where(whole == 0, effects(seed + 1000, samples), 0.0)
    return planted(*whole), planted(*np.where(shared, whole, own)), shared


@pytest.mark.parametrize("seed", range(5))
def test_the_planted_part_that_is_shared_generalizes_and_nothing_else(seed):
    target, baseline, shared = pair(seed)
    found = generalizes(target, baseline, FIXED, QUICK)
    whole = np.stack((target.and_, target.or_))
    assert (found.salient == (whole != 0)).all()
    assert (found.generalizes == shared).all()
    assert float(found.power.value) == pytest.approx(np.abs(whole[shared]).sum() / np.abs(whole).sum(), rel=1e-12)
    order = orders(target.n).numpy()
    for k in range(1, target.n + 1):
        chosen = np.broadcast_to(order == k, whole.shape)
        assert found.rate.value[k - 1] == pytest.approx(shared[chosen].sum() / (whole[chosen] != 0).sum(), nan_ok=True)
        for part, mask in enumerate((shared, ~shared)):
            kept = np.where(mask & chosen, whole, 0)
            assert found.positive.value[part, k - 1] == pytest.approx(kept.clip(min=0).sum() / len(target))
            assert found.negative.value[part, k - 1] == pytest.approx(kept.clip(max=0).sum() / len(target))


def test_noise_costs_some_precision_and_recall_but_not_much():
    counts = np.zeros(3)  # right, found, planted
    for seed in range(20):
        target, baseline, shared = pair(seed)
        generator = np.random.default_rng(seed)
        filled = (orders(4) > 0).numpy()
        noisy = [
            planted(*(np.stack((x.and_, x.or_)) + filled * generator.normal(0, 0.2, shared.shape)))
            for x in (target, baseline)
        ]
        found = generalizes(*noisy, FIXED, QUICK, references=False).generalizes
        counts += (found & shared).sum(), found.sum(), shared.sum()
    right, named, there = counts
    assert right / named > 0.95
    assert right / there > 0.95


def one(*values):
    """One sample of three players with AND effects of pairs {0, 1}, {0, 2}, {1, 2}."""
    and_ = np.zeros((1, 8))
    and_[0, [3, 5, 6]] = values
    return planted(and_)


def test_each_part_of_the_rule():
    target = one(2.0, 2.0, 2.0)
    weak, opposite = one(0.3, 2.0, 2.0), one(2.0, -2.0, 2.0)

    def chosen(baselines, **options):
        rule = TransferRule(**{"salience": FixedThreshold(0.5), **options})
        return generalizes(target, baselines, rule, QUICK, references=False).generalizes[0, 0, [3, 5, 6]].tolist()

    assert chosen(weak) == [False, True, True]
    assert chosen(weak, baseline_salience=FixedThreshold(0.1)) == [True, True, True]
    assert chosen(opposite) == [True, False, True]
    assert chosen(opposite, same_sign=False) == [True, True, True]
    assert chosen([weak, opposite]) == [True, True, True]
    assert chosen([weak, opposite], agreement="all") == [False, False, True]
    assert chosen([weak, opposite, weak], agreement="majority") == [False, True, True]


def test_types_are_not_mixed_up():
    and_ = np.zeros((1, 8))
    and_[0, 3] = 2
    target, baseline = planted(and_), planted(np.zeros((1, 8)), and_)
    assert not generalizes(target, baseline, FIXED, QUICK).generalizes.any()


def test_each_network_has_thresholds_of_its_own():
    target, baseline = one(10.0, 1.0, 1.0), one(0.10, 0.01, 0.01)  # the same, a hundred times weaker
    assert float(generalizes(target, baseline, TransferRule(salience=MaxEffect()), QUICK).power.value) == 1


def test_itself_is_a_ceiling_of_one_and_other_samples_a_floor():
    generator = np.random.default_rng(0)
    x = planted(*effects(3, samples=30, share=0.2) * generator.choice([1, 1.3], (2, 30, 16)))
    assert float(generalizes(x, x, FIXED, QUICK, references=False).power.value) == 1
    floor = [
        float(generalizes(x, permuted(x, shift), FIXED, QUICK, references=False).power.value) for shift in (1, 2, 3)
    ]
    assert max(floor) < 0.25  # by chance: salient in a fifth of the cases, with the same sign in half of them


@given(st.integers(0, 50), st.permutations(range(6)))
def test_sorting_the_samples_otherwise_changes_nothing(seed, order):
    target, baseline, _ = pair(seed)
    found = generalizes(target, baseline, FIXED, QUICK, references=False)
    again = generalizes(target[order], baseline[order], FIXED, QUICK, references=False)
    for one_, other in product((found.power,), (again.power,)):
        assert one_.value == pytest.approx(other.value)
        assert (one_.low, one_.high) == (pytest.approx(other.low), pytest.approx(other.high))
    assert found.sample_power[list(order)] == pytest.approx(again.sample_power, nan_ok=True)


def test_tables_and_words_hold_the_numbers():
    target, baseline, _ = pair(0)
    found = generalizes(target, baseline, FIXED, QUICK)
    table = found.by_order()
    assert table.index.tolist() == [1, 2, 3, 4]
    assert table["rate"].to_numpy() == pytest.approx(found.rate.value, nan_ok=True)
    assert table["positive_other"].to_numpy() == pytest.approx(found.positive.value[1])
    said = " ".join(found.sentences())
    assert f"{100 * float(found.power.value):.0f} % of the salient strength generalizes to the other network" in said
    assert "95 % interval" in said
    assert repr(found).startswith("Generalization: 6 samples x 4 players")


def test_what_cannot_be_compared_is_refused():
    target, baseline, _ = pair(0)
    names = (("a", "b", "c", "d"),) * 6
    refused = {
        "other players": planted(baseline.and_, names=names),
        "other samples or labels": planted(baseline.and_, labels=np.ones(6, np.int64)),
        "another number of samples": baseline[:3],
    }
    for words, other in refused.items():
        with pytest.raises(ArgumentError, match=words):
            generalizes(target, [baseline, other], FIXED, QUICK)
    with pytest.raises(ArgumentError, match="'majority' of a single baseline"):
        generalizes(target, baseline, TransferRule(agreement="majority"), QUICK)
    with pytest.raises(ArgumentError, match="baselines: given none"):
        generalizes(target, [], FIXED, QUICK)
    with pytest.raises(ArgumentError, match="no salient effect in any sample"):
        generalizes(target, baseline, TransferRule(salience=FixedThreshold(9.0)), QUICK)
    with pytest.raises(ArgumentError, match="Did you mean 'majority'"):
        TransferRule(agreement="majorty")
    with pytest.raises(ArgumentError, match="no multiple of 6"):
        permuted(baseline, 6)
