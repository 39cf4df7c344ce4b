"""Which layers a study reads, and how the probes that read them are trained; the same fields in Python and YAML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import from_options, is_whole, require_whole
from harsanyi.game.layer_choice import AUTO
from harsanyi.game.reading import POOLINGS
from harsanyi.training.probes import OPTIMIZERS


@final
@dataclass(frozen=True, eq=False)
class LayerPlan:
    """Layers of every network of a study that are read by linear probes, beside the network's own output.

    Args:
        names: "auto" (about five, evenly spread in depth); or names of layers and patterns, see `choose_layers`. Every
            network must have them.
        pooling: how features become one row: "auto", "flatten", "mean" or "first", see `Reading`.
        samples: that the probes are trained on, with labels, as those of a plan; nothing for the samples that each
            network was trained on, with their labels, where `harsanyi train` wrote it.
        validation: share of them that chooses the weight decay, in (0, 1).
        weight_decays: to choose from, each >= 0.
        optimizer: "lbfgs", to convergence; "sgd" for features that are too many, with the papers' settings.
        draws: copies of every test sample with noise, for `Study.stability`; 0 for none.
        noise: standard deviation of that noise, in the unit of the inputs.
        seed: of validation share and noise.

    Raises:
        ArgumentError: a value out of range.

    Source: 2409.08712; the choice of weight decay and of layers is ours.
    """

    names: str | Sequence[str] = "auto"
    pooling: str = "auto"
    samples: Any = None
    validation: float = 0.2
    weight_decays: Sequence[float] = (0.0, 1e-4, 1e-3, 1e-2, 1e-1)
    optimizer: str = "lbfgs"
    draws: int = 0
    noise: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        names = layer_names("layers.names", self.names)
        if not names:
            raise ArgumentError("layers.names", repr(self.names), '"auto", or names of layers')
        object.__setattr__(self, "names", names if isinstance(self.names, list | tuple) else names[0])
        for argument, known in (("pooling", (AUTO, *POOLINGS)), ("optimizer", tuple(OPTIMIZERS))):
            value = getattr(self, argument)
            if value not in known:
                raise ArgumentError(f"layers.{argument}", repr(value), " or ".join(map(repr, known)),
                                    did_you_mean(str(value), known))  # fmt: skip
        if not 0 < self.validation < 1:
            raise ArgumentError("layers.validation", repr(self.validation), "a share in (0, 1)")
        object.__setattr__(self, "weight_decays", tuple(map(float, self.weight_decays)))
        if not is_whole(self.draws, 0) or self.draws == 1:
            raise ArgumentError("layers.draws", repr(self.draws), "0, or 2 or more: a deviation needs as many")
        if not 0 < self.noise < float("inf"):
            raise ArgumentError("layers.noise", repr(self.noise), "a standard deviation > 0")
        require_whole(0, seed=self.seed)


def layer_names(argument: str, given: Any) -> tuple[str, ...]:
    """Names of layers from one name or several; YAML makes a number of a name such as 4.

    Raises:
        ArgumentError: something else.
    """
    names = list(given) if isinstance(given, list | tuple) else [given]
    if not all(isinstance(name, str) or is_whole(name, 0) for name in names):
        raise ArgumentError(argument, repr(given), "the name of a layer, or a list of names")
    return tuple(map(str, names))


def layer_plan(given: Any) -> LayerPlan | None:
    """A plan of layers from what a `Plan` was given: names alone, a mapping of its fields, or nothing.

    Raises:
        ArgumentError: an unknown name (says the near one), or what `LayerPlan` refuses.
    """
    if given is None or isinstance(given, LayerPlan):
        return given
    if isinstance(given, str | int | list | tuple):
        return LayerPlan(given)  # type: ignore[arg-type]
    return from_options(LayerPlan, given, "layers")
