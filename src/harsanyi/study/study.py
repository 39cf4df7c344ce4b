"""A study: a stored grid of extractions that can be run, resumed, extended and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.salience import SalienceRule
from harsanyi.core.warning import warn_user
from harsanyi.interactions import Interactions
from harsanyi.loading.samples import Samples
from harsanyi.progress import Progress
from harsanyi.study.engines import Engine, Launcher, engine_from
from harsanyi.study.launch import run_in_jobs
from harsanyi.study.losses import Losses, load_losses
from harsanyi.study.opening import Opened, open_study
from harsanyi.study.parts import TEST
from harsanyi.study.plan import FILE as PLAN
from harsanyi.study.plan import Plan, read_plan
from harsanyi.study.reading import Reader
from harsanyi.study.record import Record, read_record
from harsanyi.study.run import Shard, check_shard, run_units
from harsanyi.study.samples import load_samples
from harsanyi.study.status import Status, status_of
from harsanyi.study.store import Grid

if TYPE_CHECKING:
    import xarray as xr

    from harsanyi.analysis.dynamics import Dynamics
    from harsanyi.analysis.theory_fit import TheoryFit

Choice = Sequence[int] | npt.NDArray[np.int64] | slice | str | None  # of samples


@final
class Study:
    """Interactions of networks x checkpoints x masked layers x samples, in a folder.

    The folder holds run.json (the record), plan.yaml, samples.npz, study.zarr (scores, effects, certificates and the
    state of every cell, see `to_xarray`), players/, losses/, runs/ and run.log. A run that was killed goes on where it
    was; a plan with more checkpoints, samples or networks extends the study. The file of a checkpoint may go once all
    of it is done, and may be replaced while nothing of it is, for instance where it failed.

    Args:
        path: the folder.
        plan: what to compute; nothing opens what is there.

    Raises:
        ArgumentError: anything in the plan that cannot be used, before any long work; without a plan, no study there.
        NetworkError: a network fails on the samples.

    Example:
        >>> import tempfile
        >>> from harsanyi import Columns
        >>> from harsanyi.zoo import load_data, mlp5
        >>> wine = load_data("wine", standardise=True)
        >>> plan = Plan({"mlp": {"factory": mlp5(13, classes=3)}}, wine.test_inputs[:4], Columns([0, 1, 2, 9]),
        ...             labels=wine.test_labels[:4])
        >>> study = Study(tempfile.mkdtemp(), plan)
        >>> study.run(progress=False)
        Study: 1 network x 1 checkpoint x 4 samples x 4 players, all done
        >>> len(study.interactions()), study.interactions().n
        (4, 4)
    """

    def __init__(self, path: str | Path, plan: Plan | Mapping[str, Any] | None = None) -> None:
        self.path = Path(path)
        self._plan = Plan.from_mapping(plan) if isinstance(plan, Mapping) else plan
        if self._plan is not None:
            self._open(self._plan).locks.close()
        self._read()

    def _open(self, plan: Plan) -> Opened:
        opened = open_study(self.path, plan)
        self._plan = opened.question.plan  # iterators are used up: from now on their copies
        return opened

    def _read(self) -> None:
        found = read_record(self.path)
        if found is None:
            raise ArgumentError("study", self.path, "a folder with a study, or a plan to make one")
        self._record: Record = found
        self.__dict__.pop("_stored", None)

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """What is computed.

        Raises:
            ArgumentError: the study was made with Python objects that no file holds.
        """
        if self._plan is None:
            path = self.path / PLAN
            if not path.is_file():
                raise ArgumentError("plan", "nothing", "the plan again: it holds Python objects, which no file keeps")
            self._plan = read_plan(path)
        return self._plan

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(self._record.checkpoints)

    @property
    def roles(self) -> Mapping[str, str]:
        """Role of each network: "target", "baseline", "ceiling" or "floor", see `NetworkPlan`."""
        return {name: self._record.how[name].get("role", "target") for name in self.networks}

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the networks that are asked about; the others are there to compare with."""
        return tuple(name for name, role in self.roles.items() if role == "target")

    @property
    def parts(self) -> Mapping[str, npt.NDArray[np.int64]]:
        """Positions of the samples of each part, such as "train" and "test"; none where samples have no parts."""
        names = self._stored.parts
        return {} if names is None else {str(name): np.flatnonzero(names == name) for name in dict.fromkeys(names)}

    @property
    def mislabelled(self) -> npt.NDArray[np.bool_] | None:
        """Which samples have a label that is wrong on purpose, bool (samples,); nothing where that is not known."""
        return self._stored.mislabelled

    @cached_property
    def _stored(self) -> Samples:
        return load_samples(self.path).take(slice(len(self)))

    @property
    def layers(self) -> tuple[str, ...]:
        """Where the networks are masked; "" for where the players say."""
        return self._record.shape.at

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

    # Computing --------------------------------------------------------------------------------------------------------

    def run(
        self,
        engine: str | Engine | Launcher | None = None,
        *,
        workers: int | None = None,
        shard: Shard | None = None,
        options: Mapping[str, Any] | None = None,
        progress: Progress = True,
    ) -> Study:
        """Compute what is still to do; a run that was stopped goes on, and one beside another joins it.

        Args:
            engine: "serial" (default), "processes", "ray", "ray://address", "slurm", or an engine; see `engine_from`.
            workers: how many compute at once.
            shard: (k, n): only every n-th unit from the k-th on, for any scheduler.
            options: other fields of the engine.
            progress: a bar of units when the work is long (True), none (False), or a function of (units done, in all).

        Returns:
            The study itself.

        Raises:
            ArgumentError: what cannot be used, no room on the disk or in memory, a checkpoint that is missing; before
                the long work.
            HarsanyiError: the disk is full; what is stored stays.

        Warns:
            UserWarning: units that failed (the next run tries them again), equal checkpoints, and what the extraction
                warns of.
        """
        check_shard(shard)
        chosen = engine_from(engine, workers, options)
        if shard is not None and isinstance(chosen, Launcher):
            raise ArgumentError("shard", shard, "nothing where the engine submits jobs: each of them runs a shard")
        opened = self._open(self.plan)
        try:
            self._read()
            if isinstance(chosen, Launcher):
                run_in_jobs(opened, chosen, progress)
            else:
                run_units(opened, chosen, shard, progress)
        finally:
            opened.locks.close()
        return self

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
            at: masked layer; nothing where there is only one.
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

    def losses(self, network: str | None = None) -> Losses | None:
        """Losses of a network's training at its checkpoints; nothing where they are not known."""
        return load_losses(self.path, self._name(network))

    def dynamics(
        self,
        network: str | None = None,
        at: str | None = None,
        *,
        salience: SalienceRule | str | None = None,
        samples: Choice = None,
        mislabelled: bool = False,
        **options: Any,
    ) -> Dynamics:
        """How the interactions of a network change while it learns, beside its losses where they are known.

        Losses that are not known at every checkpoint that is done are left out, with a warning.

        Args:
            network: its name; nothing where there is only one target.
            at: masked layer; nothing where there is only one.
            salience: rule for the effects that count; nothing for that of `training_dynamics`.
            samples: positions, a slice, or the name of a part; nothing for the part "test" where there is one, else
                all.
            mislabelled: count training samples whose label is wrong on purpose in the loss gap; their loss falls late
                and hides where the gap of the others begins to grow.
            options: other arguments of `training_dynamics`.

        Returns:
            The `Dynamics` of the checkpoints that are done.

        Raises:
            ArgumentError: as `checkpoints` and `training_dynamics`.
        """
        from harsanyi.analysis import training_dynamics

        chosen = self._tested(samples)
        pairs = self.checkpoints(network, at, chosen)
        if "train_loss" not in options:
            options = {**self._known_losses(network, at, chosen, mislabelled), **options}
        if salience is not None:
            options["salience"] = salience
        return training_dynamics(pairs, **options)

    def theory(
        self,
        network: str | None = None,
        at: str | None = None,
        dynamics: Dynamics | None = None,
        *,
        salience: SalienceRule | str | None = None,
        samples: Choice = None,
    ) -> TheoryFit:
        """The noise of the parameters that explains the dynamics of a network, see `analysis.fit_theory`.

        Args:
            network: its name; nothing where there is only one target.
            at: masked layer; nothing where there is only one.
            dynamics: of these samples, where they are known already.
            salience: rule of the dynamics; nothing for that of `training_dynamics`.
            samples: as for `dynamics`.

        Returns:
            The `TheoryFit`, the last checkpoint that is done being the converged network.

        Raises:
            ArgumentError: as `dynamics` and `fit_theory`.
        """
        from harsanyi.analysis import fit_theory

        chosen = self._tested(samples)
        found = self.dynamics(network, at, salience=salience, samples=chosen) if dynamics is None else dynamics
        converged = self.interactions(network, int(found.steps[-1]), at, chosen)
        return fit_theory(found, converged) if salience is None else fit_theory(found, converged, salience=salience)

    def record(self) -> dict[str, Any]:
        """How all this was computed, JSON types: what is common, each network and its checkpoints, the runs."""
        rows = self._record.checkpoints.items()
        checkpoints = {name: [stored.to_mapping() for stored in found] for name, found in rows}
        return {**self._record.machine, **self._record.identity, "networks": self._record.how,
                "checkpoints": checkpoints, "runs": list(self.status().runs)}  # fmt: skip

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
        losses = self.losses(name)
        if losses is None:
            return {}
        found = losses.at([step for step, _ in self._reader(name, at, samples).done()], mislabelled)
        if found is None:
            warn_user(f"the losses of {name} are not known at every checkpoint, and are left out")
            return {"unit": losses.unit}
        return {"unit": losses.unit, "train_loss": found[0], "test_loss": found[1]}

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
        if at is None and len(self.layers) == 1:
            return 0
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
