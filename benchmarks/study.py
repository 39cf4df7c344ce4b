"""A study of a training: where its time goes, and how long reading takes."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.report import Row, Settings, Table
from harsanyi.study import Plan, Study
from harsanyi.study.store import Grid, Shape, create_grid
from harsanyi.study.units import FIGURES, Computed, Unit
from harsanyi.zoo.digits import digits_cnn, load_digits

_CHECKPOINTS, _SAMPLES = 10, 50
_READ = {"checkpoints": 50, "samples": 100, "n": 12}


def run(settings: Settings) -> list[Table]:
    """Shares of the time of a study, serial and with two processes, and times of reading a large one."""
    checkpoints = 3 if settings.quick else _CHECKPOINTS
    return [_shares(checkpoints), _reading(5 if settings.quick else 50)]


def _shares(checkpoints: int) -> Table:
    digits = load_digits()
    images, labels = digits.test_inputs[:_SAMPLES], digits.test_labels[:_SAMPLES]
    players = {"protocol": "digits", "background": digits.train_inputs}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, 2):
            network = {"factory": digits_cnn, "checkpoints": _trained(checkpoints)}
            plan = Plan({"cnn": network}, images, players, labels=labels)
            began = time.perf_counter()
            status = Study(Path(folder) / str(workers), plan).run(workers=workers, progress=False).status()
            rows.append(_row(workers, time.perf_counter() - began, status))
    notes = [
        f"{checkpoints} checkpoints x {_SAMPLES} test samples of the digits, n = 10, a CNN of three convolutions.",
        "Total: from the plan to the stored study, opening included. Shares: of the summed time of all workers.",
        "Targets: the full study in under 120 s, storage below 5 %.",
    ]
    return Table("A study of a training: where the time goes", rows, notes)


def _row(workers: int, total: float, status: Any) -> Row:
    seconds = dict(status.runs[-1]["seconds"])
    within = seconds.pop("total")
    whole = sum(seconds.values())
    shares = {f"{name} %": 100 * spent / whole for name, spent in seconds.items()}
    overhead = (within - whole / workers) / status.units[1]
    return {"workers": workers, "total s": total, **shares, "units": status.units[1], "overhead a unit s": overhead,
            "MiB": status.bytes / 2**20}  # fmt: skip


def _trained(checkpoints: int) -> list[tuple[int, nn.Module]]:
    """A short training of the digits network, looked at after every few steps."""
    digits = load_digits(label_noise=0.1)
    torch.manual_seed(0)
    network, kept = digits_cnn(), []
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    for step in range(checkpoints):
        state = {name: values.clone() for name, values in network.state_dict().items()}
        kept.append((step, digits_cnn()))
        kept[-1][1].load_state_dict(state)
        for batch in torch.randperm(len(digits.train_inputs)).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(digits.train_inputs[batch]), digits.train_labels[batch]).backward()
            optimizer.step()
    return kept


def _reading(checkpoints: int) -> Table:
    """Times of reading parts of a large study straight from its arrays."""
    samples, n = _READ["samples"], _READ["n"]
    shape = Shape(("",), samples, n, max(1, (1 << 14) >> n), "float32")
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_grid(folder, "net", shape, range(checkpoints), ["same"] * checkpoints)
        grid = Grid(folder, "net", write=True)
        block = generator.normal(size=(shape.block, 3, 1 << n))
        began = time.perf_counter()
        for row in range(checkpoints):
            for first in range(0, samples, shape.block):
                last = min(first + shape.block, samples)
                part = block[: last - first]
                figures = np.zeros((last - first, len(FIGURES)))
                computed = Computed(np.arange(first, last), part[:, 0], part[:, 1:], figures)
                grid.write(Unit("net", (row,), 0, first, last, "same"), computed)
        rows = [{"what": "write everything", "seconds": time.perf_counter() - began}]
        data = Grid(folder, "net").to_xarray()
        reads: dict[str, Callable[[], object]] = {
            "one sample at all checkpoints": lambda: data.effects.isel(sample=7).load(),
            "all samples at one checkpoint": lambda: data.effects.isel(checkpoint=3).load(),
            "open with xarray": lambda: Grid(folder, "net").to_xarray(),
        }
        rows += [{"what": what, "seconds": _median_seconds(read)} for what, read in reads.items()]
    notes = [f"effects of {checkpoints} x {samples} x 2 x {1 << n} in float32 (and scores), chunks of "
             f"{shape.block} samples; median of 5."]  # fmt: skip
    return Table("Reading a large study", rows, notes)


def _median_seconds(read: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        read()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
