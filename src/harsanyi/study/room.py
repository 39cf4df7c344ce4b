"""Is there room for what a run is about to compute and store?"""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from harsanyi.core.errors import ArgumentError
from harsanyi.study.record import Record

_WORKER = 400 << 20  # of a process that has imported torch
_WORKING = 45  # float64 tensors of the scores of a unit that extraction and split hold at their peak (measured)


def require_room(folder: Path, record: Record, blocks: int, workers: int, here: bool) -> None:
    """Refuse a run that cannot fit.

    Args:
        folder: of the study.
        record: of the study.
        blocks: of samples that are to be stored, one for each checkpoint and layer; the last takes as much as others.
        workers: how many compute at once.
        here: whether they compute on this machine.

    Raises:
        ArgumentError: less disk or memory is free; says what is needed and what there is.
    """
    needed = blocks * record.shape.block * record.shape.bytes_per_sample
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ArgumentError("study", f"{folder}, whose results need {_written(needed)} more on the disk",
                            f"what fits into the {_written(free)} that are free there",
                            "Free some, take fewer checkpoints, samples or players, or dtype: float32")  # fmt: skip
    weights = max((stored.size for rows in record.checkpoints.values() for stored in rows), default=0)
    working = 2 * weights + 8 * _WORKING * record.shape.block * (1 << record.shape.n)
    memory = workers * (working + (_WORKER if workers > 1 else 0)) if here else 0
    available = psutil.virtual_memory().available
    if memory > available:
        raise ArgumentError("workers", f"{workers}, which need {_written(memory)} of memory",
                            f"what fits into the {_written(available)} that are available",
                            "Take fewer workers, a smaller block, or fewer players")  # fmt: skip


def _written(size: int) -> str:
    """Bytes in words.

    Example:
        >>> _written(3 << 29), _written(5 << 20)
        ('1.5 GiB', '5.0 MiB')
    """
    return f"{size / 2**30:.1f} GiB" if size >= 1 << 30 else f"{size / 2**20:.1f} MiB"
