"""How far a study is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.study.journal import RUNS, told_engine
from harsanyi.study.record import Record, units_of
from harsanyi.study.store import ROOT, Grid, State, is_done

if TYPE_CHECKING:
    import pandas as pd

States = npt.NDArray[np.uint8]
_NAMES = {State.DONE: "done", State.FAILED: "failed", State.TO_DO: "to_do"}


@final
@dataclass(frozen=True, eq=False)
class Status:
    """What is stored of a study, and by which runs.

    Attributes:
        counts: samples by network, then step, then "done", "failed" and "to_do"; each layer counts.
        units: blocks of samples at one checkpoint and layer: done, and all.
        failures: why units failed, by their names, as the latest run has it that met them; none that is done by now.
        runs: one mapping a run: engine, workers, units, seconds by what they were spent on, failures, machine.
        bytes: of the stored arrays.
        shape: networks, checkpoints in all, samples, players.
    """

    counts: Mapping[str, Mapping[int, Mapping[str, int]]]
    units: tuple[int, int]
    failures: Mapping[str, str]
    runs: tuple[Mapping[str, Any], ...]
    bytes: int
    shape: tuple[int, int, int, int]

    @property
    def done(self) -> bool:
        """Whether every cell is."""
        return self.units[0] == self.units[1]

    def table(self) -> pd.DataFrame:
        """One row a checkpoint: network, step, done, failed, to_do (samples)."""
        import pandas as pd

        rows = [{"network": network, "step": step, **counts}
                for network, steps in self.counts.items() for step, counts in steps.items()]  # fmt: skip
        return pd.DataFrame(rows, columns=["network", "step", "done", "failed", "to_do"])

    def sentence(self) -> str:
        """One line."""
        counted = zip(self.shape, ("network", "checkpoint", "sample", "player"), strict=True)
        nouns = [f"{count} {noun}{'s' * (count != 1)}" for count, noun in counted]
        failed = sum(count["failed"] for steps in self.counts.values() for count in steps.values())
        told = "all done" if self.done else f"{self.units[0]} of {self.units[1]} units done"
        return f"Study: {' x '.join(nouns)}, {told}{f', {failed} samples failed' if failed else ''}"

    def __repr__(self) -> str:
        return "\n".join([self.sentence(), self.table().to_string(index=False), *self.spent()])

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
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / RUNS).glob("*.json"))]
    told = {name: why for run in runs for name, why in run["failures"].items()}
    undone = {unit.name for unit in units_of(record, list(states)) if not is_done(states[unit.network], unit)}
    failures = {name: why for name, why in told.items() if name in undone}
    shape = (len(states), sum(map(len, record.checkpoints.values())), record.shape.samples, record.shape.n)
    return Status(counts, _blocks(states.values(), record.shape.block), failures, tuple(runs), _size(folder / ROOT),
                  shape)  # fmt: skip


def units_stored(folder: Path, record: Record) -> tuple[int, int]:
    """Blocks of samples at one checkpoint and layer that are done, and all."""
    return _blocks((_state(folder, name, record) for name in record.checkpoints), record.shape.block)


def _state(folder: Path, network: str, record: Record) -> States:
    """Of what is on record; the arrays are larger where an extension was killed."""
    return Grid(folder, network).state()[: len(record.checkpoints[network]), :, : record.shape.samples]


def _blocks(states: Iterable[States], block: int) -> tuple[int, int]:
    """Blocks of samples that are done, and all."""
    done = of = 0
    for state in states:
        starts = np.arange(0, state.shape[2], block)
        whole = np.logical_and.reduceat(state == State.DONE, starts, axis=2)
        done, of = done + int(whole.sum()), of + whole.size
    return done, of


def _size(folder: Path) -> int:
    """Bytes of the files in a folder, which others may be writing."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total
