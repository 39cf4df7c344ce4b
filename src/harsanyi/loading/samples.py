"""Samples and labels from .npy, .npz, .csv and .parquet files, sentences from .txt files too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.loading.reason import reason

if TYPE_CHECKING:
    import pandas as pd

_KINDS = (".npy", ".npz", ".csv", ".parquet")


@dataclass(frozen=True)
class Samples:
    """What a file held, or several.

    Attributes:
        inputs: values (samples, ...); sentences are an array of text (samples,).
        labels: (samples,), those that continue sentences may be text too; or nothing.
        columns: names of the columns of a table.
        parts: name of the part that each sample is of, text (samples,), where there are several.
        mislabelled: samples whose label is wrong on purpose, bool (samples,), where that is known.
    """

    inputs: npt.NDArray[Any]
    labels: npt.NDArray[Any] | None = None
    columns: tuple[str, ...] | None = None
    parts: npt.NDArray[np.str_] | None = None
    mislabelled: npt.NDArray[np.bool_] | None = None

    def take(self, rows: npt.NDArray[np.int64] | slice) -> Samples:
        """Some of the samples."""
        arrays = {name: None if (values := getattr(self, name)) is None else values[rows]
                  for name in ("labels", "parts", "mislabelled")}  # fmt: skip
        return replace(self, inputs=self.inputs[rows], **arrays)

    def given(self) -> Any:
        """The inputs as `extract` takes them: a table with its names, a list of sentences, or the array."""
        if self.columns is not None:
            import pandas as pd

            return pd.DataFrame(self.inputs, columns=list(self.columns))
        return self.inputs if self.inputs.dtype.kind != "U" else list(map(str, self.inputs))


def read_samples(
    path: str | Path,
    label_column: str | None = None,
    argument: str = "samples",
    without: str | None = None,
    labelled: bool = True,
) -> Samples:
    """Read samples.

    Args:
        path: .npy (an array), .npz (the array `inputs`, or the only one besides `labels` and, if it is there,
            `mislabelled`: bool, which labels are wrong on purpose), .csv or .parquet (a table of numbers with a
            header).
        label_column: column of a table that holds the labels.
        argument: how the caller calls the path.
        without: a column of a table to leave out if it is there.
        labelled: whether labels are wanted; otherwise they are left out, whatever they are.

    Returns:
        The `Samples`; floating values as float32.

    Raises:
        ArgumentError: no such file, another kind, unreadable, columns that are not numbers, an unknown label column.
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(argument, path, "an existing file")
    if path.suffix not in _KINDS:
        hint = ".txt holds sentences, which need --tokenizer" if path.suffix == ".txt" else ""
        raise ArgumentError(argument, path.name, f"a file ending in {', '.join(_KINDS)}", hint)
    with _readable(path, argument):
        read = {".npy": _read_array, ".npz": _read_archive}.get(path.suffix)
        if read:
            return read(path, argument, labelled)
        table = _read_table(path, argument).drop(columns=[without] if without else [], errors="ignore")
        return _from_table(table, path, label_column, argument, labelled)


def read_sentences(
    path: str | Path, text_column: str | None = None, label_column: str | None = None, labelled: bool = True
) -> Samples:
    """Read sentences.

    Args:
        path: .txt (one sentence a line), or a table .csv or .parquet.
        text_column: column of the sentences; nothing takes the only column of text.
        label_column: column of the labels: integers, or texts that continue the sentences.
        labelled: whether they are wanted; otherwise the column is left out, whatever it holds.

    Returns:
        The `Samples`, inputs an array of text.

    Raises:
        ArgumentError: no such file or column, another kind, unreadable, no or several columns of text, a row without.
    """
    path = Path(path)
    if not path.is_file() or path.suffix not in (".txt", ".csv", ".parquet"):
        raise ArgumentError("samples", path, "an existing file ending in .txt, .csv, .parquet")
    with _readable(path, "samples"):
        if path.suffix == ".txt":
            return _from_lines(path.read_text(encoding="utf-8").splitlines(), path)
        return _from_texts(_read_table(path, "samples"), path, text_column, label_column, labelled)


@contextmanager
def _readable(path: Path, argument: str) -> Iterator[None]:
    """Whatever goes wrong with a file as an ArgumentError that names it."""
    try:
        yield
    except ArgumentError:
        raise
    except ImportError as error:
        raise ArgumentError(
            argument, path, "a file whose reader is installed", "pip install 'harsanyi[parquet]'"
        ) from error
    except Exception as error:
        raise ArgumentError(argument, f"{path} ({reason(error)})", f"a readable {path.suffix} file") from error


def _from_lines(lines: list[str], path: Path) -> Samples:
    sentences = [line for line in lines if line.strip()]
    if not sentences:
        raise ArgumentError("samples", f"{path}, which is empty", "one sentence a line")
    return Samples(np.array(sentences))


def _from_texts(
    table: pd.DataFrame, path: Path, text_column: str | None, label_column: str | None, labelled: bool
) -> Samples:
    labels = None if label_column is None else _column(table, label_column, "label_column")
    texts = [str(name) for name in table.columns if name != label_column and _is_text(table[name])]
    if text_column is None and len(texts) != 1:
        given = f"{path} with {len(texts)} columns of text: {', '.join(texts) or 'none'}"
        raise ArgumentError("samples", given, "one column of text, or one named by --text-column")
    name = text_column or texts[0]
    column = _column(table, name, "text_column")
    if not _is_text(column):
        raise ArgumentError("text_column", f"{name!r}, a column of numbers", "a column of text")
    if column.isna().any():
        given = f"{path}, whose column {name!r} is empty in row {int(column.isna().argmax())}"
        raise ArgumentError("samples", given, "a sentence in every row")
    sentences = column.astype(str).to_numpy(dtype=np.str_)
    if labels is None or not labelled:
        return Samples(sentences)
    return Samples(sentences, np.array(labels, np.str_) if _is_text(labels) else _as_labels(labels.to_numpy(), path))


def _is_text(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_object_dtype, is_string_dtype

    return bool(is_string_dtype(column) or is_object_dtype(column))


def _column(table: pd.DataFrame, name: str, argument: str) -> pd.Series[Any]:
    if name not in table:
        raise ArgumentError(argument, repr(name), f"one of {', '.join(map(str, table.columns))}")
    return table[name]


def read_labels(path: str | Path) -> npt.NDArray[np.int64]:
    """Labels from a file with one integer a sample: .npy, .npz, .csv or .parquet.

    Raises:
        ArgumentError: as `read_samples`, or values that are not integers.
    """
    samples = read_samples(path, argument="labels")
    values = samples.labels if samples.labels is not None else samples.inputs
    return _as_labels(values.reshape(-1) if values.size == len(values) else values, path)


def _read_array(path: Path, _argument: str, _labelled: bool) -> Samples:
    return Samples(_numbers(np.load(path, allow_pickle=False)))


def _read_archive(path: Path, argument: str, labelled: bool) -> Samples:
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    given = arrays.pop("labels", None)
    labels = _as_labels(given, path) if given is not None and labelled else None
    wrong = arrays.pop("mislabelled", None)
    if len(arrays) > 1 or (not arrays and labels is None):
        raise ArgumentError(argument, f"{path} with the arrays {', '.join(arrays)}",
                            "one array of inputs, and one called labels if there are labels")  # fmt: skip
    inputs = _numbers(next(iter(arrays.values()))) if arrays else labels
    assert inputs is not None
    if wrong is not None and (wrong.dtype != np.bool_ or wrong.shape != inputs.shape[:1]):
        raise ArgumentError(argument, f"{path}: mislabelled {wrong.dtype} {wrong.shape}", "bool, one a sample")
    return Samples(inputs, labels, mislabelled=wrong)


def _read_table(path: Path, argument: str) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    if all(_is_number(name) for name in table.columns):
        raise ArgumentError(argument, f"{path}, whose first line holds numbers", "a table with a header")
    unnamed = [str(name) for name in table.columns if str(name).startswith("Unnamed:")]
    if unnamed:
        hint = "Write it without the index: to_csv(path, index=False)"
        raise ArgumentError(argument, f"{path} with the columns {', '.join(unnamed)}", "columns with names", hint)
    return table


def _is_number(name: object) -> bool:
    try:
        float(str(name))
    except ValueError:
        return False
    return True


def _from_table(table: pd.DataFrame, path: Path, label_column: str | None, argument: str, labelled: bool) -> Samples:
    labels = None
    if label_column is not None:
        if label_column not in table:
            raise ArgumentError("label_column", repr(label_column), f"one of {', '.join(map(str, table.columns))}")
        column = table.pop(label_column).to_numpy()
        labels = _as_labels(column, path) if labelled else None
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
