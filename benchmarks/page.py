"""The page of a large study: how long it takes, what of that is drawing, and how large it is."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.report import Row, Settings, Table
from harsanyi import Patches
from harsanyi.core.transforms import scores_from
from harsanyi.report.page import render_page
from harsanyi.report.study_folder import ask_study, study_page
from harsanyi.study import Plan, Study
from harsanyi.study.record import read_record, units_of
from harsanyi.study.store import Grid
from harsanyi.study.units import FIGURES, Computed

_N, _SAMPLES, _CHECKPOINTS = 10, 50, 100


def run(settings: Settings) -> list[Table]:
    """Seconds of each part of the page of 50 samples x 100 checkpoints, its size, and the memory of the process."""
    checkpoints = 10 if settings.quick else _CHECKPOINTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic_study(folder / "study", checkpoints)
        clock = _Clock()
        rows: list[Row] = []
        study = Study(folder / "study")
        asked = ask_study(study)
        rows.append({"what": "ask", **clock.passed()})
        page = study_page(study, asked)
        rows.append({"what": "lay out", **clock.passed()})
        size = render_page(page, folder / "page.html").stat().st_size
        rows.append({"what": "draw and write", **clock.passed()})
        sums = {name: sum(row[name] for row in rows) for name in ("seconds", "processor seconds")}
        rows.append({"what": "all", **sums})
    pictures = sum(len(section.drawn) + len(section.cards) for section in page.sections)
    notes = [
        f"A synthetic study of {_SAMPLES} samples x {checkpoints} checkpoints x 2^{_N} coalitions and one baseline; "
        f"{pictures} pictures; the page has {size / 2**20:.1f} MiB.",
        f"Peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MiB, of which "
        "importing everything is about 500. Targets: under 20 s and under 1 GiB.",
    ]
    return [Table("The page of a large study", rows, notes)]


class _Clock:
    """Seconds since it was asked last, by the wall and of the processor."""

    def __init__(self) -> None:
        self._last = time.perf_counter(), time.process_time()

    def passed(self) -> Row:
        now = time.perf_counter(), time.process_time()
        wall, processor = (after - before for after, before in zip(now, self._last, strict=True))
        self._last = now
        return {"seconds": wall, "processor seconds": processor}


def _network() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 2))


def synthetic_study(folder: Path, checkpoints: int) -> None:
    """A finished study of random images; low orders come to dominate, then high ones come back."""
    torch.manual_seed(0)
    states = [(step, _network()) for step in range(checkpoints)]
    networks = {
        "net": {"factory": _network, "checkpoints": states},
        "other": {"factory": _network, "checkpoints": [(0, _network())], "role": "baseline"},
    }
    plan = Plan(networks, torch.rand(_SAMPLES, 1, 8, 8), Patches(4, n=_N), labels=[0, 1] * (_SAMPLES // 2))
    Study(folder, plan)
    record, rng = read_record(folder), np.random.default_rng(0)
    assert record is not None
    kept = rng.random((_SAMPLES, 2, 1 << _N)) < 0.04
    base = rng.normal(size=kept.shape) * kept
    sizes = np.array([index.bit_count() for index in range(1 << _N)])
    for unit in units_of(record, ["net", "other"]):
        at = unit.rows[0] / max(checkpoints - 1, 1) if unit.network == "net" else 0.5
        decay = np.exp(-sizes * (1.5 - 2 * (at - 0.5) ** 2))
        block = slice(unit.first, unit.last)
        effects = base[block] * decay
        effects[:, 1, sizes < 2] = 0
        scores = scores_from(*(torch.from_numpy(effects[:, kind]) for kind in (0, 1))).numpy()
        figures = np.zeros((1, len(effects), len(FIGURES)))
        figures[..., 0] = figures[..., 1] = np.abs(effects).sum((1, 2))
        logits = np.stack((scores[:, -1], -scores[:, -1]), 1)[None]
        positions = np.arange(unit.first, unit.last)
        Grid(folder, unit.network, write=True).write(
            unit, Computed(positions, scores[None], effects[None], figures, logits)
        )
