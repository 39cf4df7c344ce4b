"""Interactions read back from a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions
from harsanyi.study.cast import load_cast
from harsanyi.study.inventory import Stored
from harsanyi.study.record import Record
from harsanyi.study.samples import load_samples
from harsanyi.study.store import LOGITS, Grid, Ints, State
from harsanyi.study.units import FIGURES

_TOGETHER = 1 << 26  # bytes of arrays that are read at once


def row_of(checkpoints: Sequence[Stored], step: int | None) -> int:
    """Position of the checkpoint of a step; nothing for the last step.

    Raises:
        ArgumentError: no such step.
    """
    rows = {stored.step: row for row, stored in enumerate(checkpoints)}
    chosen = max(rows) if step is None else step
    if chosen not in rows:
        raise ArgumentError("step", step, f"one of {', '.join(map(str, sorted(rows)))}")
    return rows[chosen]


@final
class Reader:
    """Reads the interactions of one network and masked layer; what all its checkpoints share is read once.

    Args:
        folder: of the study.
        record: of the study.
        network: its name.
        at: position among the masked layers.
        samples: positions, at least one.
    """

    def __init__(self, folder: Path, record: Record, network: str, at: int, samples: Ints) -> None:
        self._record, self._network, self._at, self._samples = record, network, at, samples
        self._grid, self._rows = Grid(folder, network), record.checkpoints[network]
        cast = load_cast(folder, network, at)
        self._names = tuple(map(tuple, cast.names[samples].tolist()))
        self._regions = cast.regions if len(cast.regions) == 1 else cast.regions[samples]
        self._labels, self._inputs = cast.answers[samples], load_samples(folder).inputs[samples]

    def done(self) -> list[tuple[int, int]]:
        """Step and row of every checkpoint that is done for these samples, by rising step."""
        whole = (self._read("state", range(len(self._rows))) == State.DONE).all(1)
        return sorted((stored.step, row) for row, stored in enumerate(self._rows) if whole[row])

    def row(self, step: int | None) -> int:
        """Row of a checkpoint, nothing for the last, whose samples are all done.

        Raises:
            ArgumentError: no such step, or samples that are not done (says how many).
        """
        row = row_of(self._rows, step)
        left = int((self._read("state", [row]) != State.DONE).sum())
        if left:
            given = f"{left} samples of {self._network} at step {self._rows[row].step} that are not done"
            raise ArgumentError("study", given, "cells that are done", "Run the study to its end; status tells more")
        return row

    def interactions(self, rows: Sequence[int]) -> Iterator[Interactions]:
        """The interactions of checkpoints that are done, several read at once where they are small."""
        most = max(1, _TOGETHER // (len(self._samples) * self._record.shape.bytes_per_sample))
        for first in range(0, len(rows), most):
            part = rows[first : first + most]
            arrays = [self._read(name, part) for name in ("scores", "effects", "certificate")]
            yield from (self._interactions(row, *values) for row, *values in zip(part, *arrays, strict=True))

    def logits(self, row: int) -> npt.NDArray[np.float64] | None:
        """Logits of a checkpoint that is done, (samples, classes); nothing where there are none."""
        return self._read(LOGITS, [row])[0] if LOGITS in self._grid.data else None

    def _interactions(self, row: int, *arrays: npt.NDArray[Any]) -> Interactions:
        scores, effects, certificate = (values.astype(np.float64) for values in arrays)
        figures = dict(zip(FIGURES, certificate.T, strict=True))
        return Interactions(
            scores, effects[:, 0], effects[:, 1], figures["objective"], figures["lower_bound"], figures["gap"],
            figures["noise_bound"], figures["iterations"].astype(np.int64),
            figures["gap"] <= self._record.identity["max_gap"], self._labels, self._names, self._inputs, self._regions,
            self._provenance(row),
        )  # fmt: skip

    def _read(self, name: str, rows: Sequence[int]) -> npt.NDArray[Any]:
        return self._grid.read(name, np.array(rows), self._at, self._samples)

    def _provenance(self, row: int) -> dict[str, Any]:
        stored = self._rows[row]
        return {**self._record.machine, **self._record.identity, **self._record.how[self._network],
                "network": self._network, "step": stored.step, "checkpoint": stored.path,
                "checkpoint_sha256": stored.sha256}  # fmt: skip
