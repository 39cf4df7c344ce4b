"""The files of a training: each is written as a whole or not at all, and none can run code when it is read."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.training.measures import Measures
from harsanyi.whole_files import write_whole

RECORD, STATE, COURSE = "recipe.json", "state.pt", "course.csv"
FORMAT = 1


@final
@dataclass(frozen=True, eq=False)
class State:
    """All that training needs to go on after an epoch; its random numbers follow from the recipe's seed and the epoch.

    Attributes:
        epoch: epochs done.
        network: state dict of the network.
        optimizer: state dict of the optimizer.
        measures: of each checkpoint so far, by epoch.
    """

    epoch: int
    network: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    measures: Mapping[int, Measures]


def weights_path(folder: Path, epoch: int) -> Path:
    """Where the weights after an epoch are."""
    return folder / f"epoch-{epoch:06d}.safetensors"


def losses_path(folder: Path, epoch: int) -> Path:
    """Where the losses of the samples after an epoch are."""
    return folder / f"losses-{epoch:06d}.safetensors"


def write_weights(path: Path, network: nn.Module) -> None:
    """Write the state dict; tensors that share memory are written in full, each."""
    write_tensors(path, {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()})


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write named tensors as safetensors."""
    from safetensors.torch import save

    # as bytes: safetensors' own save_file leaves temporary files of its own behind when it is killed
    whole = save({name: tensor.contiguous() for name, tensor in tensors.items()})
    write_whole(path, lambda temporary: temporary.write_bytes(whole))


def write_state(folder: Path, state: State) -> None:
    """Write what training resumes from."""
    measures = {epoch: asdict(measures) for epoch, measures in state.measures.items()}
    content = {"format": FORMAT, "epoch": state.epoch, "network": dict(state.network),
               "optimizer": dict(state.optimizer), "measures": measures}  # fmt: skip

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # given a path, torch would write its name, with our number, into the file
            torch.save(content, file)

    write_whole(folder / STATE, write)


def read_state(folder: Path) -> State | None:
    """What training resumes from; nothing where none was written yet.

    Raises:
        ArgumentError: damaged or of another kind, or removed.
    """
    path = folder / STATE
    if not path.exists():
        if (folder / COURSE).exists():
            raise ArgumentError("folder", f"{folder} without its {STATE}", "a folder as it was left", "Use another")
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
        measures = {epoch: Measures(**measures) for epoch, measures in content["measures"].items()}
        return State(content["epoch"], content["network"], content["optimizer"], measures)
    except Exception as error:  # damage may show anywhere: in the zip, the pickle, the content
        raise ArgumentError("folder", f"{path}, which is damaged ({error})", "a folder as it was left") from error


def write_course(folder: Path, measures: Mapping[int, Measures]) -> None:
    """Write the table of measures, a row a checkpoint; a float is written so that it is read back equal."""

    def write(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["epoch", *(field.name for field in fields(Measures))])
            table.writerows([epoch, *map(repr, asdict(measures[epoch]).values())] for epoch in sorted(measures))

    write_whole(folder / COURSE, write)


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write what is trained, how and where."""
    text = json.dumps(record, indent=2)
    write_whole(folder / RECORD, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def read_record(folder: Path) -> dict[str, Any] | None:
    """What is trained there; nothing where nothing is.

    Raises:
        ArgumentError: damaged or of another kind, or checkpoints without it.
    """
    path = folder / RECORD
    if not path.exists():
        if (folder / STATE).exists() or any(folder.glob("epoch-*.safetensors")):
            raise ArgumentError("folder", f"{folder}, with checkpoints and no {RECORD}", "an empty or new folder")
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']}, not {FORMAT}")
    except Exception as error:
        raise ArgumentError("folder", f"{path}, which is damaged or of another kind ({error})",
                            "a folder written by train") from error  # fmt: skip
    return record
