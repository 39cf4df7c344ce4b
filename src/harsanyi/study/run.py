"""The run of a study: units are claimed, computed by an engine, and stored, until every one is done."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import numpy as np

from harsanyi.core.devices import device_here
from harsanyi.core.errors import ArgumentError, NotConvergedWarning
from harsanyi.core.warning import warn_user
from harsanyi.progress import Counter, Progress, shown
from harsanyi.study.engines.base import Engine
from harsanyi.study.full_disk import FULL, told_when_full
from harsanyi.study.journal import Journal
from harsanyi.study.opening import Opened
from harsanyi.study.record import units_of
from harsanyi.study.room import require_room
from harsanyi.study.store import Grid, State, is_done
from harsanyi.study.units import FIGURES, Outcome, Task, Unit

Shard = tuple[int, int]
_LOOK = 0.5  # seconds between two looks at units that another process computes


def check_shard(shard: Shard | None) -> None:
    """Refuse a shard that is none."""
    whole = shard is None or (len(shard) == 2 and all(isinstance(number, int) for number in shard))
    if not whole or (shard is not None and not 1 <= shard[0] <= shard[1]):
        raise ArgumentError("shard", shard, "(k, n), this part and the number of parts: 1 <= k <= n")


def check_minutes(minutes: float | None) -> None:
    """Refuse a budget that is none."""
    number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if minutes is not None and not (number and 0 < minutes < float("inf")):
        raise ArgumentError("minutes", repr(minutes), "a number > 0, or nothing")


def run_units(
    opened: Opened,
    engine: Engine,
    shard: Shard | None = None,
    progress: Progress = True,
    minutes: float | None = None,
) -> dict[str, str]:
    """Compute what is still to do.

    Args:
        opened: the study.
        engine: what computes.
        shard: (k, n): only every n-th unit, from the k-th on.
        progress: a bar of units when the work is long and standard error is a terminal (True), none (False), or a
            function of (units done, in all).
        minutes: after which no unit is begun; units then come by their samples, those of all networks together.

    Returns:
        Why units failed, by their names; none as a rule.

    Raises:
        ArgumentError: a checkpoint that is still to do and no longer there, or no room for the results.
        HarsanyiError: the disk is full; what was stored stays.
    """
    with told_when_full(opened.folder):
        run = _Run(opened, engine, shard, minutes)
        state = "stopped"
        try:
            with shown(progress, len(run.pending), "unit") as advance:
                run.until_done(advance)
            state = "out of time" if run.pending else "finished"
        finally:
            run.close(state)
    run.warn()
    return run.journal.failures


class _Run:
    """A run of this process."""

    def __init__(self, opened: Opened, engine: Engine, shard: Shard | None, minutes: float | None) -> None:
        self._opened, self._engine = opened, engine
        self._end = float("inf") if minutes is None else time.monotonic() + 60 * minutes
        networks = list(opened.question.plan.networks)
        self._warnings: dict[str, int] = {}
        self._missed = self._own = 0  # samples off the gap; units done by this process since the last look
        self._grids = {name: Grid(opened.folder, name, write=True) for name in networks}
        units = units_of(opened.record, networks)
        units = units if minutes is None else sorted(units, key=lambda unit: unit.first)
        units = units if shard is None else units[shard[0] - 1 :: shard[1]]
        self.pending = self._undone(units)
        self._check()
        how = {**engine.record(), "shard": None if shard is None else list(shard)}
        self.journal = Journal(opened.folder, len(self.pending), how)

    def _check(self) -> None:
        """Refuse what cannot be done, before the long work."""
        for unit in self.pending:
            path = self._opened.question.path(unit)
            if path is not None and not path.exists():
                raise ArgumentError("checkpoints", f"{path}, which is not there", "the checkpoints that are to do")
        blocks = sum(len(unit.rows) for unit in self.pending)
        record = self._engine.record()
        here, device = record.get("here", True), self._opened.question.plan.device
        if here and device is not None:
            device_here(device)
        require_room(self._opened.folder, self._opened.record, blocks, record["workers"], here)

    def until_done(self, advance: Counter) -> None:
        """Compute what this process can claim, again and again, and wait for what others have, while there is time."""
        while self.pending and time.monotonic() < self._end:
            before = len(self.pending)
            with closing(self._engine.outcomes(self._opened.question, self._claimed())) as outcomes:
                for outcome in outcomes:
                    self._settle(outcome, advance)
            self.pending = [unit for unit in self.pending if unit.name not in self.journal.failures]
            mine, self.pending = self.pending, self._undone(self.pending)
            others = len(mine) - len(self.pending) - self._own
            self.journal.elsewhere(others)
            advance(others)
            self._own = 0
            if len(self.pending) == before:
                time.sleep(_LOOK)

    def _claimed(self) -> Iterator[Task]:
        """Units that no other process has, one at a time, with the samples to do."""
        for unit in self.pending:
            if time.monotonic() >= self._end:
                return
            if unit.name in self.journal.failures or not self._opened.locks.claim(unit.name):
                continue
            if len(unit.rows) > 1:
                self._grids[unit.network].copy(unit)
            states = self._grids[unit.network].states_of(unit)
            samples = unit.first + np.flatnonzero((states != State.DONE).any(0))
            if len(samples):
                yield Task(unit, samples)
            else:
                self._opened.locks.release(unit.name)

    def _settle(self, outcome: Outcome, advance: Counter) -> None:
        """Store what became of a unit, and let it go."""
        task, grid, began = outcome.task, self._grids[outcome.task.unit.network], time.perf_counter()
        if outcome.computed is None:
            grid.fail(task.unit, task.samples)
            self.journal.failed(task, outcome.error)
        else:
            grid.write(task.unit, outcome.computed)
            self._own += 1
            self.journal.finished(task, outcome.computed, time.perf_counter() - began)
            gaps = outcome.computed.certificate[..., FIGURES.index("gap")]
            self._missed += int((gaps > self._opened.question.plan.max_gap).sum())
            for text in outcome.computed.warnings:
                self._warnings[text] = self._warnings.get(text, 0) + 1
        self._opened.locks.release(task.unit.name)
        advance(1)

    def _undone(self, units: Sequence[Unit]) -> list[Unit]:
        states = {name: self._grids[name].state() for name in {unit.network for unit in units}}
        return [unit for unit in units if not is_done(states[unit.network], unit)]

    def warn(self) -> None:
        """Pass on what the workers warned of, each text once, and say what is not as asked for."""
        for text, units in self._warnings.items():
            warn_user(text if units == 1 else f"{text} (in {units} units)")
        if self._missed:
            warn_user(f"{self._missed} samples kept a certified gap above max_gap; raise max_iterations or max_gap",
                      NotConvergedWarning)  # fmt: skip
        warn_of_failures(self.journal.failures)

    def close(self, state: str) -> None:
        """Put the run on record."""
        try:
            self.journal.say(f"{state} after {self.journal.elapsed:.1f} s")
            self.journal.write(state)
        except OSError as error:
            if error.errno not in FULL:
                raise


def warn_of_failures(failures: Mapping[str, str]) -> None:
    """Say how many units failed, if any, and why the first of them did."""
    for name, why in list(failures.items())[:1]:
        units = "1 unit failed" if len(failures) == 1 else f"{len(failures)} units failed, for instance"
        warn_user(f"{units} {name}: {why}. The next run tries again")
