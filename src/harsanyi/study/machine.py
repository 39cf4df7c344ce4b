"""What a computation ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from harsanyi.progress import Clock, provenance


def machine() -> dict[str, Any]:
    """Versions and hardware, JSON types."""
    cuda = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return provenance(
        Clock(), numpy=np.__version__, zarr=version("zarr"), system=platform.platform(), processor=_processor(),
        cores=os.cpu_count(), threads=torch.get_num_threads(), memory_bytes=psutil.virtual_memory().total, cuda=cuda,
        host=platform.node(),
    )  # fmt: skip


def _processor() -> str:
    """Name of the processor, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
