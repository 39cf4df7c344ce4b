"""The recipe: defaults of the papers, one form in Python, YAML and JSON, and errors that name what is wrong."""

import json

import pytest
import torch
import yaml

from harsanyi.core.errors import ArgumentError
from harsanyi.training import NAMED_RECIPES, Recipe, named_recipe
from harsanyi.zoo import load_data


def test_the_default_is_the_protocol_of_the_papers():
    recipe = Recipe()
    assert (recipe.optimizer, recipe.learning_rate, recipe.momentum) == ("sgd", 0.01, 0.9)
    assert (recipe.batch_size, recipe.epochs) == (128, 256)
    assert recipe.steps == (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(epochs=9, checkpoints=[0, 3, 9], learning_rate=1, optimizer="adam",
                                                     sample_losses=True, seed=5)])  # fmt: skip
def test_a_recipe_is_the_same_through_yaml_and_json(recipe):
    for text in (yaml.safe_dump(recipe.to_mapping()), json.dumps(recipe.to_mapping())):
        assert Recipe.from_mapping(yaml.safe_load(text)) == recipe


def test_what_a_mapping_leaves_out_is_the_default():
    assert Recipe.from_mapping(yaml.safe_load("epochs: 8\ncheckpoints: [0, 2, 8]")) == Recipe(8, checkpoints=(0, 2, 8))
    assert Recipe.from_mapping({}) == Recipe()


@pytest.mark.parametrize(("wrong", "near"), [("epoch", "epochs"), ("batchsize", "batch_size"),
                                             ("lerning_rate", "learning_rate")])  # fmt: skip
def test_an_unknown_name_is_refused_with_the_near_one(wrong, near):
    with pytest.raises(ArgumentError, match=f"given '{wrong}'; .*epochs=256.*Did you mean '{near}'"):
        Recipe.from_mapping({wrong: 1})


@pytest.mark.parametrize(("options", "accepted"), [
    ({"epochs": 0}, "whole number >= 1"),
    ({"epochs": 2.0}, "whole number >= 1"),
    ({"batch_size": True}, "whole number >= 1"),
    ({"seed": -1}, "whole number >= 0"),
    ({"seed": 2**63}, "from 0 to 9223372036854775807"),
    ({"learning_rate": 0}, "a number > 0"),
    ({"learning_rate": float("nan")}, "a number > 0"),
    ({"learning_rate": float("inf")}, "a number > 0"),
    ({"learning_rate": "1e-3"}, "a number > 0. In YAML a power of ten needs a point and a sign: 1.0e-3"),
    ({"momentum": 1}, r"a number in \[0, 1\)"),
    ({"weight_decay": -0.1}, "a number >= 0"),
    ({"optimizer": "lion"}, '"sgd" or "adam"'),
    ({"sample_losses": 1}, "true or false"),
    ({"device": "gpu"}, 'such as "cpu"'),
    ({"device": 0}, 'such as "cpu"'),
    ({"checkpoints": 1}, "a number >= 2, or rising epochs from 0 to 256"),
    ({"checkpoints": "all"}, "a number >= 2, or rising epochs"),
    ({"checkpoints": []}, "rising epochs"),
    ({"checkpoints": [0, 2, 2]}, "rising epochs"),
    ({"checkpoints": [-1, 2]}, "rising epochs"),
    ({"checkpoints": [0, 257]}, "rising epochs"),
    ({"checkpoints": [0, 1.5]}, "rising epochs"),
])  # fmt: skip
def test_a_value_out_of_range_is_refused(options, accepted):
    [argument] = options
    with pytest.raises(ArgumentError, match=f"{argument}: given .*accepted: .*{accepted}"):
        Recipe.from_mapping(options)


def test_a_recipe_of_something_else_is_refused():
    with pytest.raises(ArgumentError, match="a mapping from names to values"):
        Recipe.from_mapping(["epochs", 3])


def test_the_digits_recipe_is_the_prototype_of_the_two_phases():
    assert NAMED_RECIPES == ("digits",)
    digits = named_recipe("digits", seed=3)
    data = digits.data()
    assert (len(data.train_labels), len(data.test_labels), len(data.changed)) == (600, 597, 60)
    assert (digits.recipe.batch_size, digits.recipe.epochs, digits.recipe.seed) == (32, 128, 3)
    assert digits.recipe.steps == (0, 1, 2, 4, 8, 16, 32, 64, 128)
    layers = [type(module).__name__ for module in digits.network().modules()]
    assert (layers.count("Conv2d"), layers.count("Linear")) == (3, 2)


def test_the_third_split_of_the_digits_is_none_of_the_training_samples():
    now, before = named_recipe("digits").data(), load_data("digits", test=1197, label_noise=0.1)
    for name in ("train_inputs", "train_labels", "clean_labels", "train_rows"):
        assert torch.equal(getattr(now, name), getattr(before, name))
    assert {*now.held_out_rows.tolist()} | {*now.test_rows.tolist()} == {*before.test_rows.tolist()}


def test_the_seed_draws_everything_anew_and_the_noise_can_be_left_out():
    one, other = (named_recipe("digits", seed=seed) for seed in (0, 1))
    assert not torch.equal(one.data().train_rows, other.data().train_rows)
    assert one.recipe.seed != other.recipe.seed
    clean = named_recipe("digits", seed=1, label_noise=0)
    assert not len(clean.data().changed)
    assert torch.equal(clean.data().train_rows, other.data().train_rows)


def test_an_unknown_recipe_is_refused_with_the_near_one():
    with pytest.raises(ArgumentError, match=r"given 'digit'; accepted: digits\. Did you mean 'digits'"):
        named_recipe("digit")
