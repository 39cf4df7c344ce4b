"""What a run tells while it goes on, and what it leaves on record: a log in words, and a file of its own."""

from __future__ import annotations

import json
import os
import platform
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harsanyi.study.machine import machine
from harsanyi.study.units import Computed, Task
from harsanyi.whole_files import write_whole

LOG, RUNS = "run.log", "runs"


class Journal:
    """Of one run of one process.

    Args:
        folder: of the study.
        total: units that the run has to see done.
        how: engine and shard, JSON types.
    """

    def __init__(self, folder: Path, total: int, how: dict[str, Any]) -> None:
        self.done, self.total, self.failures = 0, total, dict[str, str]()
        self.seconds: dict[str, float] = defaultdict(float)
        self._began, self._folder, self._how = time.monotonic(), folder, {**how, **machine()}
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        self._path = folder / RUNS / f"{stamp}-{platform.node()}-{os.getpid()}.json"
        self._path.parent.mkdir(exist_ok=True)
        self.write("running")
        self.say(f"{total} units to do, engine {told_engine(how)}")

    def say(self, text: str) -> None:
        """One line for the log; several processes may write it."""
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        with (self._folder / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{stamp} [{platform.node()} {os.getpid()}] {text}\n")

    def finished(self, task: Task, computed: Computed, storing: float) -> None:
        """A unit was computed and stored."""
        self.done += 1
        for name, spent in {**computed.seconds, "storage": storing}.items():
            self.seconds[name] += spent
        spent_on = ", ".join(f"{name} {spent:.2f} s" for name, spent in computed.seconds.items())
        self.say(f"{self._course()}; {_told(task)}: {spent_on}, storage {storing:.3f} s")

    def failed(self, task: Task, why: str) -> None:
        """A unit could not be computed."""
        self.failures[task.unit.name] = why
        self.say(f"{self._course()}; {_told(task)} failed: {why}")

    def elsewhere(self, units: int) -> None:
        """So many units were done by other processes."""
        self.done += units

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def _course(self) -> str:
        rate = self.done / max(self.elapsed, 1e-9)
        left = (self.total - self.done - len(self.failures)) / rate if rate else 0.0
        return f"{self.done}/{self.total} units, {60 * rate:.3g} a minute, {_duration(left)} left"

    def write(self, state: str) -> None:
        """Put the run on record as "running", "finished" or "stopped"; "killed" is said by the next one."""
        content = {"state": state, "units": self.done, "of": self.total, "failures": self.failures,
                   "seconds": {**{name: round(spent, 4) for name, spent in self.seconds.items()},
                               "total": round(self.elapsed, 4)}, **self._how}  # fmt: skip
        text = json.dumps(content, indent=1)
        write_whole(self._path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def runs_of(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """What runs put on record, the first one first."""
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / RUNS).glob("*.json")))


def mark_killed(folder: Path) -> None:
    """Put on record that runs did not end, where no process works on the study."""
    for path in (folder / RUNS).glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["state"] == "running":
            text = json.dumps({**content, "state": "killed"}, indent=1)
            write_whole(path, lambda temporary, text=text: temporary.write_text(text, encoding="utf-8"))  # type: ignore[misc]


def told_engine(how: Mapping[str, Any]) -> str:
    """Name and workers of an engine.

    Example:
        >>> told_engine({"engine": "processes", "workers": 2}), told_engine({"engine": "ray", "workers": None})
        ('processes with 2 workers', 'ray with as many workers as fit')
    """
    workers = how["workers"]
    counted = "as many workers as fit" if workers is None else f"{workers} worker{'s' * (workers != 1)}"
    return f"{how['engine']} with {counted}"


def _told(task: Task) -> str:
    unit = task.unit
    return f"{unit.network}, checkpoint {unit.rows[0]}, layer {unit.places[0]}, samples {unit.first} to {unit.last - 1}"


def _duration(seconds: float) -> str:
    """A time in words.

    Example:
        >>> _duration(42), _duration(600), _duration(9000)
        ('42 s', '10 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
