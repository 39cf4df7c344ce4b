"""The numbers of a monitor in TensorBoard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError


@final
class Scalars:
    """Writes numbers as scalars named "harsanyi/…".

    Args:
        tensorboard: a SummaryWriter; True for one of our own; nothing for one where TensorBoard is installed; or False.
        folder: of our own writer's files.

    Raises:
        ArgumentError: something else.
        ImportError: True, and TensorBoard is not installed.
    """

    def __init__(self, tensorboard: Any, folder: Path) -> None:
        if not (tensorboard is None or isinstance(tensorboard, bool) or hasattr(tensorboard, "add_scalar")):
            raise ArgumentError("tensorboard", repr(tensorboard), "True, False, nothing, or a SummaryWriter")
        self._folder = folder
        self._make = None if tensorboard is False or hasattr(tensorboard, "add_scalar") else _writer_class(tensorboard)
        self._writer: Any = tensorboard if hasattr(tensorboard, "add_scalar") else None

    def add(self, step: int, row: Mapping[str, float]) -> None:
        """Write the numbers of a step; those that are NaN are left out."""
        if self._writer is None and self._make is not None:
            self._writer = self._make(str(self._folder))
        if self._writer is None:
            return
        for name, value in row.items():
            if not math.isnan(value):
                self._writer.add_scalar(f"harsanyi/{name}", value, step)
        if hasattr(self._writer, "flush"):
            self._writer.flush()


def _writer_class(needed: bool | None) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        if needed:
            raise ImportError("tensorboard=True needs TensorBoard: pip install tensorboard") from error
        return None
    return SummaryWriter
