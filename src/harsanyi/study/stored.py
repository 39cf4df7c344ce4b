"""A study as it is stored: what it holds, and its interactions read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.warning import warn_user
from harsanyi.interactions import Interactions
from harsanyi.loading.samples import Samples
from harsanyi.study.journal import runs_of
from harsanyi.study.losses import Losses, load_losses
from harsanyi.study.parts import TEST
from harsanyi.study.plan import FILE as PLAN
from harsanyi.study.plan import read_plan
from harsanyi.study.reading import Reader
from harsanyi.study.record import Record, read_record
from harsanyi.study.samples import load_samples
from harsanyi.study.status import Status, status_of
from harsanyi.study.store import Grid, State

if TYPE_CHECKING:
    import xarray as xr

_LISTED = 8  # steps that a warning names
Choice = Sequence[int] | npt.NDArray[np.int64] | slice | str | None  # of samples


class StoredStudy:
    """What `Study` and its parts have in common: a folder that is there, read.

    Args:
        path: the folder.

    Raises:
        ArgumentError: no study there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._read()

    def _read(self) -> None:
        found = read_record(self.path)
        if found is None:
            raise ArgumentError("study", self.path, "a folder with a study, or a plan to make one")
        self._record: Record = found
        self.__dict__.pop("_stored", None)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(self._record.checkpoints)

    @property
    def roles(self) -> Mapping[str, str]:
        """Role of each network: "target", "baseline", "ceiling", "floor", "control" or "pair", see `NetworkPlan`."""
        return {name: self._record.how[name].get("role", "target") for name in self.networks}

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the networks that are asked about; the others are there to compare with."""
        return tuple(name for name, role in self.roles.items() if role == "target")

    @property
    def factors(self) -> str | None:
        """The folder of pairs of networks that the plan names; nothing where it names none, or is on no file."""
        path = self.path / PLAN
        return None if not path.is_file() else read_plan(path).factors

    @property
    def parts(self) -> Mapping[str, npt.NDArray[np.int64]]:
        """Positions of the samples of each part, such as "train" and "test"; none where samples have no parts."""
        names = self._stored.parts
        return {} if names is None else {str(name): np.flatnonzero(names == name) for name in dict.fromkeys(names)}

    @property
    def mislabelled(self) -> npt.NDArray[np.bool_] | None:
        """Which samples have a label that is wrong on purpose, bool (samples,); nothing where that is not known."""
        return self._stored.mislabelled

    @property
    def labelled(self) -> bool:
        """Whether labels were given; predicted ones are right by definition."""
        return all(own.get("labels", "given") == "given" for own in self._record.how.values())

    @cached_property
    def _stored(self) -> Samples:
        return load_samples(self.path).take(slice(len(self)))

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that are masked, "" for where the players say; or that are read, and the output, last."""
        return self._record.shape.at

    @property
    def reads_layers(self) -> bool:
        """Whether layers are read by probes, beside the output."""
        return self._record.shape.read

    @property
    def asked(self) -> tuple[str, ...]:
        """Layers that are told of apart: those that are masked; the output alone where layers are read."""
        return self.layers[-1:] if self.reads_layers else self.layers

    @property
    def n(self) -> int:
        """Number of players."""
        return self._record.shape.n

    def __len__(self) -> int:
        return self._record.shape.samples

    def steps(self, network: str | None = None) -> tuple[int, ...]:
        """Steps of the checkpoints of a network, rising."""
        return tuple(sorted(stored.step for stored in self._record.checkpoints[self._name(network)]))

    def status(self) -> Status:
        """What is done, what failed, and which runs there were."""
        return status_of(self.path, self._record)

    def __repr__(self) -> str:
        return self.status().sentence()

    def done(self, networks: Sequence[str] | None = None, at: str | None = None) -> npt.NDArray[np.int64]:
        """Positions of the samples that are done at every checkpoint of some networks, of all unless named."""
        where = self._at(at)
        states = [Grid(self.path, self._name(name)).state()[:, where] for name in networks or self.networks]
        return np.flatnonzero(np.all([(state == State.DONE).all(0) for state in states], axis=0))

    # Reading ----------------------------------------------------------------------------------------------------------

    def interactions(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        samples: Choice = None,
    ) -> Interactions:
        """The interactions of one checkpoint.

        Args:
            network: its name; nothing where there is only one target.
            step: of the checkpoint; nothing for the last.
            at: layer that is masked, nothing where there is only one; or that is read, nothing for the output.
            samples: positions, a slice, or the name of a part; nothing for all.

        Returns:
            The `Interactions`.

        Raises:
            ArgumentError: no such network, step, layer or sample, or cells that are not done (says which).
        """
        reader = self._reader(network, at, samples)
        return next(reader.interactions([reader.row(step)]))

    def checkpoints(
        self, network: str | None = None, at: str | None = None, samples: Choice = None
    ) -> Iterator[tuple[int, Interactions]]:
        """Step and interactions of every checkpoint of a network that is done for these samples, by rising step.

        Raises:
            ArgumentError: no such network, layer or sample, or no checkpoint that is done.
        """
        reader = self._reader(network, at, samples)
        done = reader.done()
        if not done:
            given = f"{self.path}, where no checkpoint of {self._name(network)} is done"
            raise ArgumentError("study", given, "a study that has run")
        steps, rows = zip(*done, strict=True)
        return zip(steps, reader.interactions(rows), strict=True)

    def logits(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        samples: Choice = None,
    ) -> npt.NDArray[np.float64] | None:
        """The logits of unmasked samples at one checkpoint.

        Args:
            network: as for `interactions`.
            step: likewise.
            at: likewise.
            samples: likewise.

        Returns:
            float64 (samples, classes), of a single logit z those of two classes, (0, z); nothing where the score does
            not say that the outputs are logits.

        Raises:
            ArgumentError: as `interactions`.
        """
        reader = self._reader(network, at, samples)
        return reader.logits(reader.row(step))

    def losses(self, network: str | None = None) -> Losses | None:
        """Losses of a network's training at its checkpoints; nothing where they are not known."""
        return load_losses(self.path, self._name(network))

    def record(self) -> dict[str, Any]:
        """How all this was computed, JSON types: what is common, each network and its checkpoints, the runs."""
        rows = self._record.checkpoints.items()
        checkpoints = {name: [stored.to_mapping() for stored in found] for name, found in rows}
        return {**self._record.machine, **self._record.identity, "networks": self._record.how,
                "checkpoints": checkpoints, "runs": list(runs_of(self.path))}  # fmt: skip

    def to_xarray(self, network: str | None = None) -> xr.Dataset:
        """The stored arrays of a network with their labels, read when they are used.

        Returns:
            Dimensions checkpoint, at, sample, kind, figure, coalition; variables scores, effects, certificate, state,
            label, order; where samples have parts, the coordinate part (sample). Without this package
            `xarray.open_zarr("study.zarr", group=network, consolidated=False)` reads them.
        """
        data = Grid(self.path, self._name(network)).to_xarray()
        parts = self._stored.parts
        return data if parts is None else data.assign_coords(part=("sample", parts))

    def _known_losses(self, network: str | None, at: str | None, samples: Choice, mislabelled: bool) -> dict[str, Any]:
        """Losses at the checkpoints that are done, and what steps count, as analyses take them."""
        name = self._name(network)
        losses, unit = self.losses(name), self._unit(name)
        if losses is None:
            return {"unit": unit}
        steps = [step for step, _ in self._reader(name, at, samples).done()]
        found = losses.at(steps, mislabelled)
        if found is None:
            missing = losses.missing(steps)
            listed = f"{', '.join(map(str, missing[:_LISTED]))}{', …' if len(missing) > _LISTED else ''}"
            warn_user(f"the losses of {name} are not known at {unit} {listed}, and are left out")
            return {"unit": unit}
        return {"unit": unit, "train_loss": found[0], "test_loss": found[1]}

    def _unit(self, network: str | None) -> str:
        """What the steps of a network count."""
        losses, said = self.losses(network), self._record.units[self._name(network)]
        return said or ("step" if losses is None else losses.unit)

    def _named(self, *roles: str) -> list[str]:
        return [name for name, role in self.roles.items() if role in roles]

    def _in_role(self, role: str, at: str | None, samples: Choice) -> list[Interactions]:
        """Interactions of the networks of a role at their last checkpoint, of floors at their first."""
        place = 0 if role == "floor" else -1
        return [self.interactions(name, self.steps(name)[place], at, samples) for name in self._named(role)]

    def _reader(self, network: str | None, at: str | None, samples: Choice) -> Reader:
        return Reader(self.path, self._record, self._name(network), self._at(at), self._samples(samples))

    def _name(self, network: str | None) -> str:
        names = self.networks
        if network is None and len(self.targets) == 1:
            return self.targets[0]
        if network not in names:
            hint = did_you_mean(str(network), names)
            raise ArgumentError("network", repr(network), f"one of {', '.join(names)}", hint)
        return network

    def _at(self, at: str | None) -> int:
        if at is None and len(self.asked) == 1:
            return len(self.layers) - 1
        if at not in self.layers:
            raise ArgumentError("at", repr(at), f"one of {', '.join(map(repr, self.layers))}")
        return self.layers.index(at)

    def _tested(self, samples: Choice) -> Choice:
        """What is asked about where nothing is said: the part "test" where there is one, else all samples."""
        return TEST if samples is None and TEST in self.parts else samples

    def _samples(self, samples: Choice) -> Any:
        every = np.arange(len(self))
        if isinstance(samples, str):
            if samples not in self.parts:
                accepted = (
                    f"one of the parts {', '.join(self.parts)}" if self.parts else "positions: there are no parts"
                )
                raise ArgumentError("samples", repr(samples), accepted, did_you_mean(samples, self.parts))
            return self.parts[samples]
        try:
            chosen = every if samples is None else np.atleast_1d(every[samples])
        except IndexError as error:
            raise ArgumentError("samples", samples, f"positions below {len(self)}") from error
        if not len(chosen):
            raise ArgumentError("samples", samples, "at least one")
        return chosen
