"""What two networks may have in common, and the plan of an experiment on it; the same fields in YAML and Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import from_options, is_whole, require_whole
from harsanyi.loading.network import check_name
from harsanyi.loading.yaml_files import read_yaml, with_changes
from harsanyi.training.named import NAMED_RECIPES
from harsanyi.training.plan import TrainingPlan, read_training_plan

MODES = ("initial", "frozen")


@final
@dataclass(frozen=True)
class Factor:
    """What the second network of a pair has in common with the first.

    Attributes:
        part: the layers whose values are shared: "none", "low", "high" or "all".
        other: whether it has the other architecture.
        words: what is shared, as a sentence goes on.
    """

    part: str
    other: bool
    words: str


FACTORS: Mapping[str, Factor] = MappingProxyType({
    "nothing": Factor("none", True, "nothing: another architecture, other initial values"),
    "low": Factor("low", False, "the low layers"),
    "high": Factor("high", False, "the high layers"),
    "architecture": Factor("none", False, "the architecture only"),
    "low_other_architecture": Factor("low", True, "the low layers, under another architecture"),
    "order": Factor("all", False, "everything but the order of the samples"),
})  # fmt: skip

# The other architectures were chosen to be about as accurate as the first ones: a difference is then not one of skill.
_CNN, _MLP = "harsanyi.zoo.digits:digits_cnn", "harsanyi.zoo.digits:digits_mlp"
_RECIPE = {"checkpoints": 2, "sample_losses": False}
_NAMED: Mapping[str, dict[str, Any]] = {
    "digits-cnn": {
        "training": {"named": "digits", "recipe": {**_RECIPE, "epochs": 64}}, "low": 2,
        "other": _CNN, "other_options": {"upper": 2, "hidden": 128},
    },
    "digits-mlp": {
        "training": {"named": "digits", "network": _MLP, "recipe": {**_RECIPE, "epochs": 128}}, "low": 2,
        "other": _MLP, "other_options": {"hidden": [64, 64, 128]},
    },
}  # fmt: skip
NAMED_FACTOR_PLANS = tuple(_NAMED)


@final
@dataclass(frozen=True)
class FactorPlan:
    """Pairs of networks that share one thing each: what `train_factors` trains.

    Args:
        training: a `TrainingPlan` or a mapping of its fields; the recipe's own seed is not used.
        low: name of the last low module, or how many of the modules with parameters are low; a number counts, a text
            names, even where it is "2".
        other: "package.module:function" of another architecture; needed for the factors "nothing" and
            "low_other_architecture". The latter needs the same low layers in it, under the same names.
        other_options: keyword arguments of that function.
        factors: some of `FACTORS`.
        mode: "initial": the initial values are shared. "frozen": the low or high layers are those that the first
            network has after its last epoch, and stay as they are while the second one trains.
        pairs: how many of each factor, 1 or more.
        seed: of initial values and orders of the samples, a whole number >= 0; the data stay the same.

    Raises:
        ArgumentError: a value that is refused, no other architecture where one is needed, or in the mode "frozen" a
            recipe that keeps no checkpoint after its last epoch.

    Example:
        >>> plan = read_factor_plan("digits-mlp", {"pairs": 2, "training.recipe.epochs": 8})
        >>> plan.training.network, plan.training.recipe.steps, plan.low, len(plan.factors)
        ('harsanyi.zoo.digits:digits_mlp', (0, 8), 2, 6)

    Source: our definition, for the claims on low-layer parameters and confusing samples.
    """

    training: TrainingPlan
    low: str | int
    other: str | None = None
    other_options: Mapping[str, Any] = field(default_factory=dict)
    factors: tuple[str, ...] = tuple(FACTORS)
    mode: str = "initial"
    pairs: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.training, TrainingPlan):
            object.__setattr__(self, "training", TrainingPlan.from_mapping(self.training))
        if not isinstance(self.low, str) and not is_whole(self.low, 1):
            raise ArgumentError("low", repr(self.low), "the name of a module, or a number of modules >= 1")
        require_whole(pairs=self.pairs)
        require_whole(0, seed=self.seed)
        object.__setattr__(self, "factors", _factors(self.factors))
        if self.mode not in MODES:
            raise ArgumentError("mode", repr(self.mode), " or ".join(map(repr, MODES)),
                                did_you_mean(str(self.mode), MODES))  # fmt: skip
        recipe = self.training.recipe
        if self.mode == "frozen" and recipe.steps[-1] != recipe.epochs:
            raise ArgumentError("training.recipe.checkpoints", list(recipe.steps), "epochs that end with the last one, "
                                f"{recipe.epochs}: its layers are transplanted")  # fmt: skip
        self._check_other()

    def _check_other(self) -> None:
        if not isinstance(self.other_options, Mapping):
            raise ArgumentError("other_options", repr(self.other_options), "a mapping from names to values")
        needing = [name for name in self.factors if FACTORS[name].other]
        if self.other is None:
            if needing:
                raise ArgumentError("other", "nothing", f"package.module:function, for {' and '.join(needing)}",
                                    "Or leave them out of the factors")  # fmt: skip
            return
        check_name(self.other)
        first = (self.training.network, dict(self.training.network_options))
        if (self.other, dict(self.other_options)) == first:
            raise ArgumentError("other", f"{self.other}, which is the first network", "another architecture, or the "
                                "same function with other_options")  # fmt: skip

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> FactorPlan:
        """The plan of a mapping with the same names, such as a YAML file's.

        Raises:
            ArgumentError: no mapping, an unknown name (says the near one), or a value that is refused.
        """
        return from_options(cls, options, "factors")

    def to_mapping(self) -> dict[str, Any]:
        """The fields in YAML types."""
        return {**asdict(self), "training": self.training.to_mapping(), "other_options": dict(self.other_options),
                "factors": list(self.factors)}  # fmt: skip


def read_factor_plan(plan: str | Path, changes: Mapping[str, Any] | None = None) -> FactorPlan:
    """A plan from a YAML file or by its name, single values changed.

    "digits-cnn" (64 epochs) and "digits-mlp" (128) train small networks on 600 handwritten digits, a tenth of their
    labels drawn at random, as the recipe "digits" does, until most of the wrong labels are learned; the two lowest
    layers are the low ones, and the other architecture is deeper or wider above them. All pairs take minutes.

    Args:
        plan: the file, or one of `NAMED_FACTOR_PLANS`.
        changes: values by dotted name, such as {"training.recipe.epochs": 64}.

    Returns:
        The `FactorPlan`.

    Raises:
        ArgumentError: neither a file nor a name, or what `FactorPlan` refuses.
    """
    if str(plan) not in _NAMED and not Path(plan).is_file():
        accepted = f"a YAML file, or one of the plans {', '.join(_NAMED)}"
        raise ArgumentError("factors", plan, accepted, did_you_mean(str(plan), _NAMED))
    options = _NAMED[str(plan)] if str(plan) in _NAMED else read_yaml(plan, "factors")
    return FactorPlan.from_mapping(with_changes(options, changes or {}))


def read_any_plan(plan: str | Path, changes: Mapping[str, Any] | None = None) -> TrainingPlan | FactorPlan:
    """The plan of one training or of factors, whichever the name or the YAML file is: only the latter has `training`.

    Raises:
        ArgumentError: as `read_training_plan` and `read_factor_plan`.
    """
    known = (*NAMED_RECIPES, *NAMED_FACTOR_PLANS)
    if str(plan) not in known and not Path(plan).is_file():
        raise ArgumentError("recipe", plan, f"a YAML file, or one of the recipes {', '.join(known)}",
                            did_you_mean(str(plan), known))  # fmt: skip
    of_factors = str(plan) in _NAMED or (str(plan) not in NAMED_RECIPES and "training" in read_yaml(plan, "recipe"))
    return read_factor_plan(plan, changes) if of_factors else read_training_plan(plan, changes)


def _factors(factors: Any) -> tuple[str, ...]:
    """Names of factors as a tuple, checked."""
    known = ", ".join(FACTORS)
    names = list(map(str, factors)) if isinstance(factors, list | tuple) else []
    if not names or len(set(names)) != len(names):
        raise ArgumentError("factors", repr(factors), f"a list of one or more of {known}, each once")
    for name in names:
        if name not in FACTORS:
            raise ArgumentError("factors", repr(name), known, did_you_mean(str(name), FACTORS))
    return tuple(names)
