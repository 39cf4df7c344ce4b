"""A Ray cluster: actors that hold a network once, anywhere; checkpoints come to them from here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any, final

import torch

from harsanyi.core.errors import HarsanyiError
from harsanyi.core.options import require_whole
from harsanyi.loading.network import read_state
from harsanyi.study.engines.attempts import Attempts
from harsanyi.study.engines.handing import lightened
from harsanyi.study.engines.ray_connection import connected, is_local
from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task, Unit
from harsanyi.study.worker import Worker

_KEPT = 2  # checkpoints in the store of the cluster at once, beside those that actors still need


@final
@dataclass(frozen=True)
class Ray:
    """Compute in actors of a Ray cluster; one that dies is replaced and its unit tried again.

    The cluster need not see the files of this machine, but must be able to import this package and what the plan
    names: factories, tokenizers, classes of your own. A connection that you have made with `ray.init`, perhaps with a
    `runtime_env` that brings your modules along, is used and stays open.

    Args:
        workers: number of actors; nothing for as many as the cluster has CPUs, or GPUs where the plan's device is
            "cuda", 1 at least.
        address: "ray://host:port", "host:port" or "auto"; nothing for the cluster that RAY_ADDRESS names, else for one
            of this machine alone, started and ended with the run.
        cpus: CPUs kept for an actor, 1 or more: as many as the plan has threads.
        attempts: how often a unit is tried whose actor dies, 1 or more.

    Raises:
        ArgumentError: a number below 1.
    """

    workers: int | None = None
    address: str | None = None
    cpus: int = 1
    attempts: int = 3

    def __post_init__(self) -> None:
        given = {} if self.workers is None else {"workers": self.workers}
        require_whole(**given, cpus=self.cpus, attempts=self.attempts)

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Generator[Outcome, None, None]:
        """What became of every task, in the order in which they end.

        Raises:
            ImportError: ray is not installed.
            ArgumentError: no cluster at the address.
            HarsanyiError: actors that end before they begin.
        """
        first = next(tasks, None)  # without a task there is no need for a cluster
        if first is None:
            return
        with connected(self.address, self._here() * self.cpus) as ray:
            crew = _Crew(ray, question, self.cpus, Attempts(chain([first], tasks), self.attempts))
            try:
                for _ in range(self.workers or crew.most()):
                    crew.hire()
                yield from crew.outcomes()
            finally:
                crew.end()

    def _here(self) -> int:
        """Workers of a cluster that is started on this machine."""
        return self.workers or max(1, torch.get_num_threads() // self.cpus)

    def record(self) -> dict[str, Any]:
        """What to record of it; no number of workers where only the cluster knows it."""
        here = is_local(self.address)
        return {"engine": "ray", "workers": self._here() if here else self.workers, "here": here}


class _Actor(Worker):
    """A worker in the cluster."""

    def __init__(self, question: Question, device: str | None, threads: int) -> None:
        torch.set_num_threads(threads)
        super().__init__(question, device)

    def begin(self) -> None:
        """Answer that it is there."""

    def work(self, task: Task, state: Sequence[Any]) -> Outcome:
        """Do a task; its weights, if any, are fetched only where they are needed."""
        import ray

        needed = state and not self.holds(task.unit)
        return self.outcome(task, ray.get(state[0]) if needed else None)


class _Crew:
    """Actors, and what each is doing."""

    def __init__(self, ray: Any, question: Question, cpus: int, attempts: Attempts) -> None:
        self._ray, self._attempts = ray, attempts
        self._cuda = (question.plan.device or "").startswith("cuda")
        self._kind = ray.remote(_Actor).options(num_cpus=cpus, num_gpus=int(self._cuda), max_restarts=0)
        self._cpus, self._states = cpus, _States(ray, question)
        self._question = ray.put(lightened(question))
        self._free: list[Any] = []
        self._waiting: dict[Any, tuple[Any, Task | None]] = {}  # by what will come back: actor and task, none at first

    def most(self) -> int:
        """Actors that fit into the cluster, 1 at least."""
        has = self._ray.cluster_resources()
        fitting = has.get("CPU", 0) / self._cpus
        return max(1, int(min(fitting, has.get("GPU", 0)) if self._cuda else fitting))

    def hire(self) -> None:
        """Ask the cluster for an actor; it gets its first task when it is there."""
        device = "cuda" if self._cuda else None  # the one GPU that the actor sees
        actor = self._kind.remote(self._question, device, self._cpus)
        self._waiting[actor.begin.remote()] = actor, None

    def outcomes(self) -> Iterator[Outcome]:
        """What became of every task."""
        while True:
            yield from self._hand_out()
            if self._free and not any(task for _, task in self._waiting.values()):
                return
            (answer,), _ = self._ray.wait(list(self._waiting), num_returns=1)
            outcome = self._taken_back(answer)
            yield from self._hand_out()  # the actor goes on while its results are stored
            if outcome is not None:
                yield outcome

    def _hand_out(self) -> Iterator[Outcome]:
        """Give a task to every actor that has none; a checkpoint that cannot be read is an outcome."""
        while self._free and (task := self._attempts.next()) is not None:
            try:
                state = self._states.of(task.unit)
            except HarsanyiError as error:
                yield Outcome(task, None, f"{type(error).__name__}: {error}")
                continue
            actor = self._free.pop()
            self._waiting[actor.work.remote(task, state)] = actor, task

    def _taken_back(self, answer: Any) -> Outcome | None:
        """What became of a task; nothing where an actor has begun, or died and the task will be tried again."""
        actor, task = self._waiting.pop(answer)
        errors = self._ray.exceptions
        try:
            outcome: Outcome | None = self._ray.get(answer)
        except errors.RayTaskError:  # an exception in the actor
            raise
        except errors.RayError as error:
            self._dismiss(actor)
            return self._lost(task, f"{type(error).__name__}: {error}")
        self._free.append(actor)
        self._attempts.began()
        return outcome

    def _lost(self, task: Task | None, why: str) -> Outcome | None:
        if task is None:
            self._attempts.never_began(why)
        self.hire()
        return None if task is None else self._attempts.lost(task, " ".join(why.split()))

    def _dismiss(self, actor: Any) -> None:
        with suppress(self._ray.exceptions.RayError, ConnectionError):  # the cluster may be gone
            self._ray.kill(actor)

    def end(self) -> None:
        """End every actor."""
        for actor in [*self._free, *(actor for actor, _ in self._waiting.values())]:
            self._dismiss(actor)


class _States:
    """Weights of the latest checkpoints, each read once and put into the store of the cluster."""

    def __init__(self, ray: Any, question: Question) -> None:
        self._ray, self._question = ray, question
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()

    def of(self, unit: Unit) -> list[Any]:
        """Where the weights of a unit are, in a list, which an actor is given as it is; empty where there are none.

        Raises:
            ArgumentError: the checkpoint cannot be read.
        """
        path = self._question.path(unit)
        if path is None:
            return []
        key = unit.network, unit.content
        if key not in self._kept:
            self._kept[key] = self._ray.put(read_state(path))
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return [self._kept[key]]
