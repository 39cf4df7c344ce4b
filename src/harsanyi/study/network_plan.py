"""What a study is told of each of its networks: how it is made, its checkpoints, and what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from torch import nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import is_whole

ROLES = ("target", "baseline", "ceiling", "floor", "control", "pair")
_STEPS = {"target": "all", "baseline": "last", "ceiling": "last", "floor": "first", "control": "last", "pair": "last"}


@final
@dataclass(frozen=True, eq=False)
class NetworkPlan:
    """One network of a study: how it is made, and its checkpoints.

    Args:
        checkpoints: a folder, a file, a list or a mapping from steps to files, see `find_checkpoints`; in Python also
            an iterator of (step, module or state dict), of which the study keeps copies; nothing for the network as
            it is made, one checkpoint of step 0.
        factory: "package.module:function", a folder with a Hugging Face model, or "hf:" and a hub name; in Python also
            the function or a module. Nothing for that of a folder written by `harsanyi train`, or for the first of the
            checkpoints where these are Hugging Face folders.
        options: keyword arguments of the factory.
        losses: a CSV file with the columns step (or epoch), train_loss and test_loss; nothing takes those of a folder
            written by `harsanyi train` or `harsanyi.training.train`. A study reads the file anew when it is opened.
        role: "target", a network that is asked about; or one to compare it with: a "baseline" was trained on other
            samples, a "ceiling" as the target was, with another seed, a "floor" not at all, a
            "control" for another task (see `Study.sharing`), and a "pair" shares something with another network (see
            `Study.factor_overlap`).
        steps: which of the checkpoints: "all", "first", "last" or a list of steps; nothing for all of a target, the
            last of a baseline, ceiling, control or pair and the first of a floor.
        unit: what the steps count, "step" or "epoch"; nothing for the column of the losses, "epoch" for a folder
            written by `harsanyi train` or where all names of checkpoints have their number after "epoch", else "step".

    Raises:
        ArgumentError: neither checkpoints nor a factory; an unknown role or unit; steps of another kind.
    """

    checkpoints: Any = None
    factory: str | nn.Module | Callable[..., nn.Module] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    losses: str | Path | None = None
    role: str = "target"
    steps: str | Sequence[int] | None = None
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            hint = did_you_mean(str(self.role), ROLES)
            raise ArgumentError("networks.role", repr(self.role), f"one of {', '.join(ROLES)}", hint)
        _check_steps(self.steps)
        if self.unit not in (None, "step", "epoch"):
            raise ArgumentError("networks.unit", repr(self.unit), '"step" or "epoch", or nothing')
        if self.checkpoints is None and self.factory is None:
            raise ArgumentError("networks", "a network with neither checkpoints nor factory", "one of them, or both")
        if not isinstance(self.options, Mapping):
            raise ArgumentError("networks.options", repr(self.options), "a mapping from names to values")
        if self.options and not isinstance(self.factory, str):
            raise ArgumentError("networks.options", dict(self.options), "options of a factory that is named")

    def chosen(self, steps: Sequence[int]) -> list[int]:
        """Which of the steps of its checkpoints, rising, are part of the study.

        Raises:
            ArgumentError: one that is not among them.
        """
        wanted = _STEPS[self.role] if self.steps is None else self.steps
        if isinstance(wanted, str):
            return list({"all": steps, "first": steps[:1], "last": steps[-1:]}[wanted])
        unknown = [step for step in wanted if step not in steps]
        if unknown:
            given = f"{unknown[0]}, which no checkpoint has"
            raise ArgumentError("networks.steps", given, f"some of {', '.join(map(str, steps))}")
        return [step for step in steps if step in wanted]


def _check_steps(given: Any) -> None:
    if given is None or (isinstance(given, str) and given in _STEPS.values()):
        return
    if isinstance(given, str) or not isinstance(given, Sequence) or not given or not all(map(is_whole, given)):
        raise ArgumentError("networks.steps", repr(given), '"all", "first", "last", or a list of steps')
