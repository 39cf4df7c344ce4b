"""Labelled images, texts and tables from the Hugging Face hub, or from local copies in the same form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo.class_labels import UNKNOWN, encode_labels
from harsanyi.zoo.data import Part, Source, array_part
from harsanyi.zoo.images import decode_images
from harsanyi.zoo.opening import open_splits
from harsanyi.zoo.table_columns import encode_columns

if TYPE_CHECKING:
    import pandas as pd
    from datasets import Dataset

KINDS = ("image", "text", "table")
_TESTS = ("test", "validation", "valid", "val", "dev")


@final
@dataclass(frozen=True)
class HubSet:
    """What must be known of a labelled data set to read it: where it is, which columns, which kind.

    Args:
        hub_name: "owner/name" on the hub.
        kind: "image", "text" or "table".
        labels: names that the column of labels may have; the first one there counts.
        inputs: names that the column of images or texts may have; not for a table.
        classes: names of the classes, in the order of the labels, where labels may come as bare numbers.
        size: height and width that images are resized to, in pixels; nothing to keep them.
        grey: images have one channel.
        without: columns of a table to leave out where they are there.
        config: which of several configurations of the data set on the hub.

    Raises:
        ArgumentError: an unknown kind.
    """

    hub_name: str
    kind: str
    labels: tuple[str, ...] = ("label",)
    inputs: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None
    size: int | None = None
    grey: bool = False
    without: tuple[str, ...] = ()
    config: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ArgumentError("kind", repr(self.kind), ", ".join(KINDS))


def hub_source(record: HubSet, source: str | Path | None = None, image_size: int | None = None) -> Source[Any]:
    """Open a data set; images and texts are decoded when they are asked for.

    The training part is the split "train", or the only one. The test part is the first of test, validation, valid,
    val and dev whose labels are known.

    Args:
        record: what is known of the data set.
        source: nothing for the hub, or as in `open_splits`.
        image_size: height and width that images are resized to, instead of the record's.

    Returns:
        The `Source`.

    Raises:
        ArgumentError: see `open_splits`; also a missing column, no training split, or what cannot be decoded.
        ImportError: a package is not installed (says the command that installs it).
    """
    splits = open_splits(record.hub_name, source, record.config)
    train = "train" if "train" in splits else next(iter(splits)) if len(splits) == 1 else None
    if train is None:
        raise ArgumentError("source", f"the splits {', '.join(splits)}", 'a split "train", or one split')
    names = [train, *(name for name in _TESTS if name in splits and name != train)]
    labels, classes = _labels([splits[name] for name in names], record)
    if (labels[0] == UNKNOWN).any():
        raise ArgumentError("source", f"unknown labels in the split {train}", "a label for every training sample")
    known = [index for index in range(1, len(names)) if not (labels[index] == UNKNOWN).any()]
    kept = [0, *known[:1]]
    tables, labels = [splits[names[index]] for index in kept], [labels[index] for index in kept]
    if record.kind == "table":
        return _table_source(tables, labels, classes, record)
    parts = [_part(table, own, record, image_size) for table, own in zip(tables, labels, strict=True)]
    return Source(parts[0], classes, parts[1] if len(parts) > 1 else None)


def _part(table: Dataset, labels: Tensor, record: HubSet, image_size: int | None) -> Part[Any]:
    column = _column(table, record.inputs or (record.kind,))
    if record.kind == "text":
        return Part(labels, partial(_read_texts, table, column))
    return Part(labels, partial(_read_images, table, column, record.grey, image_size or record.size))


def _column(table: Dataset, names: tuple[str, ...]) -> str:
    """The first of the names that is a column."""
    found = next((name for name in names if name in table.column_names), None)
    if found is None:
        raise ArgumentError(
            "source", f"the columns {', '.join(table.column_names)}", f"one called {' or '.join(names)}"
        )
    return found


def _labels(tables: list[Dataset], record: HubSet) -> tuple[list[Tensor], tuple[str, ...]]:
    columns = [_column(table, record.labels) for table in tables]
    named = getattr(tables[0].features[columns[0]], "names", None)
    return encode_labels(
        [table[column][:] for table, column in zip(tables, columns, strict=True)], named or record.classes
    )


def _read_images(table: Dataset, column: str, grey: bool, size: int | None, rows: Tensor) -> Tensor:
    from datasets import Image

    chosen = table.select_columns([column]).cast_column(column, Image()).select(rows.tolist())
    pictures = (picture for batch in chosen.iter(256) for picture in batch[column])
    try:
        return decode_images(pictures, len(chosen), grey, size)
    except OSError as error:
        raise ArgumentError("source", f"an image that cannot be read ({error})", "readable images") from error


def _read_texts(table: Dataset, column: str, rows: Tensor) -> list[str]:
    texts = table.select(rows.tolist())[column][:]
    if not all(isinstance(text, str) for text in texts):
        raise ArgumentError("source", f"values of {column!r} that are no text", "a text in every row")
    return list(texts)


def _table_source(
    tables: list[Dataset], labels: list[Tensor], classes: tuple[str, ...], record: HubSet
) -> Source[Tensor]:
    encoded, groups = encode_columns([_frame(table, record) for table in tables])
    parts = [array_part(inputs, own) for inputs, own in zip(encoded, labels, strict=True)]
    names = tuple(name for group in groups.values() for name in group)
    return Source(parts[0], classes, parts[1] if len(parts) > 1 else None, names, groups)


def _frame(table: Dataset, record: HubSet) -> pd.DataFrame:
    """The columns of the inputs; a category that comes as numbers gets its names back."""
    dropped = {_column(table, record.labels), *record.without}
    kept = table.select_columns([name for name in table.column_names if name not in dropped])
    frame: pd.DataFrame = kept.to_pandas()
    for name, feature in kept.features.items():
        if getattr(feature, "names", None):
            frame[name] = [feature.int2str(int(value)) for value in frame[name]]
    return frame
