"""Arrays and a JSON record in one .npz file: no pickle, written as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.whole_files import write_whole

Arrays = dict[str, npt.NDArray[Any]]


def save_arrays(path: str | Path, arrays: Mapping[str, npt.NDArray[Any]], record: Mapping[str, Any]) -> Path:
    """Write the file beside its place and move it there once it is whole.

    Args:
        path: where; ".npz" is appended where it is missing.
        arrays: of numbers, booleans and text (Unicode strings).
        record: JSON types only.

    Returns:
        The path written.

    Raises:
        ArgumentError: arrays of Python objects.
    """
    path = Path(path)
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ArgumentError(name, "Python objects", "numbers or Unicode strings")
    if not path.parent.is_dir():
        raise ArgumentError("path", path, "a file in a folder that exists")
    everything: dict[str, Any] = {**arrays, "record": np.array(json.dumps(record))}

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez(file, **everything)

    write_whole(path, write)
    return path


def load_arrays(
    path: str | Path, expected_format: int | str, writer: str = "Interactions.save"
) -> tuple[Arrays, dict[str, Any]]:
    """Read what `save_arrays` wrote, equal to the last bit.

    Args:
        path: the file.
        expected_format: "format" of its record.
        writer: what writes such files, for messages.

    Returns:
        The arrays and the record.

    Raises:
        ArgumentError: no such file, torn, foreign, or of another format.
    """
    try:
        with Path(path).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "record"}
            record: dict[str, Any] = json.loads(str(file["record"]))
        if record["format"] != expected_format:
            raise ValueError(f"format {record['format']}, not {expected_format}")
    except Exception as error:  # damage may show anywhere: in the zip, the arrays, the JSON
        what = "which is not there" if isinstance(error, FileNotFoundError) else "damaged or of another kind"
        raise ArgumentError("path", f"{path}, {what}", f"a file written by {writer}") from error
    return arrays, record
