"""Tasks whose worker died are tried again, a few times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from harsanyi.study.units import Outcome, Task


class Attempts:
    """The tasks to hand out: those that come back first, then new ones.

    Args:
        tasks: new ones.
        most: how often a task is tried.
    """

    def __init__(self, tasks: Iterator[Task], most: int) -> None:
        self._tasks, self._most = tasks, most
        self._again: deque[Task] = deque()
        self._lost: dict[str, int] = {}

    def next(self) -> Task | None:
        """A task; nothing where there is none."""
        return self._again.popleft() if self._again else next(self._tasks, None)

    def lost(self, task: Task, why: str) -> Outcome | None:
        """The worker of a task died: it will be tried again (nothing), or has failed."""
        times = self._lost[task.unit.name] = self._lost.get(task.unit.name, 0) + 1
        if times >= self._most:
            return Outcome(task, None, f"its worker died {times} times ({why})")
        self._again.append(task)
        return None
