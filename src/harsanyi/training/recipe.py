"""How a network is trained, in one validated object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, final

from harsanyi.core.devices import check_device_name
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import from_options, is_whole, require_whole
from harsanyi.training.schedule import checkpoint_epochs

OPTIMIZERS = ("sgd", "adam")
_LARGEST_SEED = 2**63 - 1  # of torch
_IN_YAML = "In YAML a power of ten needs a point and a sign: 1.0e-3"


@final
@dataclass(frozen=True)
class Recipe:
    """Optimizer, length, checkpoints and seed of a training; the defaults are the papers' protocol.

    Args:
        epochs: passes over the training samples, 1 or more.
        learning_rate: constant over training, > 0.
        momentum: in [0, 1); for "adam" the decay of the mean of the gradients.
        batch_size: samples of each step, 1 or more; also of each pass without gradients.
        weight_decay: as in `torch.optim`: this times each weight is added to its gradient, >= 0.
        checkpoints: number of checkpoints, 2 or more, at `checkpoint_epochs`; or the epochs themselves, rising,
            0 for before training.
        seed: of the initial values, the order of the samples and what the network draws itself, such as dropout; a
            whole number from 0 to 2**63 - 1.
        device: where to train, as torch names it: "cpu", "cuda", "cuda:1", "mps".
        optimizer: "sgd" or "adam".
        sample_losses: also keep the loss of every sample at every checkpoint.

    Raises:
        ArgumentError: a value out of range or of another type.

    Example:
        >>> Recipe(epochs=100, checkpoints=5).steps
        (0, 1, 5, 22, 100)
        >>> Recipe.from_mapping({"learning_rat": 0.1})
        Traceback (most recent call last):
        harsanyi.core.errors.ArgumentError: recipe: given 'learning_rat'; accepted: epochs=256, learning_rate=0.01,
            momentum=0.9, batch_size=128, weight_decay=0.0, checkpoints=10, seed=0, device='cpu', optimizer='sgd',
            sample_losses=False. Did you mean 'learning_rate'?
    """

    epochs: int = 256
    learning_rate: float = 0.01
    momentum: float = 0.9
    batch_size: int = 128
    weight_decay: float = 0.0
    checkpoints: int | tuple[int, ...] = 10
    seed: int = 0
    device: str = "cpu"
    optimizer: str = "sgd"
    sample_losses: bool = False

    def __post_init__(self) -> None:
        require_whole(epochs=self.epochs, batch_size=self.batch_size)
        require_whole(0, seed=self.seed)
        if self.seed > _LARGEST_SEED:
            raise ArgumentError("seed", self.seed, f"a whole number from 0 to {_LARGEST_SEED}")
        _check_real("learning_rate", self.learning_rate, "a number > 0", above=True)
        _check_real("weight_decay", self.weight_decay, "a number >= 0")
        _check_real("momentum", self.momentum, "a number in [0, 1)", below=1)
        if self.optimizer not in OPTIMIZERS:
            raise ArgumentError("optimizer", repr(self.optimizer), " or ".join(f'"{name}"' for name in OPTIMIZERS))
        if not isinstance(self.sample_losses, bool):
            raise ArgumentError("sample_losses", repr(self.sample_losses), "true or false")
        check_device_name(self.device)
        object.__setattr__(self, "checkpoints", _checkpoints(self.checkpoints, self.epochs))

    @property
    def steps(self) -> tuple[int, ...]:
        """The epochs of the checkpoints; 0 is before training."""
        if isinstance(self.checkpoints, int):
            return checkpoint_epochs(self.epochs, self.checkpoints)
        return self.checkpoints

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Recipe:
        """The recipe of a mapping with the same names, such as a part of a YAML file; what is left out is the default.

        Raises:
            ArgumentError: no mapping, an unknown name (says the near one), or a value that `Recipe` refuses.
        """
        return from_options(cls, options, "recipe")

    def to_mapping(self) -> dict[str, Any]:
        """The fields as JSON or YAML types."""
        options = asdict(self)
        if not isinstance(self.checkpoints, int):
            options["checkpoints"] = list(self.checkpoints)
        return options


def _check_real(argument: str, value: object, accepted: str, above: bool = False, below: float = math.inf) -> None:
    """Refuse what is not a number in [0, below), or (0, below) if `above`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ArgumentError(argument, repr(value), accepted, _IN_YAML if isinstance(value, str) else "")
    if not 0 <= value < below or (above and value == 0):
        raise ArgumentError(argument, repr(value), accepted)


def _checkpoints(checkpoints: Any, epochs: int) -> int | tuple[int, ...]:
    """A number, checked, or rising epochs as a tuple."""
    accepted = f"a number >= 2, or rising epochs from 0 to {epochs}, each a whole number"
    if isinstance(checkpoints, list | tuple):
        chosen = tuple(checkpoints)
        rising = all(map(is_whole, chosen)) and all(first < second for first, second in pairwise(chosen))
        if not chosen or not rising or chosen[-1] > epochs:
            raise ArgumentError("checkpoints", list(chosen), accepted)
        return chosen
    if not is_whole(checkpoints, 2):
        raise ArgumentError("checkpoints", repr(checkpoints), accepted)
    return checkpoints
