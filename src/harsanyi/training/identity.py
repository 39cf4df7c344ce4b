"""What is trained in a folder, so that another network, recipe or data set is not taken for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.progress import Clock, provenance
from harsanyi.training.files import FORMAT, read_record, write_record
from harsanyi.training.recipe import Recipe
from harsanyi.whole_files import remove_torn
from harsanyi.zoo.data import Data


def data_hash(data: Data[Any]) -> str:
    """SHA-256 over what training and its measures see: inputs and labels of the training and the test split."""
    whole = hashlib.sha256()
    for part in (data.train_inputs, data.train_labels, data.clean_labels, data.test_inputs, data.test_labels):
        _add(whole, part)
    return whole.hexdigest()


def identity(network: nn.Module, data: Data[Any], recipe: Recipe) -> dict[str, Any]:
    """Recipe, data and form of the network, in JSON types; the values of the weights are not part of it."""
    form = {name: [list(tensor.shape), str(tensor.dtype)] for name, tensor in network.state_dict().items()}
    return {
        "recipe": recipe.to_mapping(),
        "data": {"sha256": data_hash(data), "description": repr(data), "mislabelled": data.mislabelled.tolist()},
        "network": {"type": type(network).__name__, "sha256": hashlib.sha256(repr(form).encode()).hexdigest(),
                    "parameters": sum(values.numel() for values in network.parameters())},
    }  # fmt: skip


def check_folder(folder: Path, own: Mapping[str, Any]) -> None:
    """Refuse a folder where something else was trained, before anything in it is changed.

    Raises:
        ArgumentError: another recipe (says which fields), other data or another network; or a damaged folder.
    """
    if folder.exists() and not folder.is_dir():
        raise ArgumentError("folder", folder, "a folder, new or there")
    found = read_record(folder) if folder.is_dir() else None
    if found is None:
        return
    differing = [f"{name} {found['recipe'].get(name)!r} instead of {value!r}"
                 for name, value in own["recipe"].items() if found["recipe"].get(name) != value]  # fmt: skip
    if differing:
        raise _taken(folder, f"another recipe ({', '.join(differing)})")
    if found["data"]["sha256"] != own["data"]["sha256"]:
        raise _taken(folder, f"other data ({found['data']['description']})")
    if found["network"]["sha256"] != own["network"]["sha256"]:
        given = f"another network (a {found['network']['type']} of {found['network']['parameters']} parameters)"
        raise _taken(folder, given)


def open_folder(folder: Path, own: Mapping[str, Any], epoch: int, last: int) -> None:
    """Make the folder if need be, remove what a killed process left half written, and record this run.

    Args:
        folder: checked by `check_folder`.
        own: the `identity`.
        epoch: after which this run starts.
        last: after which it ends; a run that has nothing left to do is not recorded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remove_torn(folder)
    if epoch == last:
        return
    found = read_record(folder) or {"runs": []}
    run = provenance(Clock(), from_epoch=epoch, threads=torch.get_num_threads())
    write_record(folder, {"format": FORMAT, **own, "runs": [*found["runs"], run]})


def _taken(folder: Path, what: str) -> ArgumentError:
    return ArgumentError("folder", f"{folder}, which holds a training with {what}", "the same again, or a new folder")


def _add(whole: Any, part: Tensor | list[str]) -> None:
    """Add a part with its length, so that two lists of parts with the same bytes in a row differ."""
    if isinstance(part, Tensor):
        values = np.ascontiguousarray(part.cpu())
        whole.update(f"{values.dtype} {values.shape};".encode())
        whole.update(values)
        return
    for text in (encoded.encode() for encoded in part):
        whole.update(f"{len(text)};".encode() + text)
    whole.update(f"{len(part)} texts;".encode())
