"""The samples of a study: from a file, a data set or Python objects, and as the study keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.game.players.baselines import of_table
from harsanyi.game.posing import as_samples
from harsanyi.loading.protocols import split_protocol
from harsanyi.loading.samples import Samples, read_labels, read_samples, read_sentences
from harsanyi.storage import load_arrays, save_arrays
from harsanyi.study.plan import Plan

FILE = "samples.npz"
_FORMAT = 1
_SPLITS = ("test", "train", "held_out")


def read_plan_samples(plan: Plan, training_data: Mapping[str, Any] | None) -> Samples:
    """The samples of a plan, and the labels that it or they name.

    Args:
        plan: of the study.
        training_data: options of `load_data` of the first network's training, where they are known.

    Returns:
        The `Samples`, labels of any type that the score takes, or nothing.

    Raises:
        ArgumentError: samples or labels that cannot be read.
    """
    samples = _read(plan, training_data)
    labels = samples.labels if plan.labels is None else _labels(plan.labels, len(samples.inputs))
    if labels is not None and len(labels) != len(samples.inputs):
        raise ArgumentError("labels", f"{len(labels)} labels", f"{len(samples.inputs)}, one for each sample")
    limit = slice(plan.limit)
    return Samples(samples.inputs[limit], None if labels is None else labels[limit], samples.columns)


def read_background(plan: Plan, training_data: Mapping[str, Any] | None) -> torch.Tensor | None:
    """The background of players that the plan describes, where a data set has it; nothing where it does not.

    Args:
        plan: of the study. Its players may have as background the options of `load_data` and "split" ("train" unless
            given); where they have none and need one, the training samples of the first network are taken.
        training_data: options of `load_data` of the first network's training, where they are known.

    Returns:
        (samples, ...).

    Raises:
        ArgumentError: options that cannot be used.
    """
    if not isinstance(plan.players, Mapping):
        return None
    fields = split_protocol(plan.players)[0]
    given = fields.get("background")
    needed = fields.get("kind") != "words" and fields.get("baseline") in ("mean", "median", "samples")
    if given is None and needed and training_data is not None:
        given = {}
    if not isinstance(given, Mapping):
        return None
    return torch.from_numpy(_from_data({"split": "train", **given}, training_data).inputs)


def _read(plan: Plan, training_data: Mapping[str, Any] | None) -> Samples:
    given = plan.samples
    if isinstance(given, str | Path):
        if _sentences(plan):
            return read_sentences(given, plan.text_column, plan.label_column)
        return read_samples(given, plan.label_column)
    if isinstance(given, Mapping):
        return _from_data(given, training_data)
    if isinstance(given, Samples):
        return given
    if isinstance(given, Sequence) and given and all(isinstance(text, str) for text in given):
        return Samples(np.array(given, np.str_))
    if hasattr(given, "dtypes") and hasattr(given, "columns"):
        return Samples(of_table(given, "samples"), columns=tuple(map(str, given.columns)))
    samples = as_samples(given)
    return Samples((samples.float() if samples.dtype == torch.bfloat16 else samples).cpu().numpy())


def _sentences(plan: Plan) -> bool:
    if isinstance(plan.players, Mapping):
        return split_protocol(plan.players)[0].get("kind") == "words"
    return type(plan.players).__name__ == "Words"


def _from_data(options: Mapping[str, Any], training_data: Mapping[str, Any] | None) -> Samples:
    """A split of a data set of `load_data`."""
    from harsanyi.zoo.load import load_data

    chosen = dict(options)
    split = chosen.pop("split", "test")
    if split not in _SPLITS:
        hint = did_you_mean(str(split), _SPLITS)
        raise ArgumentError("samples.split", repr(split), f"one of {', '.join(_SPLITS)}", hint)
    if "name" not in chosen:
        if training_data is None:
            raise ArgumentError("samples.name", "nothing, and no training whose data could be taken",
                                "the name of a data set, or checkpoints written by harsanyi train")  # fmt: skip
        chosen = {**training_data, **chosen}
    try:
        data = load_data(**chosen)
    except TypeError as error:
        raise ArgumentError("samples", str(error), "options of load_data, and split") from error
    inputs, labels = getattr(data, f"{split}_inputs"), getattr(data, f"{split}_labels")
    if not len(labels):
        raise ArgumentError("samples.split", f"{split!r}, which has no sample", "a split with samples")
    array = inputs.numpy() if isinstance(inputs, torch.Tensor) else np.array(inputs, np.str_)
    return Samples(array, labels.numpy(), data.input_names)


def _labels(given: Any, count: int) -> npt.NDArray[Any]:
    """One label a sample."""
    if isinstance(given, str | Path) and Path(given).is_file():
        return read_labels(given)
    if isinstance(given, int | str) and not isinstance(given, bool):
        return np.array([given] * count)
    values = np.asarray(given.cpu() if isinstance(given, torch.Tensor) else given)
    if values.ndim == 0 or values.dtype.kind not in "iuU":
        raise ArgumentError("labels", repr(given)[:60], "one class a sample, one for all, or a file")
    return values


def save_samples(folder: Path, samples: Samples) -> None:
    """Keep them in a study."""
    assert samples.labels is not None
    record = {"format": _FORMAT, "columns": None if samples.columns is None else list(samples.columns)}
    save_arrays(folder / FILE, {"inputs": samples.inputs, "labels": samples.labels}, record)


def load_samples(folder: Path) -> Samples:
    """The samples of a study."""
    arrays, record = load_arrays(folder / FILE, _FORMAT)
    return Samples(arrays["inputs"], arrays["labels"], None if record["columns"] is None else tuple(record["columns"]))


def check_begin_alike(stored: Samples, given: Samples) -> None:
    """Refuse samples that are not those stored, in their order, and perhaps more.

    Raises:
        ArgumentError: fewer, or others; says where the first difference is.
    """
    count = len(stored.inputs)
    if len(given.inputs) < count:
        raise ArgumentError("samples", f"{len(given.inputs)} samples", f"the {count} of the study, and perhaps more")
    if (was := _form(stored)) != (now := _form(given)):
        raise ArgumentError("samples", f"samples of another form, {now}", f"those of the study, {was}")
    pairs = [("samples", stored.inputs, given.inputs)]
    if given.labels is not None:
        assert stored.labels is not None
        pairs.append(("labels", stored.labels, given.labels))
    for argument, old, new in pairs:
        same = (old == new[:count]).reshape(count, -1).all(1)
        if not same.all():
            given_text = f"others than those stored (the first difference is at sample {int((~same).argmax())})"
            raise ArgumentError(argument, given_text, "those of the study, in their order, and perhaps more",
                                "Use another folder for other samples")  # fmt: skip


def _form(samples: Samples) -> str:
    values = samples.inputs
    kind = "text" if values.dtype.kind == "U" else str(values.dtype)
    named = f", columns {', '.join(samples.columns)}" if samples.columns else ""
    return f"{kind} {values.shape[1:]}{named}"
