"""The arrays of a study: a zarr group for each network, readable by xarray without this package.

Dimensions: checkpoint, at (the layer that is masked, or read), sample, kind (AND, OR), figure or class, coalition. A
chunk holds one layer of one unit of work, so two processes never write into one; zarr replaces the file of a chunk as a
whole. The state of a sample is written after its data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.core.coalitions import orders
from harsanyi.study.units import FIGURES, Computed, Unit, stretches

if TYPE_CHECKING:
    import xarray as xr

Ints = npt.NDArray[np.int64]
ROOT = "study.zarr"
KINDS = ("AND", "OR")
LOGITS = "logits"
_DATA = ("scores", "effects", "certificate", LOGITS)


class State(IntEnum):
    """Of a sample at a checkpoint."""

    TO_DO = 0
    DONE = 1
    FAILED = 2


@final
@dataclass(frozen=True)
class Shape:
    """Sizes and kind of the arrays of a study.

    Attributes:
        at: names of the layers that are masked, each an extraction of its own, "" for where the players say; or of
            those that are read, the network's own output last.
        samples: number of samples.
        n: number of players.
        block: samples of a unit.
        dtype: of scores and effects.
        classes: of the networks' logits; 0 where their outputs are no logits, or too many to store.
        read: whether the layers are read, by probes, all at once.
    """

    at: tuple[str, ...]
    samples: int
    n: int
    block: int
    dtype: str
    classes: int = 0
    read: bool = False

    @property
    def together(self) -> list[tuple[int, ...]]:
        """Positions of the layers that are computed at once."""
        return together(self.at, self.read)

    @property
    def bytes_per_sample(self) -> int:
        """Of one sample at one checkpoint and layer."""
        return 3 * (1 << self.n) * np.dtype(self.dtype).itemsize + 8 * (len(FIGURES) + self.classes) + 1


def together(layers: Sequence[str], read: bool) -> list[tuple[int, ...]]:
    """Positions of the layers that are computed at once: all that are read, each that is masked."""
    every = range(len(layers))
    return [tuple(every)] if read else [(at,) for at in every]


class Grid:
    """The stored arrays of one network.

    Args:
        folder: of the study.
        network: its name.
        write: whether arrays will be written.
    """

    def __init__(self, folder: Path, network: str, write: bool = False) -> None:
        import zarr

        from harsanyi.study.direct_store import DirectStore

        self.network, self._path = network, folder / ROOT
        store = self._path if write else DirectStore(self._path, read_only=True)
        self._group: Any = zarr.open_group(store, mode="r+" if write else "r", path=network)
        self._arrays: dict[str, Any] = {}

    def _array(self, name: str) -> Any:
        if name not in self._arrays:
            self._arrays[name] = self._group[name]
        return self._arrays[name]

    @cached_property
    def data(self) -> tuple[str, ...]:
        """Names of the arrays that hold results."""
        return _DATA if LOGITS in self._group else tuple(name for name in _DATA if name != LOGITS)

    @property
    def steps(self) -> Ints:
        """Step of each row of checkpoints, in the order in which they came, int64 (rows,)."""
        return np.asarray(self._array("checkpoint")[:])

    def state(self) -> npt.NDArray[np.uint8]:
        """`State` of every sample, uint8 (rows, at, samples)."""
        return np.asarray(self._array("state")[:])

    def states_of(self, unit: Unit) -> npt.NDArray[np.uint8]:
        """`State` of the samples of a unit, done where all its layers are, uint8 (rows of the unit, samples)."""
        state, block = self._array("state"), slice(unit.first, unit.last)
        chosen = np.stack([[state[row, at, block] for at in unit.places] for row in unit.rows])
        failed = np.where((chosen == State.FAILED).any(1), State.FAILED, State.TO_DO)
        return np.where((chosen == State.DONE).all(1), State.DONE, failed).astype(np.uint8)

    def write(self, unit: Unit, computed: Computed) -> None:
        """Store results in every row of the unit: first the data, then that they are there."""
        for row in unit.rows:
            for part, place in stretches(computed.samples):
                for name in self.data:
                    for at, values in zip(unit.places, getattr(computed, name), strict=True):
                        self._array(name)[row, at, place] = values[part]
                self._mark(row, unit, place, State.DONE)

    def copy(self, unit: Unit) -> None:
        """Give every row of the unit what another row with the same checkpoint has."""
        for row, state in zip(unit.rows, self.states_of(unit), strict=True):
            for sample in np.flatnonzero(state != State.DONE).tolist():
                others = self.states_of(unit)[:, sample] == State.DONE
                if others.any():
                    source, place = unit.rows[int(others.argmax())], unit.first + sample
                    for name in (*self.data, "state"):
                        array = self._array(name)
                        for at in unit.places:
                            array[row, at, place] = array[source, at, place]

    def fail(self, unit: Unit, samples: Ints) -> None:
        """Record that samples of a unit could not be computed."""
        for row in unit.rows:
            for _, place in stretches(samples):
                self._mark(row, unit, place, State.FAILED)

    def _mark(self, row: int, unit: Unit, place: slice, state: State) -> None:
        for at in unit.places:
            self._array("state")[row, at, place] = state

    def read(self, name: str, rows: Ints, at: int, samples: Ints) -> npt.NDArray[Any]:
        """A part of an array, (rows, samples, ...); what lies between is read too, and nothing else."""
        row, sample = int(rows.min()), int(samples.min())
        part = np.asarray(self._array(name)[row : int(rows.max()) + 1, at, sample : int(samples.max()) + 1])
        if all((np.diff(wanted) == 1).all() for wanted in (rows, samples)):
            return part  # all of it as it is, without a copy
        return part[rows - row][:, samples - sample]

    def to_xarray(self) -> xr.Dataset:
        """The arrays with their labels, read when they are used, checkpoints by rising step."""
        import xarray as xr

        data = xr.open_zarr(self._path, group=self.network, consolidated=False, chunks=None)
        names = {"at": self._group.attrs["at"], "kind": list(KINDS), "figure": list(FIGURES)}
        data = data.assign_coords(names)
        rising: xr.Dataset = data if bool((np.diff(self.steps) > 0).all()) else data.sortby("checkpoint")
        return rising


def is_done(states: npt.NDArray[np.uint8], unit: Unit) -> bool:
    """Whether all of a unit is, by the states of all samples of its network, (rows, at, samples)."""
    return bool((states[np.ix_(unit.rows, unit.places)][:, :, unit.first : unit.last] == State.DONE).all())


def create_grid(folder: Path, network: str, shape: Shape, steps: Sequence[int], contents: Sequence[str]) -> None:
    """Make the arrays of a network; nothing is done in them yet."""
    import zarr

    group = zarr.open_group(folder / ROOT, mode="a", path=network, zarr_format=3)
    rows, at, n = len(steps), len(shape.at), shape.n
    whole, chunk = (rows, at, shape.samples), (1, 1, shape.block)
    tall, kinds, figures = 1 << n, len(KINDS), len(FIGURES)
    _make(group, "scores", (*whole, tall), (*chunk, tall), shape.dtype, np.nan, "coalition")
    _make(group, "effects", (*whole, kinds, tall), (*chunk, kinds, tall), shape.dtype, np.nan, "kind", "coalition")
    _make(group, "certificate", (*whole, figures), (*chunk, figures), "float64", np.nan, "figure")
    if shape.classes:
        _make(group, LOGITS, (*whole, shape.classes), (*chunk, shape.classes), "float64", np.nan, "class")
    _make(group, "state", whole, chunk, "uint8", 0)
    _coordinate(group, "order", "coalition", orders(n).numpy())
    group.attrs.update({"at": list(shape.at), "kind": list(KINDS), "figure": list(FIGURES), "sha256": list(contents),
                        "state": {state.name: int(state) for state in State},
                        "coalition": "sum of 2**i over the players i that are present"})  # fmt: skip
    _coordinate(group, "checkpoint", "checkpoint", np.asarray(steps, np.int64))


def extend_grid(folder: Path, network: str, samples: int, steps: Sequence[int], contents: Sequence[str]) -> None:
    """Make room for more samples and more checkpoints; what is there stays.

    Args:
        folder: of the study.
        network: its name.
        samples: how many there are now.
        steps: of all checkpoints, those that are there first.
        contents: their hashes.
    """
    import zarr

    group: Any = zarr.open_group(folder / ROOT, mode="r+", path=network)
    for name in [name for name in (*_DATA, "state") if name in group]:
        shape = group[name].shape
        group[name].resize((len(steps), shape[1], samples, *shape[3:]))
    group.attrs["sha256"] = list(contents)
    _coordinate(group, "checkpoint", "checkpoint", np.asarray(steps, np.int64))


def write_labels(folder: Path, network: str, labels: Ints) -> None:
    """Store the label of each sample as a coordinate."""
    import zarr

    _coordinate(zarr.open_group(folder / ROOT, mode="r+", path=network), "label", "sample", labels)


def write_players(folder: Path, network: str, players: Mapping[str, Any]) -> None:
    """Store what the players are called, for those who read the arrays without this package."""
    import zarr

    zarr.open_group(folder / ROOT, mode="r+", path=network).attrs.update(players)


def _make(group: Any, name: str, shape: Any, chunks: Any, dtype: str, fill: float, *last: str) -> None:
    names = ("checkpoint", "at", "sample", *last)
    group.create_array(name, shape=shape, chunks=chunks, dtype=dtype, fill_value=fill, compressors=None,
                       dimension_names=names, overwrite=True)  # fmt: skip


def _coordinate(group: Any, name: str, dimension: str, values: npt.NDArray[Any]) -> None:
    """Written anew where it is there; a chunk takes its whole length on the disk, so no more than it may need."""
    if name in group:
        group[name].resize(values.shape)
    else:
        chunks = (max(1024, len(values)),)
        group.create_array(name, shape=values.shape, chunks=chunks, dtype=values.dtype, compressors=None,
                           dimension_names=(dimension,))  # fmt: skip
    group[name][:] = values
