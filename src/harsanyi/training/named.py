"""Recipes by name: a network, the options of its data set, and how it is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, final

from torch import nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.training.recipe import Recipe
from harsanyi.zoo.data import Data
from harsanyi.zoo.digits import digits_cnn
from harsanyi.zoo.load import load_data


@final
@dataclass(frozen=True)
class NamedRecipe:
    """A network, its data and its training, ready to run.

    Attributes:
        network: a function without arguments that makes the network.
        data_options: arguments of `load_data`, the name of the data set among them.
        recipe: how the network is trained.
    """

    network: Callable[[], nn.Module]
    data_options: Mapping[str, Any]
    recipe: Recipe

    @property
    def factory(self) -> str:
        """The function by its name, "package.module:function"."""
        return f"{self.network.__module__}:{self.network.__qualname__}"

    def data(self) -> Data[Any]:
        """Load the data set; raises as `load_data`."""
        return load_data(**self.data_options)


# 600 digits to train on, 600 for other networks of the same task, 597 to test; the checkpoints are the powers of two.
_NAMED = {
    "digits": NamedRecipe(
        digits_cnn,
        {"name": "digits", "test": 597, "held_out": 600, "label_noise": 0.1},
        Recipe(epochs=128, learning_rate=0.01, momentum=0.9, batch_size=32, checkpoints=9, sample_losses=True),
    )
}
NAMED_RECIPES = tuple(_NAMED)


def named_recipe(name: str, seed: int = 0, label_noise: float | None = None) -> NamedRecipe:
    """A recipe by its name, with a seed for everything that is drawn.

    "digits": a network of three 3 x 3 convolutions and two linear layers, 600 of scikit-learn's handwritten digits to
    train on, a tenth of their labels drawn at random, 600 more held out for other networks, batches of 32, 128 epochs:
    it over-fits, within a minute.

    Args:
        name: one of `NAMED_RECIPES`.
        seed: of split, label noise, initial values and order of the samples, a whole number >= 0.
        label_noise: share of the training labels drawn at random, in [0, 1]; nothing for the recipe's own.

    Returns:
        The `NamedRecipe`.

    Raises:
        ArgumentError: an unknown name (says the near one), or a seed that `Recipe` refuses; `data` refuses a share.

    Example:
        >>> digits = named_recipe("digits", seed=1)
        >>> digits.recipe.steps
        (0, 1, 2, 4, 8, 16, 32, 64, 128)
        >>> digits.data()
        Data: 600 training samples (60 labels drawn anew), 597 test samples, 600 held out, 10 classes, inputs (1, 8, 8)

    Source: our definition; optimizer and learning rate are the papers'.
    """
    if name not in _NAMED:
        raise ArgumentError("name", repr(name), ", ".join(_NAMED), did_you_mean(str(name), _NAMED))
    found = _NAMED[name]
    noise = found.data_options["label_noise"] if label_noise is None else label_noise
    options = MappingProxyType({**found.data_options, "seed": seed, "label_noise": noise})
    return replace(found, data_options=options, recipe=replace(found.recipe, seed=seed))
