"""One unit after the other, in this process: the default, and the one to debug with."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, final

from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task
from harsanyi.study.worker import Worker


@final
@dataclass(frozen=True)
class Serial:
    """Compute in this process."""

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Generator[Outcome, None, None]:
        """What became of every task, in their order."""
        worker = Worker(question)
        for task in tasks:
            yield worker.outcome(task)

    def record(self) -> dict[str, Any]:
        """What to record of it."""
        return {"engine": "serial", "workers": 1}
