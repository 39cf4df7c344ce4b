"""Confusing samples of a study: of one network, of several, and of pairs that share something."""

import numpy as np
import pytest

from harsanyi import ArgumentError
from harsanyi.analysis import ConfusionRule, confusion, confusion_overlap
from harsanyi.analysis.references import extracted_again
from harsanyi.study import Plan, Study
from harsanyi.training import TrainingPlan, train_baselines
from harsanyi.training.factor_plan import FactorPlan
from harsanyi.training.factors import train_factors

RULE = ConfusionRule(share=0.3)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("factors")
    training = TrainingPlan.from_mapping({
        "network": "harsanyi.zoo:mlp5", "network_options": {"columns": 13, "classes": 3},
        "data": {"name": "wine", "standardise": True, "held_out": 0.4, "label_noise": 0.2},
        "recipe": {"epochs": 2, "checkpoints": [0, 2], "learning_rate": 0.1},
    })  # fmt: skip
    train_factors(FactorPlan(training, low=1, factors=("low", "architecture"), pairs=2), folder, progress=False)
    train_baselines(training, folder / "baselines", progress=False)
    plan = Plan.from_mapping({
        "factors": str(folder), "baselines": str(folder / "baselines"), "samples": {"split": "test"}, "limit": 12,
        "players": {"kind": "columns", "columns": [0, 3, 6, 9]}, "max_gap": 0.1,
    })  # fmt: skip
    return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


def test_pairs_are_taken_at_their_last_checkpoint(study):
    names = {f"pair-{pair}-{role}" for pair in (0, 1) for role in ("first", "low", "architecture")}
    assert {name for name, role in study.roles.items() if role == "pair"} == names
    assert study.targets == ()
    assert all(study.steps(name) == (2,) for name in names)
    assert Study(study.path).factors == study.factors  # from what is stored


def test_overlap_of_factors_is_that_of_the_scores_of_their_pairs(study):
    found = study.factor_overlap(rule=RULE)
    assert set(found.factors) == {"low", "architecture"}
    baselines = study.interactions("other-0")
    for factor, values in zip(found.factors, found.values, strict=True):
        for pair in (0, 1):
            scores = [confusion(study.interactions(f"pair-{pair}-{role}"), baselines, RULE).scores["non_generalizable"]
                      for role in ("first", factor)]  # fmt: skip
            both = confusion_overlap(dict(zip(("a", "b"), scores, strict=True)), share=0.3)
            assert values.correlation[pair] == pytest.approx(float(both.correlation.value[0]), nan_ok=True)


def test_overlap_of_networks(study):
    names = ["pair-0-first", "pair-0-low"]
    found = study.confusion_overlap(names, rule=RULE)
    assert found.names == tuple(names)
    assert len(study.confusion_overlap(rule=RULE, again=False).names) == 6
    scores = {name: study.confusion(name, rule=RULE).scores["non_generalizable"] for name in names}
    split = [extracted_again(study.interactions(name)) for name in names]
    again = [confusion(x, study.interactions("other-0"), RULE).scores["non_generalizable"] for x in split]
    expected = confusion_overlap(scores, share=0.3, again=dict(zip(names, again, strict=True)))
    assert found.again.value.tolist() == expected.again.value.tolist()
    networks = found.networks()
    for name in names:
        x = study.interactions(name)
        assert networks.loc[name, "accuracy"] == (study.logits(name).argmax(1) == x.labels).mean()
        assert networks.loc[name, "loss"] == pytest.approx(np.logaddexp(0, -x.scores[:, -1]).mean())
    same = (study.logits(names[0]).argmax(1) == study.logits(names[1]).argmax(1)).mean()
    assert found.table()["agreement"].tolist() == [same]


def test_confusion_asks_the_baselines_of_the_study(study):
    found = study.confusion("pair-0-first", rule=RULE)
    alone = confusion(study.interactions("pair-0-first"), study.interactions("other-0"), RULE)
    np.testing.assert_array_equal(found.scores["non_generalizable"], alone.scores["non_generalizable"])
    assert (found.members == alone.members).all()
    course = study.confusion_course("pair-0-first", rule=RULE)
    assert (course.members[-1] == found.members).all()


def test_what_cannot_be_compared_is_refused(study, done):
    with pytest.raises(ArgumentError, match="a share: sets of the same size are compared"):
        study.factor_overlap(rule=ConfusionRule(threshold=0.5))
    with pytest.raises(ArgumentError, match="a folder of pairs of networks"):
        done.factor_overlap()
    with pytest.raises(ArgumentError, match="networks: given"):
        Plan.from_mapping({"samples": "a.npz", "players": {"kind": "columns"}, "networks": {}})
