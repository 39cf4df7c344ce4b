"""Files that are written as a whole or not at all."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

import psutil

_TEMPORARY = ".tmp"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the place, and move there what is whole and on the disk.

    Args:
        path: the file.
        write: writes the file it is given.
    """
    temporary = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}{_TEMPORARY}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_torn(folder: Path) -> None:
    """Remove temporary files of processes that this machine no longer runs."""
    for path in folder.glob(f".*.{platform.node()}.*{_TEMPORARY}"):
        number = path.name.removesuffix(_TEMPORARY).rpartition(".")[2]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            path.unlink(missing_ok=True)
