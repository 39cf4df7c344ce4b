"""The samples of a study: from a file, a data set or Python objects, and as the study keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.game.players.baselines import of_table
from harsanyi.game.posing import as_samples
from harsanyi.loading.protocols import split_protocol
from harsanyi.loading.samples import Samples, read_labels, read_samples, read_sentences
from harsanyi.storage import load_arrays, save_arrays
from harsanyi.study.parts import TEST, TRAIN, in_turns, joined, joined_splits, split_of
from harsanyi.study.plan import Plan
from harsanyi.zoo.data import Data

FILE = "samples.npz"
NOISE = "noise"
_FORMAT = 1
_ARRAYS = ("inputs", "labels", "parts", "mislabelled")


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
    samples = _limited(plan, _read(plan, plan.samples, training_data))
    if plan.layers is None or not plan.layers.draws:
        return samples
    return with_noise(samples, plan.layers.draws, plan.layers.noise, plan.layers.seed)


def _limited(plan: Plan, samples: Samples) -> Samples:
    """As many as the plan takes, with its labels; several parts are limited each."""
    if samples.parts is not None:
        if plan.labels is not None:
            raise ArgumentError("labels", "labels beside samples of several parts", "those that come with the samples")
        return samples
    labels = samples.labels if plan.labels is None else _labels(plan.labels, len(samples.inputs))
    if labels is not None and len(labels) != len(samples.inputs):
        raise ArgumentError("labels", f"{len(labels)} labels", f"{len(samples.inputs)}, one for each sample")
    return replace(samples, labels=labels).take(slice(plan.limit))


def read_labelled(plan: Plan, given: Any, training_data: Mapping[str, Any] | None) -> Samples:
    """Labelled samples beside those of the plan, named in the same ways.

    Raises:
        ArgumentError: samples that cannot be read, or without labels.
    """
    samples = _read(plan, given, training_data)
    if samples.labels is None or samples.labels.dtype.kind not in "iu":
        raise ArgumentError("layers.samples", "samples without labels that are classes", "labelled samples")
    return samples


def with_noise(samples: Samples, draws: int, deviation: float, seed: int) -> Samples:
    """Samples of the part "test", or all where there are no parts, each followed by copies with noise.

    Args:
        samples: the samples.
        draws: copies of each, of the parts "noise 1", "noise 2", …
        deviation: of the normal noise that is added to every value.
        seed: of the noise.

    Returns:
        The samples with parts; more samples only add to the end.

    Raises:
        ArgumentError: inputs that are no floating numbers.
    """
    if samples.inputs.dtype.kind != "f":
        raise ArgumentError("layers.draws", f"{draws}, for inputs of {samples.inputs.dtype}", "0: noise needs numbers")
    parts = np.full(len(samples.inputs), TEST) if samples.parts is None else samples.parts
    copies = np.where(parts == TEST, draws, 0)
    source = np.repeat(np.arange(len(parts)), copies + 1)
    number = np.arange(len(source)) - np.repeat(np.cumsum(copies + 1) - copies - 1, copies + 1)
    found = samples.take(source)
    inputs = found.inputs.copy()
    for row in np.flatnonzero(number).tolist():
        drawn = np.random.default_rng([seed, int(source[row]), int(number[row])])
        inputs[row] += deviation * drawn.standard_normal(inputs.shape[1:]).astype(inputs.dtype)
    names = np.array([f"{NOISE} {draw}" if draw else part for draw, part in zip(number, parts[source], strict=True)])
    return replace(found, inputs=inputs, parts=names)


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
    return torch.from_numpy(split_of(_data(given, training_data), given.get("split", TRAIN)).inputs)


def _read(plan: Plan, given: Any, training_data: Mapping[str, Any] | None) -> Samples:
    if isinstance(given, str | Path):
        if _sentences(plan):
            return read_sentences(given, plan.text_column, plan.label_column)
        return read_samples(given, plan.label_column)
    if isinstance(given, Mapping):
        return _read_mapping(plan, given, training_data)
    if isinstance(given, Samples):
        return given if given.parts is None else in_turns(given, plan.limit)
    if isinstance(given, Sequence) and given and all(isinstance(text, str) for text in given):
        return Samples(np.array(given, np.str_))
    if hasattr(given, "dtypes") and hasattr(given, "columns"):
        return Samples(of_table(given, "samples"), columns=tuple(map(str, given.columns)))
    samples = as_samples(given)
    return Samples((samples.float() if samples.dtype == torch.bfloat16 else samples).cpu().numpy())


def _read_mapping(plan: Plan, given: Mapping[str, Any], training_data: Mapping[str, Any] | None) -> Samples:
    """Several parts, arrays by name, or one or several splits of a data set."""
    if "parts" in given:
        parts = given["parts"]
        if len(given) > 1 or not isinstance(parts, Mapping) or not parts:
            raise ArgumentError("samples", dict(given), "parts: a mapping from names to samples, and nothing else")
        return joined({str(name): _read(plan, part, training_data) for name, part in parts.items()}, plan.limit)
    if "inputs" in given:
        return _of_arrays(plan, given)
    splits = given.get("split", TEST)
    data = _data(given, training_data)
    if isinstance(splits, str):
        return split_of(data, splits)
    if not isinstance(splits, Sequence) or not splits or len(set(map(str, splits))) != len(splits):
        raise ArgumentError("samples.split", repr(splits), "a split, or a list of them, each once")
    return joined_splits(data, splits, plan.limit)


def _of_arrays(plan: Plan, given: Mapping[str, Any]) -> Samples:
    """Inputs, and beside them labels and which of these are wrong on purpose."""
    unknown = sorted(given.keys() - {"inputs", "labels", "mislabelled"})
    if unknown:
        raise ArgumentError("samples", f"an array {unknown[0]!r}", "inputs, labels, mislabelled")
    found = _read(plan, given["inputs"], None)
    count = len(found.inputs)
    labels = None if given.get("labels") is None else _labels(given["labels"], count)
    if labels is not None and len(labels) != count:
        raise ArgumentError("samples.labels", f"{len(labels)} values", f"{count}, one for each sample")
    wrong = None if given.get("mislabelled") is None else np.asarray(given["mislabelled"])
    if wrong is not None and (wrong.dtype != np.bool_ or wrong.shape != (count,)):
        raise ArgumentError("samples.mislabelled", f"{wrong.dtype} {wrong.shape}", f"bool ({count},), one a sample")
    return replace(found, labels=labels, mislabelled=wrong)


def _sentences(plan: Plan) -> bool:
    if isinstance(plan.players, Mapping):
        return split_protocol(plan.players)[0].get("kind") == "words"
    return type(plan.players).__name__ == "Words"


def _data(options: Mapping[str, Any], training_data: Mapping[str, Any] | None) -> Data[Any]:
    """The data set of `load_data` that options name."""
    from harsanyi.zoo.load import load_data

    chosen = {name: value for name, value in options.items() if name != "split"}
    if "name" not in chosen:
        if training_data is None:
            raise ArgumentError("samples.name", "nothing, and no training whose data could be taken",
                                "the name of a data set, or checkpoints written by harsanyi train")  # fmt: skip
        chosen = {**training_data, **chosen}
    try:
        return load_data(**chosen)
    except TypeError as error:
        raise ArgumentError("samples", str(error), "options of load_data, and split") from error


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
    arrays = {name: getattr(samples, name) for name in _ARRAYS}
    save_arrays(folder / FILE, {name: values for name, values in arrays.items() if values is not None}, record)


def load_samples(folder: Path) -> Samples:
    """The samples of a study."""
    arrays, record = load_arrays(folder / FILE, _FORMAT)
    return Samples(**arrays, columns=None if record["columns"] is None else tuple(record["columns"]))


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
    if stored.parts is not None and given.parts is not None:
        pairs.append(("samples", stored.parts, given.parts))
    if stored.mislabelled is not None and given.mislabelled is not None:
        pairs.append(("mislabelled", stored.mislabelled, given.mislabelled))
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
    return f"{kind} {values.shape[1:]}{named}{'' if samples.parts is None else ', of several parts'}"
