"""A whole training in one validated object: network, data set and recipe; the same fields in YAML and Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

from torch import nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import from_options
from harsanyi.loading.network import build_network, check_name
from harsanyi.loading.yaml_files import read_yaml, with_changes
from harsanyi.progress import Progress
from harsanyi.training.batches import Collate, tokenized
from harsanyi.training.course import Course
from harsanyi.training.files import RECORD, read_record
from harsanyi.training.loop import train
from harsanyi.training.named import NAMED_RECIPES, named_recipe
from harsanyi.training.recipe import Recipe
from harsanyi.zoo.data import SPLITS, Data, trained_on
from harsanyi.zoo.load import load_data


@final
@dataclass(frozen=True)
class TrainingPlan:
    """What is trained on what, and how: what `harsanyi train` reads.

    Args:
        network: "package.module:function" that makes it; harsanyi.zoo has some, such as "harsanyi.zoo:vgg11".
        data: options of `load_data`, "name" among them.
        recipe: a `Recipe` or a mapping of its fields; the defaults are the papers' protocol.
        network_options: keyword arguments of the function.
        tokenizer: for texts: a folder or hub name of a Hugging Face tokenizer, or "sentiment" for the bundled one.
        split: the part of the data that is trained on: "train", "held_out" or "test", see `zoo.data.trained_on`.

    Raises:
        ArgumentError: a name that is none, options that are no mapping, an unknown split, or what `Recipe` refuses.

    Example:
        >>> plan = TrainingPlan.from_mapping({"named": "digits", "seed": 3, "recipe": {"epochs": 64}})
        >>> plan.network, plan.data["label_noise"], plan.recipe.epochs, plan.recipe.seed
        ('harsanyi.zoo.digits:digits_cnn', 0.1, 64, 3)
    """

    network: str
    data: Mapping[str, Any]
    recipe: Recipe = field(default_factory=Recipe)
    network_options: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: str | None = None
    split: str = "train"

    def __post_init__(self) -> None:
        check_name(self.network)
        for argument, value in (("data", self.data), ("network_options", self.network_options)):
            if not isinstance(value, Mapping):
                raise ArgumentError(argument, repr(value), "a mapping from names to values")
        if self.split not in SPLITS:
            raise ArgumentError("split", repr(self.split), f"one of {', '.join(SPLITS)}",
                                did_you_mean(str(self.split), SPLITS))  # fmt: skip
        if "name" not in self.data:
            raise ArgumentError("data", dict(self.data), "a mapping with the name of a data set")
        if not isinstance(self.recipe, Recipe):
            object.__setattr__(self, "recipe", Recipe.from_mapping(self.recipe))

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> TrainingPlan:
        """The plan of a mapping with the same names.

        Args:
            options: the fields. With "named", one of `NAMED_RECIPES`, what is left out is that recipe's, and "seed"
                and "label_noise" are as in `named_recipe`.

        Raises:
            ArgumentError: no mapping, an unknown name (says the near one), or a value that is refused.
        """
        if not isinstance(options, Mapping):
            raise ArgumentError("training", repr(options), "a mapping from names to values")
        if "named" not in options:
            return from_options(cls, options, "training")
        given = dict(options)
        chosen = named_recipe(given.pop("named"), given.pop("seed", 0), given.pop("label_noise", None))
        recipe = given.pop("recipe", {})
        if not isinstance(recipe, Mapping):
            raise ArgumentError("recipe", repr(recipe), "a mapping from names to values")
        own = {"network": chosen.factory, "data": {**chosen.data_options, **given.pop("data", {})},
               "recipe": Recipe.from_mapping({**chosen.recipe.to_mapping(), **recipe})}  # fmt: skip
        return from_options(cls, {**own, **given}, "training")

    def to_mapping(self) -> dict[str, Any]:
        """The fields in YAML types."""
        return {**asdict(self), "data": dict(self.data), "network_options": dict(self.network_options),
                "recipe": self.recipe.to_mapping()}  # fmt: skip

    def run(self, folder: str | Path, progress: Progress = True) -> Course:
        """Train, or go on where a killed run stopped; the folder also keeps this plan, for studies to read.

        Raises:
            ArgumentError: as `build_network`, `load_data` and `train`.
        """
        return train(self.module, self.load(), self.recipe, folder, collate=self.collate(), progress=progress,
                     plan=self.to_mapping())  # fmt: skip

    def module(self) -> nn.Module:
        """Make the network, in training mode; its initial values are drawn from torch's generator.

        Raises:
            ArgumentError: as `build_network`; or what it gives is no module.
        """
        made = build_network(self.network, dict(self.network_options))
        if not isinstance(made, nn.Module):
            given = f"{self.network}, which gives a {type(made).__name__}"
            raise ArgumentError("network", given, "a torch.nn.Module")
        return made.train()

    def load(self) -> Data[Any]:
        """The data, with the part to train on as training samples.

        Raises:
            ArgumentError: as `load_data`; a part without samples.
        """
        return trained_on(load_data(**self.data), self.split)

    def collate(self) -> Collate | None:
        """What makes a batch of texts the network's inputs; nothing without a tokenizer."""
        return None if self.tokenizer is None else tokenized(_tokenizer(self.tokenizer))


def read_training_plan(plan: str | Path, changes: Mapping[str, Any] | None = None) -> TrainingPlan:
    """A plan from a YAML file or the name of a recipe, single values changed.

    Args:
        plan: the file, or one of `NAMED_RECIPES`.
        changes: values by dotted name, such as {"recipe.epochs": 64}.

    Returns:
        The `TrainingPlan`.

    Raises:
        ArgumentError: neither a file nor a name, or what `TrainingPlan` refuses.
    """
    named = str(plan) in NAMED_RECIPES
    if not named and not Path(plan).is_file():
        accepted = f"a YAML file, or one of the recipes {', '.join(NAMED_RECIPES)}"
        raise ArgumentError("recipe", plan, accepted, did_you_mean(str(plan), NAMED_RECIPES))
    options = {"named": str(plan)} if named else read_yaml(plan, "recipe")
    return TrainingPlan.from_mapping(with_changes(options, changes or {}))


def read_training(folder: str | Path) -> TrainingPlan | None:
    """The plan on record in a folder written by `TrainingPlan.run`; nothing for any other.

    Raises:
        ArgumentError: its record is damaged.
    """
    record = read_record(Path(folder)) if (Path(folder) / RECORD).is_file() else None
    plan = None if record is None else record.get("plan")
    return None if plan is None else TrainingPlan.from_mapping(plan)


def _tokenizer(name: str) -> Any:
    if name == "sentiment":
        from harsanyi.zoo.sentiment import sentiment_tokenizer

        return sentiment_tokenizer()
    from harsanyi.game.text.tokens import load_tokenizer

    return load_tokenizer(name)
