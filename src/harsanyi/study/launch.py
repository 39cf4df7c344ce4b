"""How a study is run; in jobs, each opens it and runs a shard, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.progress import Progress, shown
from harsanyi.study.engines.base import Engine, Launcher, Shard
from harsanyi.study.engines.choice import engine_from
from harsanyi.study.engines.handing import packed
from harsanyi.study.engines.processes import Processes
from harsanyi.study.engines.serial import Serial
from harsanyi.study.opening import Opened, open_study
from harsanyi.study.plan import Plan
from harsanyi.study.run import check_minutes, check_shard, run_units, warn_of_failures
from harsanyi.study.status import units_stored


def checked_engine(
    engine: str | Engine | Launcher | None,
    workers: int | None,
    options: Mapping[str, Any] | None,
    shard: Shard | None,
    minutes: float | None,
) -> Engine | Launcher:
    """The engine of a run, once all that a run is told fits together; arguments as those of `Study.run`.

    Raises:
        ArgumentError: what cannot be used.
    """
    check_shard(shard)
    check_minutes(minutes)
    chosen = engine_from(engine, workers, options)
    if shard is not None and isinstance(chosen, Launcher):
        raise ArgumentError("shard", shard, "nothing where the engine submits jobs: each of them runs a shard")
    if minutes is not None and isinstance(chosen, Launcher):
        raise ArgumentError("minutes", minutes, "nothing where the engine submits jobs: they have limits of their own")
    return chosen


def run_in_jobs(opened: Opened, launcher: Launcher, progress: Progress = True) -> dict[str, str]:
    """Compute what is still to do.

    Args:
        opened: the study.
        launcher: what runs the jobs.
        progress: as for `run_units`.

    Returns:
        Why units failed, by their names; none as a rule.

    Raises:
        ArgumentError: jobs that cannot be submitted.
        HarsanyiError: jobs that die again and again.
    """
    done, of = units_stored(opened.folder, opened.record)
    if done == of:
        return {}
    with shown(progress, of - done, "unit") as advance:

        def tell(now: int, _of: int) -> None:
            advance(now - done - advance.done)

        failures = launcher.launch(opened.folder, opened.question.plan, run_shard,
                                   lambda: units_stored(opened.folder, opened.record), tell)  # fmt: skip
    warn_of_failures(failures)
    return failures


def run_shard(folder: Path, plan: Plan, shard: Shard) -> dict[str, str]:
    """What each job does: run a part of a study.

    A process computes, so that the job outlives a unit that kills it; this one where the plan holds a lambda.
    """
    opened = open_study(folder, plan)
    try:
        packed(opened.question)
        engine: Processes | Serial = Processes(1)
    except ArgumentError:
        engine = Serial()
    try:
        return run_units(opened, engine, shard, progress=False)
    finally:
        opened.locks.close()
