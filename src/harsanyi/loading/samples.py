"""Samples and labels from .npy, .npz, .csv and .parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

_KINDS = (".npy", ".npz", ".csv", ".parquet")


@dataclass(frozen=True)
class Samples:
    """What a file held: values (samples, ...), labels (samples,) or nothing, and the names of the columns if any."""

    inputs: npt.NDArray[Any]
    labels: npt.NDArray[np.int64] | None = None
    columns: tuple[str, ...] | None = None


def read_samples(
    path: str | Path, label_column: str | None = None, argument: str = "samples", without: str | None = None
) -> Samples:
    """Read samples.

    Args:
        path: .npy (an array), .npz (the array `inputs`, or the only one besides `labels`), .csv or .parquet (a table
            of numbers with a header).
        label_column: column of a table that holds the labels.
        argument: how the caller calls the path.
        without: a column of a table to leave out if it is there.

    Returns:
        The `Samples`; floating values as float32.

    Raises:
        ArgumentError: no such file, another kind, unreadable, columns that are not numbers, an unknown label column.
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(argument, path, "an existing file")
    if path.suffix not in _KINDS:
        raise ArgumentError(argument, path.name, f"a file ending in {', '.join(_KINDS)}")
    try:
        read = {".npy": _read_array, ".npz": _read_archive}.get(path.suffix)
        if read:
            return read(path)
        table = _read_table(path).drop(columns=[without] if without else [], errors="ignore")
        return _from_table(table, path, label_column, argument)
    except ArgumentError:
        raise
    except ImportError as error:
        raise ArgumentError(
            argument, path, "a file whose reader is installed", "pip install 'harsanyi[parquet]'"
        ) from error
    except Exception as error:
        raise ArgumentError(argument, f"{path} ({error})", f"a readable {path.suffix} file") from error


def read_labels(path: str | Path) -> npt.NDArray[np.int64]:
    """Labels from a file with one integer a sample: .npy, .npz, .csv or .parquet.

    Raises:
        ArgumentError: as `read_samples`, or values that are not integers.
    """
    samples = read_samples(path, argument="labels")
    values = samples.labels if samples.labels is not None else samples.inputs
    return _as_labels(values.reshape(-1) if values.size == len(values) else values, path)


def _read_array(path: Path) -> Samples:
    return Samples(_numbers(np.load(path, allow_pickle=False)))


def _read_archive(path: Path) -> Samples:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    labels = _as_labels(arrays.pop("labels"), path) if "labels" in arrays else None
    if len(arrays) > 1 or (not arrays and labels is None):
        raise ArgumentError("samples", f"{path} with the arrays {', '.join(arrays)}",
                            "one array of inputs, and one called labels if there are labels")  # fmt: skip
    inputs = _numbers(next(iter(arrays.values()))) if arrays else labels
    assert inputs is not None
    return Samples(inputs, labels)


def _read_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    if all(_is_number(name) for name in table.columns):
        raise ArgumentError("samples", f"{path}, whose first line holds numbers", "a table with a header")
    unnamed = [str(name) for name in table.columns if str(name).startswith("Unnamed:")]
    if unnamed:
        hint = "Write it without the index: to_csv(path, index=False)"
        raise ArgumentError("samples", f"{path} with the columns {', '.join(unnamed)}", "columns with names", hint)
    return table


def _is_number(name: object) -> bool:
    try:
        float(str(name))
    except ValueError:
        return False
    return True


def _from_table(table: pd.DataFrame, path: Path, label_column: str | None, argument: str) -> Samples:
    labels = None
    if label_column is not None:
        if label_column not in table:
            raise ArgumentError("label_column", repr(label_column), f"one of {', '.join(map(str, table.columns))}")
        labels = _as_labels(table.pop(label_column).to_numpy(), path)
    wrong = [str(name) for name, kind in table.dtypes.items() if kind.kind not in "biuf"]
    if wrong:
        raise ArgumentError(argument, f"{path} with the columns {', '.join(wrong)}, which are not numbers", "numbers",
                            "Encode them first, or leave them out")  # fmt: skip
    return Samples(_numbers(table.to_numpy(dtype=np.float32)), labels, tuple(map(str, table.columns)))


def _numbers(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def _as_labels(values: npt.NDArray[Any], path: str | Path) -> npt.NDArray[np.int64]:
    whole = values.astype(np.int64) if values.dtype.kind in "biuf" else None
    if whole is None or values.ndim != 1 or not np.array_equal(whole, values):
        raise ArgumentError("labels", f"{path}: {values.dtype}, shape {values.shape}", "one integer a sample")
    return whole
