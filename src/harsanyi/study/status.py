"""How far a study is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.study.journal import runs_of, told_engine
from harsanyi.study.record import Record, units_of
from harsanyi.study.store import ROOT, Grid, State, is_done
from harsanyi.study.units import Unit

if TYPE_CHECKING:
    import pandas as pd

States = npt.NDArray[np.uint8]
_NAMES = {State.DONE: "done", State.FAILED: "failed", State.TO_DO: "to_do"}


@final
@dataclass(frozen=True, eq=False)
class Status:
    """What is stored of a study, and by which runs.

    Attributes:
        counts: samples by network, then step, then "done", "failed" and "to_do"; each layer of a sample counts.
        units: blocks of samples at one checkpoint, and at one layer where layers are masked: done, and all, as a run
            counts them.
        failures: why units failed, by their names, as the latest run has it that met them; none that is done by now.
        runs: one mapping a run: engine, workers, units, seconds by what they were spent on, failures, machine.
        bytes: of the stored arrays.
        shape: networks, checkpoints in all, samples, players.
        layers: of every sample, with the network's own output where layers are read.
    """

    counts: Mapping[str, Mapping[int, Mapping[str, int]]]
    units: tuple[int, int]
    failures: Mapping[str, str]
    runs: tuple[Mapping[str, Any], ...]
    bytes: int
    shape: tuple[int, int, int, int]
    layers: int

    @property
    def done(self) -> bool:
        """Whether every cell is."""
        return self.units[0] == self.units[1]

    @property
    def course(self) -> str:
        """How far it is, in words."""
        return "all done" if self.done else f"{self.units[0]} of {self.units[1]} units done"

    def table(self) -> pd.DataFrame:
        """One row a checkpoint: network, step, done, failed, to_do (samples x layers)."""
        import pandas as pd

        rows = [{"network": network, "step": step, **counts}
                for network, steps in self.counts.items() for step, counts in steps.items()]  # fmt: skip
        return pd.DataFrame(rows, columns=["network", "step", "done", "failed", "to_do"])

    def sentence(self) -> str:
        """One line."""
        counted = zip(self.shape, ("network", "checkpoint", "sample", "player"), strict=True)
        nouns = [f"{count} {noun}{'s' * (count != 1)}" for count, noun in counted]
        failed = sum(count["failed"] for steps in self.counts.values() for count in steps.values())
        return f"Study: {' x '.join(nouns)}, {self.course}{f', {failed} {self._counted} failed' if failed else ''}"

    @property
    def _counted(self) -> str:
        return "samples" if self.layers == 1 else "samples x layers"

    def __repr__(self) -> str:
        table = self.table().rename(columns={"done": f"{self._counted} done", "to_do": "to do"})
        return "\n".join([self.sentence(), table.to_string(index=False), *self.spent()])

    def spent(self) -> list[str]:
        """A line for each run, and one for the disk."""
        lines = []
        for run in self.runs:
            seconds = dict(run["seconds"])
            total = seconds.pop("total")
            parts = ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
            lines.append(f"{run['time']} on {run['host']}: {told_engine(run)}, {run['state']}, "
                         f"{run['units']} units in {total:.1f} s ({parts})")  # fmt: skip
        return [*lines, f"{self.bytes / 2**20:.1f} MiB on the disk"]


def status_of(folder: Path, record: Record) -> Status:
    """Read how far a study is.

    Args:
        folder: of the study.
        record: of the study.

    Returns:
        The `Status`.
    """
    states = {name: _state(folder, name, record) for name in record.checkpoints}
    counts = {name: {rows[row].step: {_NAMES[kind]: int((states[name][row] == kind).sum()) for kind in State}
                     for row in np.argsort([stored.step for stored in rows])}
              for name, rows in record.checkpoints.items()}  # fmt: skip
    runs = runs_of(folder)
    told = {name: why for run in runs for name, why in run["failures"].items()}
    units = units_of(record, list(states))
    undone = _undone(units, states)
    failures = {name: why for name, why in told.items() if name in undone}
    shape = (len(states), sum(map(len, record.checkpoints.values())), record.shape.samples, record.shape.n)
    return Status(counts, (len(units) - len(undone), len(units)), failures, runs, _size(folder / ROOT), shape,
                  len(record.shape.at))  # fmt: skip


def units_stored(folder: Path, record: Record) -> tuple[int, int]:
    """Units that are done, and all."""
    units = units_of(record, list(record.checkpoints))
    undone = _undone(units, {name: _state(folder, name, record) for name in record.checkpoints})
    return len(units) - len(undone), len(units)


def _state(folder: Path, network: str, record: Record) -> States:
    """Of what is on record; the arrays are larger where an extension was killed."""
    return Grid(folder, network).state()[: len(record.checkpoints[network]), :, : record.shape.samples]


def _undone(units: Iterable[Unit], states: Mapping[str, States]) -> set[str]:
    """Names of units that are not done."""
    return {unit.name for unit in units if not is_done(states[unit.network], unit)}


def _size(folder: Path) -> int:
    """Bytes of the files in a folder, which others may be writing."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total
