"""Engines of studies: two workers against one, and what a unit costs beyond its computation."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.report import Row, Settings, Table
from harsanyi import Columns
from harsanyi.study import Plan, Study
from harsanyi.study.engines import Engine, Processes, Ray, Serial
from harsanyi.zoo import load_data, mlp5

_UNITS, _BLOCK, _N = 24, 20, 10
_REPEATS = 3


def run(settings: Settings) -> list[Table]:
    """Times of a study with each engine, interleaved."""
    units, repeats = (8, 1) if settings.quick else (_UNITS, _REPEATS)
    engines: dict[str, tuple[Engine, int]] = {"serial": (Serial(), 1)}
    engines |= {f"processes {workers}": (Processes(workers), workers) for workers in (1, 2)}
    if importlib.util.find_spec("ray"):
        engines |= {f"ray {workers}": (Ray(workers), workers) for workers in (1, 2)}
    times: dict[str, list[_Times]] = {name: [] for name in engines}
    for _ in range(repeats):
        for name, (engine, workers) in engines.items():
            times[name].append(_measured(engine, workers, units))
    rows = [_row(name, times) for name in engines]
    notes = [
        f"{units} units of {_BLOCK} samples, n = {_N}, an MLP on the wine data, one thread a worker; wall time, median "
        f"of {repeats} interleaved runs.",
        "Start: until the first unit has begun; Ray is started for each run. Pace: units a second from then on.",
        "Against one: pace over that of the same engine with one worker, median over the runs; 2 is all there is to "
        "gain. Against serial: likewise over the engine serial.",
        "Overhead: time of a worker for a unit less the computation (loading, network, split), which is what handing "
        "over, storing and waiting for the last unit cost; what other programs take from the cores is in both.",
    ]
    return [Table("Engines of studies: two workers over one", rows, notes)]


@dataclass(frozen=True)
class _Times:
    """Of one run: seconds until the first unit has begun, units a second after that, and seconds a unit."""

    start: float
    pace: float
    computing: float
    overhead: float


def _measured(engine: Engine, workers: int, units: int) -> _Times:
    data = load_data("wine", standardise=True)
    repeated = torch.arange(units * _BLOCK) % len(data.train_inputs)
    torch.manual_seed(0)
    network = {"factory": mlp5(13, classes=3)}
    plan = Plan({"mlp": network}, data.train_inputs[repeated], Columns(list(range(_N))), block=_BLOCK,
                labels=data.train_labels[repeated])  # fmt: skip
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        study = Study(Path(folder) / "study", plan)
        began = time.perf_counter()
        study.run(engine, progress=lambda done, of: ends.append(time.perf_counter()))
        seconds = study.status().runs[-1]["seconds"]
    computing = sum(seconds[name] for name in ("loading", "network", "split")) / units
    first = ends[0] - computing
    span = ends[units - 1] - first
    return _Times(first - began, units / span, computing, workers * span / units - computing)


def _row(name: str, times: dict[str, list[_Times]]) -> Row:
    own, one = times[name], times[f"{name.rstrip('12')}1" if name != "serial" else name]

    def ratio(others: Sequence[_Times]) -> float:
        return statistics.median(run.pace / other.pace for run, other in zip(own, others, strict=True))

    return {
        "engine": name, "start s": statistics.median(run.start for run in own),
        "pace": statistics.median(run.pace for run in own), "against one": ratio(one),
        "against serial": ratio(times["serial"]),
        "computation s": statistics.median(run.computing for run in own),
        "overhead a unit s": statistics.median(run.overhead for run in own),
    }  # fmt: skip
