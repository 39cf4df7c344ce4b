"""A table of numbers that grows a row at a time, on the disk, whatever moment the process is killed at."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import final

from harsanyi.core.errors import ArgumentError
from harsanyi.whole_files import write_whole


@final
class CsvLog:
    """Rows of numbers by column name, in a CSV file; one that is NaN is an empty field.

    A row counts once its line has ended: a kill in the midst of a line loses that row, and the next one that is
    appended repairs the file.

    Args:
        path: of the file; it is made with the first row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[dict[str, float]]:
        """All rows, in the order in which they were appended.

        Raises:
            ArgumentError: a line that is no row.
        """
        columns, *lines = [line.split(",") for line in self._whole().decode().splitlines()] or [[]]
        try:
            return [{name: _read(value) for name, value in zip(columns, line, strict=True)} for line in lines]
        except ValueError as error:
            raise ArgumentError("folder", f"{self.path}, which is damaged ({error})", "the file as it was") from error

    def append(self, row: Mapping[str, float]) -> None:
        """Append a row, and return when it is on the disk.

        Raises:
            ArgumentError: other columns than those of the file.
        """
        whole = self._whole()
        header, line = ",".join(row), ",".join(map(_written, row.values()))
        if whole and whole.decode().partition("\n")[0] != header:
            raise ArgumentError("folder", f"{self.path} with other columns", header)
        if self.path.exists() and self.path.stat().st_size > len(whole):
            write_whole(self.path, lambda temporary: temporary.write_bytes(whole))
        lines = [line] if whole else [header, line]
        with self.path.open("ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def _whole(self) -> bytes:
        """The lines that have ended."""
        content = self.path.read_bytes() if self.path.exists() else b""
        return content[: content.rfind(b"\n") + 1]


def _written(value: float) -> str:
    """A number so that `_read` gives it back."""
    return "" if math.isnan(value) else repr(value)


def _read(field: str) -> float:
    return int(field) if field.isdecimal() else float(field or "nan")
