"""How far a study is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from harsanyi.study.journal import RUNS
from harsanyi.study.record import Record
from harsanyi.study.store import ROOT, Grid, State

if TYPE_CHECKING:
    import pandas as pd

_NAMES = {State.DONE: "done", State.FAILED: "failed", State.TO_DO: "to_do"}


@final
@dataclass(frozen=True, eq=False)
class Status:
    """What is stored of a study, and by which runs.

    Attributes:
        counts: samples by network, then step, then "done", "failed" and "to_do"; each layer counts.
        units: blocks of samples at one checkpoint and layer: done, and all.
        runs: one mapping a run: engine, workers, units, seconds by what they were spent on, failures, machine.
        bytes: of the stored arrays.
        shape: networks, checkpoints in all, samples, players.
    """

    counts: Mapping[str, Mapping[int, Mapping[str, int]]]
    units: tuple[int, int]
    runs: tuple[Mapping[str, Any], ...]
    bytes: int
    shape: tuple[int, int, int, int]

    @property
    def done(self) -> bool:
        """Whether every cell is."""
        return self.units[0] == self.units[1]

    @property
    def failures(self) -> dict[str, str]:
        """Why units failed, by their names, as the latest run has it that met them."""
        return {name: why for run in self.runs for name, why in run.get("failures", {}).items()}

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
            lines.append(f"{run['time']} on {run['host']}: {run['engine']}, {run['workers']} workers, {run['state']}, "
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
    counts: dict[str, dict[int, dict[str, int]]] = {}
    done = of = 0
    block = record.shape.block
    for name, rows in record.checkpoints.items():
        state = Grid(folder, name).state()
        counts[name] = {stored.step: {_NAMES[kind]: int((state[row] == kind).sum()) for kind in State}
                        for row, stored in enumerate(rows)}  # fmt: skip
        counts[name] = dict(sorted(counts[name].items()))
        blocks = np.add.reduceat(state == State.DONE, np.arange(0, state.shape[2], block), axis=2)
        sizes = np.diff([*range(0, state.shape[2], block), state.shape[2]])
        done, of = done + int((blocks == sizes).sum()), of + blocks.size
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / RUNS).glob("*.json"))]
    size = sum(path.stat().st_size for path in (folder / ROOT).rglob("*") if path.is_file())
    checkpoints = sum(map(len, record.checkpoints.values()))
    shape = (len(record.checkpoints), checkpoints, record.shape.samples, record.shape.n)
    return Status(counts, (done, of), tuple(runs), size, shape)
