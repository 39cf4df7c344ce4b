"""The work on one unit: a network that is held, given a checkpoint, and asked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.core.threads import on_threads
from harsanyi.extraction import split_within
from harsanyi.game.asking import Asked
from harsanyi.game.network import out_of_memory
from harsanyi.loading.network import load_state, read_state
from harsanyi.progress import Clock
from harsanyi.study.question import Question, make_network
from harsanyi.study.units import Computed, Outcome, Task, Unit, stretches


class Worker:
    """Computes units one after the other; holds the last network and the question put to it.

    Args:
        question: of the study.
        device: where to run the networks; nothing for where the plan says.
    """

    def __init__(self, question: Question, device: str | None = None) -> None:
        self.question, self._device = question, device or question.plan.device
        self._network: tuple[str, nn.Module] | None = None
        self._asked: tuple[tuple[str, str, tuple[int, ...]], Asked] | None = None

    def outcome(self, task: Task, state: Mapping[str, Tensor] | None = None) -> Outcome:
        """Do a task; what goes wrong with its network is told, not raised.

        Args:
            task: which unit, and which of its samples.
            state: weights of its checkpoint; nothing reads them from its file.

        Returns:
            The `Outcome`.
        """
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                computed = self._compute(task.unit, task.samples, state)
        except Exception as error:
            if not (isinstance(error, HarsanyiError) or out_of_memory(error)):
                raise
            return Outcome(task, None, f"{type(error).__name__}: {error}")
        told = tuple(dict.fromkeys(str(warning.message) for warning in caught))
        return Outcome(task, Computed(**computed, warnings=told))

    def _compute(
        self, unit: Unit, samples: npt.NDArray[np.int64], state: Mapping[str, Tensor] | None
    ) -> dict[str, Any]:
        clock, question = Clock(), self.question
        asked = self._ask(unit, state, clock)
        parts, outputs = [], []
        for _, place in stretches(samples):
            first, count = place.start, place.stop - place.start
            with clock("network"), on_threads(question.plan.threads):
                parts.append(asked.scores(first, count)[0])
                if asked.classes:
                    outputs.append(asked.logits(first, count))
        scores = _by_place(torch.cat(parts)).flatten(0, 1)  # the samples of all places as if they were one block
        with clock("split"):
            split = split_within(scores, question.noise, question.plan.max_gap, question.plan.max_iterations)
        bound = question.noise * (scores[:, -1] - scores[:, 0]).abs()
        figures = (split.objective, split.lower_bound, split.gap, bound, split.iterations.double())
        flat = {"scores": scores, "effects": torch.stack((split.and_, split.or_), 1),
                "certificate": torch.stack(figures, 1)}  # fmt: skip
        found = {name: values.view(len(unit.places), len(samples), *values.shape[1:]).cpu().numpy()
                 for name, values in flat.items()}  # fmt: skip
        logits = _by_place(torch.cat(outputs).transpose(-1, 1)).cpu().numpy() if outputs else None
        return {**found, "samples": samples, "logits": logits, "seconds": dict(clock.seconds)}

    def holds(self, unit: Unit) -> bool:
        """Whether the question of this unit is held, so that its checkpoint is not needed."""
        return self._asked is not None and self._asked[0] == (unit.network, unit.content, unit.places)

    def _ask(self, unit: Unit, state: Mapping[str, Tensor] | None, clock: Clock) -> Asked:
        if self._asked is None or not self.holds(unit):
            self._asked = None  # let go before the next one is made
            with clock("loading"):
                module = self._loaded(unit, state)
            spent_on = "loading" if self.question.probing is None else "probes"  # trained now, or on file
            with clock(spent_on), on_threads(self.question.plan.threads):
                asked = self.question.ask(unit.network, module, unit.places[0], unit.content)
            self._asked = (unit.network, unit.content, unit.places), asked
        return self._asked[1]

    def _loaded(self, unit: Unit, state: Mapping[str, Tensor] | None) -> nn.Module:
        """The network with the weights of the unit's checkpoint."""
        if self._network is None or self._network[0] != unit.network:
            self._network = None
            made = make_network(self.question.plan.networks[unit.network], unit.network, self._device)
            self._network = unit.network, made
        module, path = self._network[1], self.question.path(unit)
        if path is not None:
            weights = read_state(path) if state is None else state
            _check_content(weights, unit, path)
            load_state(module, weights, path)
        return module


def _by_place(values: Tensor) -> Tensor:
    """What a block of samples has, (samples, values) or (samples, values, places), as (places, samples, values)."""
    return values[None] if values.ndim == 2 else values.movedim(-1, 0)


def _check_content(state: Mapping[str, Tensor], unit: Unit, path: Path) -> None:
    """A checkpoint may have been written anew since the study was opened."""
    if content_hash(state) != unit.content:
        raise ArgumentError("checkpoints", f"{path}, whose content has changed since the run began",
                            "the checkpoint that the study has")  # fmt: skip
