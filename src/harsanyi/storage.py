"""Arrays and a JSON record in one .npz file: no pickle, written as a whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError

Arrays = dict[str, npt.NDArray[Any]]


def save_arrays(path: str | Path, arrays: Mapping[str, npt.NDArray[Any]], record: Mapping[str, Any]) -> Path:
    """Write the file beside its place and move it there once it is whole.

    Args:
        path: where; ".npz" is appended where it is missing.
        arrays: of numbers and booleans.
        record: JSON types only.

    Returns:
        The path written.
    """
    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, record=np.array(json.dumps(record)), **arrays)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def load_arrays(path: str | Path, expected_format: int) -> tuple[Arrays, dict[str, Any]]:
    """Read what `save_arrays` wrote, equal to the last bit.

    Raises:
        ArgumentError: no such file, torn, foreign, or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "record"}
            record: dict[str, Any] = json.loads(str(file["record"]))
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise ArgumentError("path", f"{path} ({error})", "a file written by Interactions.save") from error
    if record.get("format") != expected_format:
        raise ArgumentError("path", f"{path} in format {record.get('format')}", f"format {expected_format}")
    return arrays, record
