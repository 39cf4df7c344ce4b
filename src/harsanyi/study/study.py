"""A study: a stored grid of extractions that can be run, resumed, extended and read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError
from harsanyi.progress import Progress
from harsanyi.study.comparisons import StudyComparisons
from harsanyi.study.confusions import StudyConfusions
from harsanyi.study.dynamics import StudyDynamics
from harsanyi.study.engines import Engine, Launcher
from harsanyi.study.launch import checked_engine, run_in_jobs
from harsanyi.study.layer_questions import StudyLayers
from harsanyi.study.opening import Opened, open_study
from harsanyi.study.plan import FILE as PLAN
from harsanyi.study.plan import Plan, read_plan
from harsanyi.study.run import Shard, run_units


@final
class Study(StudyDynamics, StudyComparisons, StudyConfusions, StudyLayers):
    """Interactions of networks x checkpoints x masked layers x samples, in a folder.

    The folder holds run.json (the record), plan.yaml, samples.npz, study.zarr (scores, effects, certificates and the
    state of every cell, see `to_xarray`), players/, losses/, probes/, runs/ and run.log. A run that was killed goes on
    where it was; a plan with more checkpoints, samples or networks extends the study. The file of a checkpoint may go
    once all of it is done, and may be replaced while nothing of it is, for instance where it failed.

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
        self._plan = Plan.from_mapping(plan) if isinstance(plan, Mapping) else plan
        if self._plan is not None:
            self._open(Path(path), self._plan).locks.close()
        super().__init__(path)

    def _open(self, path: Path, plan: Plan) -> Opened:
        opened = open_study(path, plan)
        self._plan = opened.question.plan  # iterators are used up: from now on their copies
        return opened

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

    def report(self, path: str | Path | None = None) -> Path:
        """Write one HTML page of what is done, which needs nothing else; for tables and pictures as well, harsanyi run.

        Args:
            path: the file, replaced where it is there; nothing for report.html in the folder of the study.

        Returns:
            The path written.

        Raises:
            ArgumentError: no checkpoint is done; a file in a folder that does not exist.
        """
        from harsanyi.report.writing import write_study_page

        return write_study_page(self, self.path / "report.html" if path is None else Path(path))

    def run(
        self,
        engine: str | Engine | Launcher | None = None,
        *,
        workers: int | None = None,
        shard: Shard | None = None,
        options: Mapping[str, Any] | None = None,
        progress: Progress = True,
        minutes: float | None = None,
    ) -> Study:
        """Compute what is still to do; a run that was stopped goes on, and one beside another joins it.

        Args:
            engine: "serial" (default), "processes", "ray", "ray://address", "slurm", or an engine; see `engine_from`.
            workers: how many compute at once.
            shard: (k, n): only every n-th unit from the k-th on, for any scheduler.
            options: other fields of the engine.
            progress: a bar of units when the work is long (True), none (False), or a function of (units done, in all).
            minutes: after which no unit is begun; samples are then computed one block after the other, each for all
                networks, so that what is done can be compared. Nothing has no limit.

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
        chosen = checked_engine(engine, workers, options, shard, minutes)
        opened = self._open(self.path, self.plan)
        try:
            self._read()
            if isinstance(chosen, Launcher):
                run_in_jobs(opened, chosen, progress)
            else:
                run_units(opened, chosen, shard, progress, minutes)
        finally:
            opened.locks.close()
        return self
