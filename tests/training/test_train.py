"""Training: the measures are what their definitions say, on images, tables, point clouds and texts."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.training import Course, Recipe, measured, named_recipe, train
from harsanyi.training.batches import epoch_batches
from harsanyi.zoo import load_data, pointnet
from harsanyi.zoo.digits import digits_cnn

RECIPE = Recipe(epochs=5, batch_size=32, checkpoints=4, seed=7, sample_losses=True)


@pytest.fixture(scope="module")
def course(tmp_path_factory, wine, make_network):
    return train(make_network, wine, RECIPE, tmp_path_factory.mktemp("course"), progress=False)


def loaded(make_network, path):
    network = make_network()
    network.load_state_dict(load_file(path))
    return network.eval()


def test_every_checkpoint_is_there_and_the_first_is_before_training(course, make_network):
    assert course.steps == RECIPE.steps == (0, 1, 2, 5)
    assert [path.name for path in course.paths] == [f"epoch-{step:06d}.safetensors" for step in course.steps]
    torch.manual_seed(RECIPE.seed)
    untrained, kept = make_network().state_dict(), load_file(course.paths[0])
    assert kept.keys() == untrained.keys()
    assert all(torch.equal(kept[name], untrained[name]) for name in kept)


def test_measures_equal_a_direct_computation_from_the_kept_weights(course, wine, make_network):
    table = course.losses
    assert table.index.tolist() == list(course.steps)
    assert all(dtype == np.float64 for dtype in table.dtypes)
    for step, path in zip(course.steps, course.paths, strict=True):
        network = loaded(make_network, path)
        with torch.no_grad():
            chances = {split: network(getattr(wine, f"{split}_inputs")).double().softmax(1).numpy()
                       for split in ("train", "test")}  # fmt: skip
        for split, chance in chances.items():
            labels = getattr(wine, f"{split}_labels").numpy()
            losses = -np.log(chance[np.arange(len(labels)), labels])
            assert table.loc[step, f"{split}_loss"] == pytest.approx(losses.mean(), rel=1e-5)
            assert table.loc[step, f"{split}_accuracy"] == (chance.argmax(1) == labels).mean()
            np.testing.assert_allclose(course.sample_losses(step)[split].numpy(), losses, rtol=1e-4, atol=1e-6)
        wrong = (wine.train_labels != wine.clean_labels).numpy()
        memorised = chances["train"].argmax(1)[wrong] == wine.train_labels.numpy()[wrong]
        assert wrong.sum() == 28
        assert table.loc[step, "mislabelled_accuracy"] == pytest.approx(memorised.mean(), abs=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_steps_are_those_of_the_optimizer_written_out(tmp_path, wine, optimizer):
    """Momentum and weight decay by the formulas, on a linear network in double precision."""
    recipe = Recipe(2, 0.05, 0.8, 50, 0.01, 2, optimizer=optimizer)
    network = nn.Linear(13, 3).double()
    weights = torch.cat([network.weight.detach(), network.bias.detach()[:, None]], 1).clone()
    data = replace(wine, train_inputs=wine.train_inputs.double(), test_inputs=wine.test_inputs.double())
    train(network, data, recipe, tmp_path, progress=False)
    velocity, square, time = torch.zeros_like(weights), torch.zeros_like(weights), 0
    for epoch in (1, 2):
        for rows in epoch_batches(len(data.train_labels), 50, recipe.seed, epoch):
            inputs = torch.cat([data.train_inputs[rows], torch.ones(len(rows), 1).double()], 1)
            error = (inputs @ weights.T).softmax(1) - nn.functional.one_hot(data.train_labels[rows], 3)
            slope, time = error.T @ inputs / len(rows) + 0.01 * weights, time + 1
            if optimizer == "sgd":
                velocity = 0.8 * velocity + slope
                weights = weights - 0.05 * velocity
            else:
                velocity, square = 0.8 * velocity + 0.2 * slope, 0.999 * square + 0.001 * slope**2
                mean, spread = velocity / (1 - 0.8**time), (square / (1 - 0.999**time)).sqrt() + 1e-8
                weights = weights - 0.05 * mean / spread
    torch.testing.assert_close(torch.cat([network.weight, network.bias[:, None]], 1).detach(), weights)


def test_the_generator_outside_is_left_alone(tmp_path, wine, make_network):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    train(make_network, wine, Recipe(epochs=1, checkpoints=2), tmp_path, progress=False)
    assert torch.equal(torch.rand(2), expected)


def test_a_seed_is_another_training(tmp_path, wine, make_network, course):
    other = train(make_network, wine, replace(RECIPE, seed=8), tmp_path, progress=False)
    for one, two in zip(course.paths, other.paths, strict=True):
        assert one.read_bytes() != two.read_bytes()


def test_the_digits_recipe_learns_then_memorises(tmp_path):
    """The whole recipe with a step three times as long and a third of the epochs."""
    digits = named_recipe("digits")
    recipe = replace(digits.recipe, learning_rate=0.03, epochs=48, checkpoints=(0, 10, 48))
    table = train(digits.network, digits.data(), recipe, tmp_path, progress=False).losses
    assert table.loc[0, "train_loss"] == pytest.approx(math.log(10), abs=0.05)
    assert table.loc[10, "test_accuracy"] > 0.85
    assert table.loc[10, "mislabelled_accuracy"] < 0.4
    assert table.loc[48, "mislabelled_accuracy"] > 0.8
    assert table.loc[48, "train_loss"] < 0.3 < table.loc[10, "test_loss"] < table.loc[48, "test_loss"]


def test_point_clouds_are_trained_on_as_they_are(tmp_path):
    data = load_data("shapes", samples=20, points=16)
    course = train(lambda: pointnet(8), data, Recipe(epochs=1, batch_size=5, checkpoints=2), tmp_path, progress=False)
    assert course.steps == (0, 1)
    assert course.losses.train_loss.notna().all()


def test_texts_are_trained_on_through_a_tokenizer(tmp_path):
    pytest.importorskip("transformers")
    from harsanyi.zoo import bert_tiny
    from harsanyi.zoo.sentiment import sentiment_tokenizer

    tokenizer, data = sentiment_tokenizer(), load_data("sentiment", samples=60, max_words=8)
    course = train(
        lambda: bert_tiny(vocabulary=len(tokenizer)), data,
        Recipe(epochs=2, learning_rate=1e-3, batch_size=16, checkpoints=2, optimizer="adam"), tmp_path,
        collate=lambda texts: dict(tokenizer(texts, padding=True, return_tensors="pt")), progress=False,
    )  # fmt: skip
    assert course.losses.train_loss[2] < course.losses.train_loss[0]


def test_weights_that_are_shared_are_kept_in_full(tmp_path, wine):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(13, 13)
            self.second = nn.Linear(13, 13)
            self.second.weight = self.first.weight

        def forward(self, inputs):
            return self.second(self.first(inputs).relu())

    course = train(Tied, wine, Recipe(epochs=1, checkpoints=2), tmp_path, progress=False)
    kept = load_file(course.paths[-1])
    assert torch.equal(kept["first.weight"], kept["second.weight"])


def test_a_split_without_samples_has_no_average(wine, make_network):
    empty = replace(wine, test_inputs=wine.test_inputs[:0], test_labels=wine.test_labels[:0],
                    clean_labels=wine.train_labels)  # fmt: skip
    measures, losses = measured(make_network(), empty, 16, torch.device("cpu"), None)
    assert math.isnan(measures.test_loss)
    assert math.isnan(measures.test_accuracy)
    assert math.isnan(measures.mislabelled_accuracy)
    assert measures.train_loss > 0
    assert losses["test"].shape == (0,)


def test_a_course_is_loaded_as_it_was_returned(course):
    again = Course.load(str(course.folder))
    assert again == course
    assert again.finished
    assert again.losses.equals(course.losses)
    assert repr(again).startswith(f"Course: 4 of 4 checkpoints in {course.folder}; after epoch 5: loss ")


def test_a_course_says_what_it_does_not_have(course, tmp_path, wine, make_network):
    with pytest.raises(ArgumentError, match="step: given 3; accepted: one of 0, 1, 2, 5"):
        course.sample_losses(3)
    without = train(make_network, wine, Recipe(epochs=1, checkpoints=2), tmp_path / "without", progress=False)
    with pytest.raises(ArgumentError, match="sample_losses=True"):
        without.sample_losses(1)
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ArgumentError, match=r"folder: .*accepted: a folder written by train"):
            Course.load(folder)


@pytest.mark.parametrize(("change", "error", "told"), [
    ({"network": 3}, ArgumentError, "network: given int"),
    ({"network": lambda: 3}, ArgumentError, "a function that gives a int"),
    ({"network": nn.ReLU}, ArgumentError, "without parameters to train"),
    ({"network": nn.Linear(13, 2)}, NetworkError, r"logits \(128, 2\); the labels need \(128, 3 or more\)"),
    ({"network": nn.Sequential(nn.Linear(13, 3), nn.Unflatten(1, (3, 1)))}, NetworkError, r"\(128, 3, 1\)"),
    ({"data": [1, 2]}, ArgumentError, "data: given list; accepted: a harsanyi.zoo.Data"),
    ({"recipe": {"epochs": 2}}, ArgumentError, "Recipe.from_mapping makes one"),
    ({"recipe": Recipe(device="cuda:77")}, ArgumentError, "device: given cuda:77 .*on this machine"),
    ({"save_seconds": -1}, ArgumentError, "save_seconds: given -1; accepted: seconds >= 0"),
    ({"collate": lambda inputs: [1]}, ArgumentError, "collate: given a function that gives a list"),
])  # fmt: skip
def test_bad_input_is_refused(tmp_path, wine, make_network, change, error, told):
    arguments = {"network": make_network, "data": wine, "recipe": Recipe(epochs=1, checkpoints=2), **change}
    with pytest.raises(error, match=told):
        train(folder=tmp_path / "new", progress=False, **arguments)
    if error is ArgumentError and "collate" not in change:
        assert not (tmp_path / "new").exists()


def test_data_that_cannot_be_trained_on_are_refused(tmp_path, wine, make_network):
    empty = replace(wine, train_inputs=wine.train_inputs[:0], train_labels=wine.train_labels[:0])
    unknown = replace(wine, test_labels=wine.test_labels - 1)
    texts = replace(wine, train_inputs=["a"] * len(wine.train_labels))
    for data, told in ((empty, "no training sample"), (unknown, "labels from -1 to 2; accepted: labels from 0 to 2"),
                       (texts, "collate: given nothing, for texts")):  # fmt: skip
        with pytest.raises(ArgumentError, match=told):
            train(make_network, data, Recipe(), tmp_path, progress=False)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, wine):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="a folder, new or there"):
        train(digits_cnn, wine, Recipe(), tmp_path / "file", progress=False)
