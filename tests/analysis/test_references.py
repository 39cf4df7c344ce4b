"""What a share is judged by: scores split again, other seeds, untrained networks, other samples."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_effects import interactions as planted
from sklearn.datasets import load_wine

from harsanyi import ArgumentError, Columns, FixedThreshold, extract
from harsanyi.analysis import (
    Bootstrap,
    TransferRule,
    and_alone,
    extracted_again,
    generalization_dynamics,
    generalizes,
    permuted,
)

QUICK = Bootstrap(draws=20)
FIXED = TransferRule(salience=FixedThreshold(0.5))


@pytest.fixture(scope="module")
def wine():
    """Interactions of trained networks (seeds 0 and 1 of one recipe; one of other samples) and of an untrained one."""
    inputs, labels = load_wine(return_X_y=True)
    inputs = torch.tensor((inputs - inputs.mean(0)) / inputs.std(0), dtype=torch.float32)[:, :6]
    labels = torch.tensor(labels)

    def network(seed, chosen, steps=60):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = torch.nn.Sequential(torch.nn.Linear(6, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
        optimizer = torch.optim.Adam(net.parameters(), 1e-2)
        for _ in range(steps):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(inputs[chosen]), labels[chosen]).backward()
            optimizer.step()
        return extract(net, inputs[::15], labels[::15], players=Columns(), progress=False)

    even, odd = range(0, 178, 2), range(1, 178, 2)
    return network(0, even), network(1, even), network(2, odd), network(3, even, steps=0)


def test_a_network_extracted_again_is_nearly_but_not_quite_the_same(wine):
    target = wine[0]
    again = extracted_again(target)
    assert (again.gap <= 0.01).all()
    assert (np.abs(again.noise) <= target.noise_bound[:, None] + 1e-9).all()
    assert again.objective == pytest.approx(target.objective, rel=0.01)
    assert (again.scores == target.scores).all()
    assert 0.8 < float(generalizes(target, again, bootstrap=QUICK, references=False).power.value) < 1


def test_each_starting_point_is_of_a_seed_and_of_the_sample_alone(wine):
    target = wine[0]
    first, same, other = extracted_again(target), extracted_again(target), extracted_again(target, seed=1)
    assert (first.and_ == same.and_).all()
    assert (first.and_ != other.and_).any()
    turned = extracted_again(target[::-1])
    assert turned.and_[::-1] == pytest.approx(first.and_, abs=1e-6)
    assert other.provenance["starting_point"] == 1


def test_effects_that_are_the_only_ones_come_back(wine):
    assert extracted_again(and_alone(wine[0])).and_ == pytest.approx(and_alone(wine[0]).and_)


def test_real_networks_lie_between_floor_and_ceiling(wine):
    target, seed, other, untrained = wine
    found = generalizes(target, other, bootstrap=QUICK, ceilings=seed, floors=[untrained])
    named = {reference.name: reference for reference in found.references}
    assert [(one.name, one.kind) for one in found.references] == [
        ("another seed", "ceiling"), ("extracted again", "ceiling"), ("untrained", "floor"), ("other samples", "floor"),
    ]  # fmt: skip
    power = {name: float(one.power.value) for name, one in named.items()}
    assert power["extracted again"] > power["another seed"] > power["untrained"]
    assert power["other samples"] < float(found.power.value)
    for name, network in (("another seed", seed), ("untrained", untrained)):
        asked = generalizes(target, network, bootstrap=QUICK, references=False)
        assert asked.references == ()
        for one, expected in ((named[name].power, asked.power), (named[name].rate, asked.rate)):
            for end in ("value", "low", "high"):
                np.testing.assert_array_equal(getattr(one, end), getattr(expected, end))
    said = " ".join(found.sentences())
    for words, name in (("the same recipe with another seed", "another seed"), ("an untrained network", "untrained"),
                        ("the same network extracted again", "extracted again")):  # fmt: skip
        assert f"{words} {100 * power[name]:.0f} %" in said


def test_over_a_real_training_what_generalizes_grows_and_the_references_are_those_of_its_end(wine):
    target, seed, other, untrained = wine
    course = generalization_dynamics({0: untrained, 60: target}, other, bootstrap=QUICK, ceilings=seed)
    assert course.power.low[1] > course.power.high[0]
    assert course.verdict == "first phase not ended"
    end = generalizes(target, other, bootstrap=QUICK, ceilings=seed)
    assert course.power.value[1] == pytest.approx(float(end.power.value))
    assert [float(one.power.value) for one in course.references] == [float(one.power.value) for one in end.references]


@pytest.mark.parametrize("same_sign", [True, False])
@pytest.mark.parametrize("agreement", ["one", "majority", "all"])
def test_other_samples_are_the_mean_over_all_ways_to_move_them(agreement, same_sign):
    generator = np.random.default_rng(0)
    networks = [planted(*(generator.normal(0, 1, (2, 5, 8)) * (np.arange(8) > 0))) for _ in range(4)]
    rule = replace(FIXED, agreement=agreement, same_sign=same_sign)
    target, baselines = networks[0], networks[1:]
    found = generalizes(target, baselines, rule, QUICK).references[-1]
    moved = [generalizes(target, [permuted(one, shift) for one in baselines], rule, QUICK, references=False)
             for shift in range(1, 5)]  # fmt: skip
    assert found.name == "other samples"
    assert found.power.value == pytest.approx(np.mean([one.power.value for one in moved]))
    assert found.rate.value == pytest.approx(np.mean([one.rate.value for one in moved], axis=0))


def test_networks_of_a_kind_are_judged_together_and_a_majority_of_one_is_that_one():
    def one(*values):
        and_ = np.zeros((2, 8))
        and_[:, [3, 5, 6]] = values
        return planted(and_)

    target, weak, opposite = one(2.0, 2.0, 2.0), one(0.3, 2.0, 2.0), one(2.0, -2.0, 2.0)

    def ceiling(networks, agreement):
        rule = replace(FIXED, agreement=agreement)
        return float(generalizes(target, [weak, target], rule, QUICK, ceilings=networks).references[0].power.value)

    assert ceiling([weak, opposite], "one") == pytest.approx(1)
    assert ceiling([weak, opposite], "majority") == pytest.approx(1 / 3)
    assert ceiling([weak], "majority") == ceiling(weak, "all") == pytest.approx(2 / 3)


def test_another_number_of_networks_than_baselines_is_told_of(wine):
    target, seed, other, untrained = wine
    two = [other, seed]

    def said(baselines, agreement, **references):
        return " ".join(
            generalizes(target, baselines, TransferRule(agreement=agreement), QUICK, **references).sentences()
        )

    assert "(of 1 network; H is of any of 2, which is easier)" in said(two, "one", ceilings=seed)
    assert "(of 1 network; H is of all of 2, which is harder)" in said(two, "all", floors=untrained)
    assert "(of 2 networks; H is of 1, which is harder)" in said(other, "one", ceilings=two)
    assert "(of 1 network; H is of most of 2)" in said(two, "majority", ceilings=seed)
    assert "network;" not in said(other, "one", ceilings=seed, floors=untrained)


def test_what_is_not_clearly_above_the_highest_floor_is_told_of(wine):
    target, _, other, untrained = wine
    floor, doubt = "What generalizes is not clearly more than the highest floor: ", "an untrained network, "
    for baseline, above in ((other, True), (untrained, False)):
        found = generalizes(target, baseline, bootstrap=QUICK, floors=untrained)
        course = generalization_dynamics({0: untrained, 60: target}, baseline, bootstrap=QUICK, floors=untrained)
        for one in (found, course):
            assert one.above_floor is above
            assert (floor in " ".join(one.sentences())) is not above
    assert floor + doubt in " ".join(found.sentences())
    assert generalizes(target, other, bootstrap=QUICK, references=False).above_floor is None
    assert generalizes(target[:1], target[:1], bootstrap=QUICK, floors=untrained[:1]).above_floor  # without an interval


def test_players_may_differ_between_samples_and_one_sample_has_no_other():
    names = (("a", "b", "c"), ("d", "e", "f"))
    and_ = np.zeros((2, 8))
    and_[0, 3], and_[1, 5] = 1.0, 2.0
    x = planted(and_, names=names)
    assert not x.same_players
    found = generalizes(x, x, FIXED, QUICK)
    assert (found.references[-1].name, float(found.references[-1].power.value)) == ("other samples", 0)
    assert permuted(x).and_.tolist() == and_[::-1].tolist()
    alone = generalizes(x[:1], x[:1], FIXED, QUICK)
    assert [one.name for one in alone.references] == ["extracted again"]
    assert float(alone.references[0].power.value) == 1
    assert np.isnan(alone.references[0].power.low)


def test_what_cannot_be_a_reference_is_refused():
    and_ = np.zeros((3, 8))
    and_[:, 3] = 1.0
    x, fewer = planted(and_, provenance={"outputs": 10}), planted(and_, provenance={"outputs": 3})
    with pytest.raises(ArgumentError, match="baselines: given a network of 3 outputs in baseline 1; accepted: networks "
                                            "for the same classes, of 10 outputs"):  # fmt: skip
        generalizes(x, [planted(and_), fewer], FIXED, QUICK)
    with pytest.raises(ArgumentError, match="ceilings: given other players, or another number of samples, in ceiling"):
        generalizes(x, x, FIXED, QUICK, ceilings=[x[:2]])
    with pytest.raises(ArgumentError, match="floors: given other samples or labels in floor 0"):
        generalizes(x, x, FIXED, QUICK, floors=planted(and_, labels=np.ones(3, np.int64)))
    with pytest.raises(ArgumentError, match="seed: given -1"):
        extracted_again(x, seed=-1)
    with pytest.raises(ArgumentError, match="shift: given 3; accepted: no multiple of 3"):
        permuted(x, 3)
