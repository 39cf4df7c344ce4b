"""A disk that is full is told in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harsanyi.core.errors import HarsanyiError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def told_when_full(folder: Path) -> Iterator[None]:
    """Say in words that there is no space left; other errors pass.

    Args:
        folder: of the study that is written.

    Raises:
        HarsanyiError: the disk, or what this user may fill of it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        told = f"no space left for {folder} ({error}). What is stored stays; make room and run again"
        raise HarsanyiError(told) from error
