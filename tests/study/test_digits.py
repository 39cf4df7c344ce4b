"""The known course of a training, in small and from end to end: the network stops simplifying, then over-fits."""

import pytest
import torch

from harsanyi.analysis import Bootstrap
from harsanyi.core.threads import on_threads
from harsanyi.study import Plan, Study
from harsanyi.training import TrainingPlan, train_baselines

EPOCHS = 64
STEPS = [0, 4, 8, 16, 32]
QUICK = Bootstrap(draws=200)


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A network that over-fits, and networks to compare it with."""
    folder = tmp_path_factory.mktemp("digits")
    recipe = {"epochs": EPOCHS, "checkpoints": [*STEPS, EPOCHS]}
    plan = TrainingPlan.from_mapping({"named": "digits", "recipe": recipe})
    with on_threads(1):
        plan.run(folder, progress=False)
        train_baselines(plan, folder / "baselines", progress=False)
    return folder


@pytest.fixture(scope="module")
def study(training, tmp_path_factory):
    plan = Plan.from_mapping({
        "networks": {"cnn": {"checkpoints": str(training), "steps": STEPS}}, "samples": {"split": "test"}, "limit": 10,
        "players": {"protocol": "digits"},
    })  # fmt: skip
    with on_threads(1):
        return Study(tmp_path_factory.mktemp("study"), plan).run(progress=False)


@pytest.fixture(scope="module")
def compared(training, tmp_path_factory):
    """Fewer players and checkpoints, beside the other networks, on samples of three parts."""
    plan = Plan.from_mapping({
        "networks": {"cnn": {"checkpoints": str(training), "steps": [0, 8, EPOCHS]}},
        "baselines": str(training / "baselines"), "samples": {"split": ["test", "train", "mislabelled"]}, "limit": 30,
        "players": {"protocol": "digits", "n": 8},
    })  # fmt: skip
    with on_threads(1):
        return Study(tmp_path_factory.mktemp("compared"), plan).run(progress=False)


def test_mean_order_falls_and_rises_again(study):
    found = study.dynamics()
    order = dict(zip(found.steps.tolist(), found.mean_order.value, strict=True))
    assert order[0] > 2.5
    assert order[8] < 1.3
    assert order[32] > order[8] + 0.3
    assert found.verdict == "two phases"
    assert found.boundary.step == 8
    assert found.shapes[0] == "spindle"
    assert found.shapes[2] == "decay"


def test_losses_are_those_of_training_without_its_wrong_labels(study):
    from harsanyi.zoo import load_data

    found = study.dynamics()
    every = study.dynamics(mislabelled=True)
    assert found.unit == "epoch"
    assert (found.test_loss == every.test_loss).all()
    assert (found.train_loss[-2:] < every.train_loss[-2:]).all()  # labels that are wrong are learned last
    wrong = load_data("digits", test=1197, label_noise=0.1, seed=0).mislabelled
    assert 40 < len(wrong) < 70
    known = torch.tensor(study.losses().mislabelled)
    assert torch.equal(known, wrong)


def test_the_theory_speaks_of_every_checkpoint(study):
    fit = study.theory()
    assert fit.steps.tolist() == STEPS
    assert fit.error[-1] < 0.1  # the last checkpoint is what the others are predicted from
    assert fit.sigma2.value[2] > fit.sigma2.value[-1]  # at order 1, most noise


def test_the_background_is_the_training_images(study):
    players = study.interactions().provenance["players"]
    assert players["baseline"] == "mean"
    assert players["background"]["shape"] == [600, 1, 8, 8]


# Compared with other networks -----------------------------------------------------------------------------------------


def test_the_share_that_generalizes_rises_then_falls_and_falls_with_the_order(compared):
    found = compared.generalization_dynamics(bootstrap=QUICK)
    first, best, last = found.power.value
    assert best > max(first, last) + 0.1
    assert found.peak.step == 8
    assert (found.rate.value[-1][:3] > found.rate.value[-1][3:6].max()).all()
    powers = {reference.name: float(reference.power.value) for reference in found.references}
    assert powers["untrained"] < last < powers["another seed"] < powers["extracted again"]
    assert powers["other samples"] < last
    at_end = compared.generalization(bootstrap=QUICK)
    assert float(at_end.power.value) == pytest.approx(last)
    assert [reference.name for reference in at_end.references] == [reference.name for reference in found.references]


def test_what_does_not_generalize_makes_the_gap(compared):
    found = compared.intervention(bootstrap=QUICK)
    assert found.counts == (30, 30)
    assert found.advantage.value == pytest.approx(found.closed.value[0] - found.closed.value[1])
    assert found.advantage.value > 0.05
    right = compared.intervention(mislabelled=False, bootstrap=QUICK)
    assert right.counts == (30 - int(compared.mislabelled[compared.parts["train"]].sum()), 30)
    exact = compared.losses()
    row = list(exact.steps).index(EPOCHS)
    assert found.test_loss.value[0] == pytest.approx(exact.test[row][:30].mean(), rel=1e-4)
    assert found.train_loss.value[0] == pytest.approx(exact.train[row][:30].mean(), rel=1e-4, abs=1e-6)


def test_training_and_test_samples_and_wrong_labels(compared):
    similarity = compared.class_similarity(bootstrap=QUICK)
    assert similarity.similarity.value[0] > similarity.similarity.value[1] > similarity.similarity.value[3]
    groups = compared.mislabelled_against_clean(bootstrap=QUICK)
    assert groups.counts == (30, 30 - int(compared.mislabelled[compared.parts["train"]].sum()))
    assert groups.complex_cancellation_difference.low > 0


def test_a_study_that_lacks_what_is_asked_says_what(study):
    from harsanyi import ArgumentError

    with pytest.raises(ArgumentError, match=r"one without a baseline.*harsanyi train RECIPE --baselines 1"):
        study.generalization()
    with pytest.raises(ArgumentError, match=r'parts "train" and "test".*split: \[test, train\]'):
        study.class_similarity()
    with pytest.raises(ArgumentError, match="no sample whose label is known to be wrong on purpose"):
        study.mislabelled_against_clean()
    with pytest.raises(ArgumentError, match="two networks of the study or more"):
        study.sharing()
