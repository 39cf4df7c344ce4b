"""What a monitor costs, and whether it may go on: a bounded share of the time of the training."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user

_IN_A_ROW = 5  # due steps left out for the bound, at which the user is told


@final
@dataclass(frozen=True)
class Cost:
    """Time of a monitor and of the training that it watches, over all runs of the training that logged to its folder.

    Attributes:
        seconds: of the monitor's own work.
        training_seconds: from the first step shown to the monitor to the last, its own work included.
        skipped: steps that were due and not logged, for the bound on the share or for an error.
    """

    seconds: float = 0.0
    training_seconds: float = 0.0
    skipped: int = 0

    @property
    def share(self) -> float:
        """The monitor's share of the time of the training, in [0, 1]."""
        return self.seconds / self.training_seconds if self.training_seconds else 0.0

    def allows(self, more: float, share: float) -> bool:
        """Whether so many more seconds of own work leave the share within a bound.

        Example:
            >>> Cost(seconds=1, training_seconds=50).allows(1, share=0.05)
            True
            >>> Cost(seconds=1, training_seconds=30).allows(1, share=0.05)
            False
        """
        return self.seconds + more <= share * (self.training_seconds + more)


@final
class Meter:
    """Measures a `Cost` while a training runs.

    Args:
        share: most of the time of the training that the work may take, in (0, 1].
        before: what earlier runs of the training cost.
        last: seconds of the last work in them; nothing where there was none.
        clock: seconds, from any beginning.

    Raises:
        ArgumentError: a share out of range.
    """

    def __init__(
        self, share: float, before: Cost, last: float | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        if not 0 < share <= 1:
            raise ArgumentError("share", share, "a share of the training time in (0, 1]")
        self._share, self._before, self._last, self._clock = share, before, last, clock
        self._began: float | None = None
        self._now, self._seconds, self._skipped = 0.0, before.seconds, before.skipped
        self._in_a_row = 0

    def tick(self) -> None:
        """The training is still going on."""
        self._now = self._clock()
        if self._began is None:
            self._began = self._now

    @property
    def cost(self) -> Cost:
        """Until the last tick; work counts once it is done."""
        run = 0.0 if self._began is None else self._now - self._began
        return Cost(self._seconds, self._before.training_seconds + run, self._skipped)

    def allows(self) -> bool:
        """Whether the work may be done: the first time always, then if what it took the last time fits the bound."""
        return self._last is None or self.cost.allows(self._last, self._share)

    def skip(self) -> None:
        """A step that was due is left out."""
        self._skipped += 1

    def skip_for_share(self) -> None:
        """A step that was due is left out for the bound; the first time that several are in a row, say so."""
        self.skip()
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            last, cost = self._last or 0.0, self.cost
            wait = (cost.seconds + last) / self._share - last - cost.training_seconds
            warn_user(
                f"{_IN_A_ROW} due steps were skipped: a look takes {last:.2g} s, and a share of {self._share:g} of the "
                f"time allows the next one in {wait:.2g} s. For more in a short training raise share=, or take fewer "
                "samples or players"
            )

    @contextmanager
    def work(self, typical: bool = True) -> Iterator[Callable[[], float]]:
        """The time of this block is own work.

        Args:
            typical: the next time is expected to take as long.

        Yields:
            A function that gives the seconds so far.
        """
        self.tick()
        started = self._now

        def seconds() -> float:
            self.tick()
            return self._now - started

        try:
            yield seconds
        finally:
            taken = seconds()
            self._seconds += taken
            self._last = taken if typical else self._last
            if self._in_a_row < _IN_A_ROW:  # else the user was told, which is done once
                self._in_a_row = 0
