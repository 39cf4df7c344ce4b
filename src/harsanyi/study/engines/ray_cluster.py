"""A Ray cluster: actors that hold a network once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task


@final
@dataclass(frozen=True)
class Ray:
    """Compute on a Ray cluster."""

    workers: int = 1
    address: str | None = None

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """What became of every task."""
        raise NotImplementedError

    def record(self) -> dict[str, Any]:
        """What to record of it."""
        return {"engine": "ray", "workers": self.workers, "here": False}
