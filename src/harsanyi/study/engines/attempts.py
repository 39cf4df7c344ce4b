"""Tasks whose worker died are tried again, and workers are replaced; both a few times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from harsanyi.core.errors import HarsanyiError
from harsanyi.study.units import Outcome, Task


class Attempts:
    """The tasks to hand out: those that come back first, then new ones.

    Args:
        tasks: new ones.
        most: how often a task is tried, and how many workers may end before they begin, one after the other.
    """

    def __init__(self, tasks: Iterator[Task], most: int) -> None:
        self._tasks, self._most = tasks, most
        self._again: deque[Task] = deque()
        self._lost: dict[str, int] = {}
        self._stillborn = 0

    def next(self) -> Task | None:
        """A task; nothing where there is none."""
        return self._again.popleft() if self._again else next(self._tasks, None)

    def lost(self, task: Task, why: str) -> Outcome | None:
        """The worker of a task died: it will be tried again (nothing), or has failed."""
        times = self._lost[task.unit.name] = self._lost.get(task.unit.name, 0) + 1
        if times >= self._most:
            return Outcome(task, None, f"its worker died {times} time{'s' * (times > 1)} ({why})")
        self._again.append(task)
        return None

    def began(self) -> None:
        """A worker has begun."""
        self._stillborn = 0

    def never_began(self, why: str, task: Task | None = None) -> None:
        """A worker ended before it began, perhaps with a task in hand, which is not to blame.

        Raises:
            HarsanyiError: so did the ones before it.
        """
        self._stillborn += 1
        if self._stillborn >= self._most:
            raise HarsanyiError(f"workers end before they begin, {self._stillborn} of them one after the other: {why}")
        if task is not None:
            self._again.append(task)
