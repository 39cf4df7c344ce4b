"""Processor time, peak memory and facts of the machine."""

from __future__ import annotations

import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def use_one_thread() -> None:
    """Compute on one thread, so that processor time is neither spent on waiting nor shared out."""
    torch.set_num_threads(1)


def processor_seconds(function: Callable[[], object], repeats: int, calls: int = 1) -> float:
    """Median processor time of one call over several repeats of some calls, all threads of this process counted."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(calls):
            function()
        times.append((time.process_time() - start) / calls)
    return statistics.median(times)


def peak_mebibytes(function: Callable[..., object], *arguments: Any) -> float | None:
    """Most resident memory that function(*arguments) adds, in a fresh process after all imports; None if not on Linux.

    The function must be importable and the arguments must be picklable; it first runs once as `function(None)`,
    to import what it needs.
    """
    if not _CLEAR.exists():
        return None
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_peak_here, function, arguments).result()


def _peak_here(function: Callable[..., object], arguments: tuple[Any, ...]) -> float:
    """What `peak_mebibytes` measures, in this process."""
    use_one_thread()
    function(None)
    before = _status_mebibytes("VmRSS")
    _CLEAR.write_text("5")  # the high-water mark starts again from here
    function(*arguments)
    return _status_mebibytes("VmHWM") - before


def _status_mebibytes(field: str) -> float:
    """One memory figure of this process as the Linux kernel counts it."""
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[field].split()[0]) / 1024


def machine_facts() -> dict[str, object]:
    """What the numbers were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads used": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "harsanyi": version("harsanyi"),
    }


def _processor() -> str:
    """Name of the processor, as far as the system tells."""
    information = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if "model name" in line] \
        if information.exists() else []  # fmt: skip
    return names[0] if names else platform.processor() or "unknown"
