"""Jobs of a scheduler, through submitit: each runs a shard of the study."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.core.extras import missing
from harsanyi.study.engines.base import Shard
from harsanyi.study.plan import Plan

_LOOK = 1.0  # seconds between two looks at the jobs


@final
@dataclass(frozen=True)
class Slurm:
    """Compute in jobs that see the folder of the study and can import this package and the network's factory.

    Args:
        workers: number of jobs, 1 or more.
        cluster: "slurm"; "local" for jobs that are processes of this machine.
        parameters: of submitit's executor, such as {"timeout_min": 120, "slurm_partition": "gpu", "gpus_per_node": 1}.
        attempts: how often a job is submitted that dies, 1 or more.

    Raises:
        ArgumentError: a number below 1, or another cluster.
    """

    workers: int = 1
    cluster: str = "slurm"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 3

    def __post_init__(self) -> None:
        for argument in ("workers", "attempts"):
            value = getattr(self, argument)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ArgumentError(argument, repr(value), "a whole number >= 1")
        if self.cluster not in ("slurm", "local"):
            raise ArgumentError("cluster", repr(self.cluster), "'slurm' or 'local'")

    def launch(self, folder: Path, plan: Plan, run_shard: Callable[[Path, Plan, Shard], dict[str, str]],
               done: Callable[[], tuple[int, int]], tell: Callable[[int, int], None]) -> dict[str, str]:  # fmt: skip
        """Submit one job a shard, and a job again that dies; returns when all have ended."""
        executor = self._executor(folder)

        def submit(shard: int) -> Any:
            return executor.submit(run_shard, folder.resolve(), plan, (shard + 1, self.workers))

        jobs = {shard: submit(shard) for shard in range(self.workers)}
        tried, failures = dict.fromkeys(jobs, 1), dict[str, str]()
        while jobs:
            for shard, job in list(jobs.items()):
                if not job.done():
                    continue
                error = job.exception()
                if error is None:
                    failures |= jobs.pop(shard).result()
                elif tried[shard] < self.attempts:
                    tried[shard] += 1
                    jobs[shard] = submit(shard)
                else:
                    raise HarsanyiError(f"job {job.job_id} of shard {shard + 1}/{self.workers} ended {tried[shard]} "
                                        f"times: {error}. Its logs are in {folder / 'jobs'}")  # fmt: skip
            tell(*done())
            time.sleep(_LOOK)
        return failures

    def _executor(self, folder: Path) -> Any:
        try:
            import submitit
        except ImportError as error:
            raise missing("the engine slurm needs submitit", "slurm") from error
        try:
            executor = submitit.AutoExecutor(folder=folder / "jobs", cluster=self.cluster)
            executor.update_parameters(name="harsanyi", **self.parameters)
        except (RuntimeError, NameError, ValueError, TypeError) as error:
            raise ArgumentError("engine", f"slurm ({error})", "a machine that can submit jobs, and parameters that "
                                "submitit takes") from error  # fmt: skip
        return executor
