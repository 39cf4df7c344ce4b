"""The known course of a training, in small and from end to end: the network stops simplifying, then over-fits."""

import pytest
import torch

from harsanyi.core.threads import on_threads
from harsanyi.study import Plan, Study
from harsanyi.training import TrainingPlan

EPOCHS = 32
STEPS = [0, 4, 8, 16, 32]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    recipe = {"epochs": EPOCHS, "checkpoints": STEPS}
    with on_threads(1):
        TrainingPlan.from_mapping({"named": "digits", "recipe": recipe}).run(folder / "training", progress=False)
        plan = Plan.from_mapping({
            "networks": {"cnn": str(folder / "training")}, "samples": {"split": "test"}, "limit": 10,
            "players": {"protocol": "digits"},
        })  # fmt: skip
        return Study(folder / "study", plan).run(progress=False)


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
    wrong = load_data("digits", test=597, held_out=600, label_noise=0.1, seed=0).mislabelled
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
