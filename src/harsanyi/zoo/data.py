"""A data set ready for training: samples, labels, splits, label noise, and where each sample came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, final

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.zoo.selection import Selection, replaced_labels, split_rows

Inputs = TypeVar("Inputs", Tensor, list[str])
SPLITS = ("train", "held_out", "test")


@final
@dataclass(frozen=True, eq=False)
class Scaling:
    """How the columns of a table were scaled: (value - mean) / deviation.

    Attributes:
        mean: of each column, float32 (columns,).
        deviation: standard deviation of each, float32 (columns,), 1 for categories and constant columns.
    """

    mean: Tensor
    deviation: Tensor


@final
@dataclass(frozen=True, eq=False, repr=False)
class Data(Generic[Inputs]):
    """Samples and labels of three splits; some training labels are replaced on request.

    Inputs are float32: images (samples, channels, height, width) in [0, 1], tables (samples, columns), point clouds
    (samples, points, 3); texts are a list of str. Labels are int64, (samples,).

    Attributes:
        train_inputs: training samples.
        train_labels: their labels, with the noise.
        test_inputs: test samples.
        test_labels: their labels, without noise.
        held_out_inputs: samples set aside for other networks; none unless asked for.
        held_out_labels: their labels, without noise.
        class_names: names of the classes, in the order of the labels.
        changed: sorted indices of the training labels that were drawn anew.
        clean_labels: the training labels before the noise.
        train_rows: row of each training sample in the training part of its source.
        test_rows: row of each test sample in the test part of its source, or in its only part.
        held_out_rows: row of each held-out sample in the training part of its source.
        input_names: names of the columns of a table.
        groups: for a table, the columns that stand for each original column: several where it is a category.
        scaling: how the columns of a table were scaled, if they were.
    """

    train_inputs: Inputs
    train_labels: Tensor
    test_inputs: Inputs
    test_labels: Tensor
    held_out_inputs: Inputs
    held_out_labels: Tensor
    class_names: tuple[str, ...]
    changed: Tensor
    clean_labels: Tensor
    train_rows: Tensor
    test_rows: Tensor
    held_out_rows: Tensor
    input_names: tuple[str, ...] | None = None
    groups: Mapping[str, tuple[str, ...]] | None = None
    scaling: Scaling | None = None

    @property
    def mislabelled(self) -> Tensor:
        """Sorted indices of the training labels that differ from the clean ones; a part of `changed`."""
        return (self.train_labels != self.clean_labels).nonzero().flatten()

    def __repr__(self) -> str:
        shape = f"inputs {tuple(self.train_inputs.shape[1:])}" if isinstance(self.train_inputs, Tensor) else "texts"
        counts = [f"{len(self.train_labels)} training samples ({len(self.changed)} labels drawn anew)"]
        counts += [f"{len(self.test_labels)} test samples"]
        counts += [f"{len(self.held_out_labels)} held out"] if len(self.held_out_labels) else []
        return f"Data: {', '.join(counts)}, {len(self.class_names)} classes, {shape}"


@final
@dataclass(frozen=True, eq=False)
class Part(Generic[Inputs]):
    """Labelled samples that are read when they are asked for: labels (samples,), and rows to inputs."""

    labels: Tensor
    read: Callable[[Tensor], Inputs]


@final
@dataclass(frozen=True, eq=False)
class Source(Generic[Inputs]):
    """A data set before it is split: one part, or a training part and a test part.

    Attributes:
        train: the training part, or all there is.
        class_names: of the labels, in their order.
        test: the test part, or nothing.
        input_names: as in `Data`.
        groups: as in `Data`.
    """

    train: Part[Inputs]
    class_names: tuple[str, ...]
    test: Part[Inputs] | None = None
    input_names: tuple[str, ...] | None = None
    groups: Mapping[str, tuple[str, ...]] | None = None


def array_part(inputs: Tensor, labels: Tensor) -> Part[Tensor]:
    """A part whose samples are in memory: inputs (samples, ...), labels (samples,)."""
    return Part(labels.to(torch.int64), inputs.__getitem__)


def text_part(texts: list[str], labels: Tensor) -> Part[list[str]]:
    """A part of texts in memory; labels (samples,)."""
    return Part(labels.to(torch.int64), lambda rows: [texts[row] for row in rows.tolist()])


def select(source: Source[Inputs], selection: Selection) -> Data[Inputs]:
    """Split a source, replace labels, and read the samples that were chosen.

    Args:
        source: the samples.
        selection: which of them, and the noise.

    Returns:
        The `Data`.

    Raises:
        ArgumentError: more samples asked for than there are, or a sample that cannot be read.

    Example:
        >>> source = Source(array_part(torch.arange(10.0)[:, None], torch.arange(10) % 2), ("even", "odd"))
        >>> select(source, Selection(held_out=3, label_noise=0.2))
        Data: 5 training samples (1 labels drawn anew), 2 test samples, 3 held out, 2 classes, inputs (1,)
    """
    train, test = source.train, source.test or source.train
    generator = torch.Generator().manual_seed(selection.seed)
    rows = split_rows(len(train.labels), len(test.labels) if source.test else None, selection, generator)
    if selection.noise_seed is not None:
        generator = torch.Generator().manual_seed(selection.noise_seed)
    clean = train.labels[rows.train]
    labels, changed = replaced_labels(clean, len(source.class_names), selection, generator)
    return Data(
        train_inputs=train.read(rows.train),
        train_labels=labels,
        test_inputs=test.read(rows.test),
        test_labels=test.labels[rows.test],
        held_out_inputs=train.read(rows.held_out),
        held_out_labels=train.labels[rows.held_out],
        class_names=source.class_names,
        changed=changed,
        clean_labels=clean,
        train_rows=rows.train,
        test_rows=rows.test,
        held_out_rows=rows.held_out,
        input_names=source.input_names,
        groups=source.groups,
    )


def standardised(data: Data[Any]) -> Data[Tensor]:
    """Give the numeric columns of a table mean 0 and deviation 1 over the training samples; categories stay.

    Args:
        data: a table, with `input_names` and `groups`.

    Returns:
        The same data, all splits scaled alike, and the `scaling`; a constant column is only centred.

    Raises:
        ArgumentError: the data are not a table, or were scaled before.
    """
    if data.groups is None or data.input_names is None:
        raise ArgumentError("standardise", data, "a table")
    if data.scaling is not None:
        raise ArgumentError("standardise", "data that are scaled already", "data as they were read")
    numeric = torch.tensor([data.groups.get(name) == (name,) for name in data.input_names])
    mean = data.train_inputs.mean(0).where(numeric, torch.zeros(()))
    deviation = data.train_inputs.std(0, correction=0)
    deviation = deviation.where(numeric & (deviation > 0), torch.ones(()))
    scaled = {name: (getattr(data, name) - mean) / deviation
              for name in ("train_inputs", "test_inputs", "held_out_inputs")}  # fmt: skip
    return replace(data, scaling=Scaling(mean, deviation), **scaled)


def trained_on(data: Data[Inputs], split: str) -> Data[Inputs]:
    """The same data set with another of its parts to train on; no label of that part is replaced.

    Args:
        data: with that part.
        split: "train" (the data as they are), "held_out" or "test".

    Returns:
        Data whose training samples are that part. Its test samples are those of before; of "test" they are the held-out
        ones, or where there are none the training samples, with their clean labels.

    Raises:
        ArgumentError: an unknown split, or one without a sample (says what to set).

    Example:
        >>> source = Source(array_part(torch.arange(10.0)[:, None], torch.arange(10) % 2), ("even", "odd"))
        >>> data = select(source, Selection(held_out=3, label_noise=0.2))
        >>> trained_on(data, "held_out")
        Data: 3 training samples (0 labels drawn anew), 2 test samples, 5 held out, 2 classes, inputs (1,)
    """
    if split not in SPLITS:
        raise ArgumentError("split", repr(split), f"one of {', '.join(SPLITS)}", did_you_mean(str(split), SPLITS))
    if split == "train":
        return data
    if not len(getattr(data, f"{split}_labels")):
        raise ArgumentError("split", f"{split!r}, which has no sample", "a part of the data with samples",
                            f"Set {split} of the data, such as data.{split}=0.3")  # fmt: skip
    clean = {"inputs": data.train_inputs, "labels": data.clean_labels, "rows": data.train_rows}
    parts = {name: {what: getattr(data, f"{name}_{what}") for what in clean} for name in SPLITS} | {"train": clean}
    seen = "test" if split == "held_out" else "held_out" if len(data.held_out_labels) else "train"
    rest = next(name for name in SPLITS if name not in (split, seen))
    chosen = {"train": split, "test": seen, "held_out": rest}
    fields = {f"{name}_{what}": values for name, part in chosen.items() for what, values in parts[part].items()}
    return replace(data, **fields, clean_labels=fields["train_labels"], changed=data.changed[:0])
