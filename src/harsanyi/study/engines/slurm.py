"""Jobs of a scheduler, through submitit: each runs a shard of the study."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.core.extras import missing
from harsanyi.core.options import require_whole
from harsanyi.study.engines.base import Shard
from harsanyi.study.plan import Plan

_LOOK = 1.0  # seconds between two looks at the jobs
_MINUTES = 60  # of a job, where no time is given; submitit would take 5, or 2


@final
@dataclass(frozen=True)
class Slurm:
    """Compute in jobs that see the folder of the study and can import this package and what the plan names.

    A job that is killed, or runs out of time, is submitted again and goes on where it was. Jobs are cancelled where the
    run that submitted them is interrupted; where it is killed, they go on to their end.

    Args:
        workers: number of jobs, 1 or more.
        cluster: "slurm"; "local" for jobs that are processes of this machine.
        parameters: of submitit's executor, such as {"timeout_min": 120, "slurm_partition": "gpu"}; without others, a
            job has an hour, and one GPU where the plan's device is "cuda".
        attempts: how often a job is submitted that ends without a unit stored meanwhile, 1 or more.

    Raises:
        ArgumentError: a number below 1, or another cluster.
    """

    workers: int = 1
    cluster: str = "slurm"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 3

    def __post_init__(self) -> None:
        require_whole(workers=self.workers, attempts=self.attempts)
        if self.cluster not in ("slurm", "local"):
            raise ArgumentError("cluster", repr(self.cluster), "'slurm' or 'local'")
        if not isinstance(self.parameters, Mapping):
            raise ArgumentError("parameters", repr(self.parameters), "a mapping from names to values")

    def launch(self, folder: Path, plan: Plan, run_shard: Callable[[Path, Plan, Shard], dict[str, str]],
               done: Callable[[], tuple[int, int]], tell: Callable[[int, int], None]) -> dict[str, str]:  # fmt: skip
        """Submit one job a shard, and a job again that dies; returns when all have ended.

        Raises:
            ImportError: submitit is not installed.
            ArgumentError: a scheduler, parameters or a plan with which no job can be submitted.
            HarsanyiError: a job that ends again and again, with what it wrote.
        """
        executor = self._executor(folder, plan)

        def submit(shard: int) -> Any:
            try:
                job = executor.submit(run_shard, folder.resolve(), plan, (shard, self.workers))
            except (TypeError, AttributeError, ValueError) as error:
                raise ArgumentError("plan", f"what no job can be given ({error})", "objects that can be pickled",
                                    "Name a factory as 'package.module:function'") from error  # fmt: skip
            if self.cluster == "local":
                job._results_timeout_s = 0  # a job that died left no results: none are on their way over a network
            return job

        jobs = _Jobs(submit, self.attempts, folder)
        try:
            for shard in range(1, self.workers + 1):
                jobs.submit(shard, done()[0])
            while jobs.running:
                time.sleep(_LOOK)
                jobs.look(done()[0])
                tell(*done())
        finally:
            jobs.cancel(wait=self.cluster == "local")
        return jobs.failures

    def _executor(self, folder: Path, plan: Plan) -> Any:
        try:
            import submitit
        except ImportError as error:
            raise missing("the engine slurm needs submitit", "slurm") from error
        gpus = {"gpus_per_node": 1} if (plan.device or "").startswith("cuda") else {}
        parameters = {"name": "harsanyi", "timeout_min": _MINUTES, **gpus, **self.parameters}
        try:
            executor = submitit.AutoExecutor(folder=folder.resolve() / "jobs", cluster=self.cluster)
            executor.update_parameters(**parameters)
        except (RuntimeError, NameError, ValueError, TypeError) as error:
            raise ArgumentError("engine", f"slurm ({error})", "a machine that can submit jobs, and parameters that "
                                "submitit takes") from error  # fmt: skip
        return executor


class _Jobs:
    """One job a shard: those that run, how often each has ended in vain, and what came of the others."""

    def __init__(self, submit: Callable[[int], Any], attempts: int, folder: Path) -> None:
        self.running, self.failures = dict[int, Any](), dict[str, str]()
        self._submit, self._attempts, self._folder = submit, attempts, folder
        self._vain: dict[int, int] = {}
        self._stored: dict[int, int] = {}  # units when it was submitted last

    def submit(self, shard: int, stored: int) -> None:
        """Submit the job of a shard."""
        self.running[shard], self._stored[shard] = self._submit(shard), stored

    def look(self, stored: int) -> None:
        """Take the results of jobs that have ended; submit those again that died."""
        for shard, job in [(shard, job) for shard, job in self.running.items() if job.done()]:
            error = self.running.pop(shard).exception()
            if error is None:
                self.failures |= job.result()
                continue
            self._vain[shard] = 1 + (self._vain.get(shard, 0) if stored == self._stored[shard] else 0)
            if self._vain[shard] >= self._attempts:
                raise HarsanyiError(f"the job of shard {shard} ended {self._vain[shard]} times without a unit stored "
                                    f"meanwhile: {error}. What it wrote is in {self._folder / 'jobs'}")  # fmt: skip
            self.submit(shard, stored)

    def cancel(self, wait: bool) -> None:
        """End those that run; a scheduler is not waited for."""
        for job in self.running.values():
            job.cancel(check=False)
        for job in self.running.values() if wait else ():
            job.wait()
