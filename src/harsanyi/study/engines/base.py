"""What every engine does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from harsanyi.study.plan import Plan
from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task

Shard = tuple[int, int]


@runtime_checkable
class Engine(Protocol):
    """A way to compute tasks; the process that runs the study claims them beforehand and stores what comes back."""

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Generator[Outcome, None, None]:
        """What became of every task, in any order; takes the next task only when there is a worker for it.

        The generator is closed where the run ends early, and then leaves no worker behind.
        """
        ...

    def record(self) -> dict[str, Any]:
        """What to record of it, JSON types: "engine", "workers" (how many), and "here": False if they are elsewhere."""
        ...


@runtime_checkable
class Launcher(Protocol):
    """A way to run a study in jobs, each of which opens the study itself and runs a shard of it."""

    def launch(self, folder: Path, plan: Plan, run_shard: Callable[[Path, Plan, Shard], dict[str, str]],
               done: Callable[[], tuple[int, int]], tell: Callable[[int, int], None]) -> dict[str, str]:  # fmt: skip
        """Run jobs until the study is done.

        Args:
            folder: of the study, which the jobs see too.
            plan: of the study, every network with a factory.
            run_shard: what each job calls with folder, plan and (k, n); returns why units failed, by their names.
            done: units that are stored, and all of them.
            tell: called with both, now and then.

        Returns:
            Why units failed, by their names.
        """
        ...
