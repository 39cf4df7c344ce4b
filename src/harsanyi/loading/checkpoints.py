"""Checkpoints of one training, found in a folder, a list or a mapping: the step of each, its file and its content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from harsanyi.core.errors import ArgumentError

SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
_NUMBERED = (r"step[-_=]?(\d+)", r"checkpoint[-_=]?(\d+)", r"epoch[-_=]?(\d+)", r"(\d+)$")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_NOT_WEIGHTS = re.compile(r"^(losses-|optimizer|scheduler|scaler|rng_state|training_args|state\.pt$)")


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint.

    Attributes:
        step: its training step or epoch, 0 or more.
        path: file of weights, or a Hugging Face checkpoint folder.
    """

    step: int
    path: Path


def find_checkpoints(
    source: str | Path | Sequence[str | Path] | Mapping[Any, str | Path], or_none: bool = False
) -> list[Checkpoint]:
    """Checkpoints by rising step; nothing is read yet.

    Args:
        source: a folder of files of weights (safetensors or state dicts; Lightning's .ckpt) or of Hugging Face
            checkpoint folders ("checkpoint-500"); one such file or folder; a list of them; or a mapping from steps to
            them. Steps are otherwise told by the names: after "step", "checkpoint" or "epoch", else the last number.
        or_none: whether there may be none at all.

    Returns:
        The checkpoints, at least one, steps strictly rising.

    Raises:
        ArgumentError: nothing there, a name without a number, or two checkpoints of one step.
    """
    if isinstance(source, Mapping):
        found = [Checkpoint(_step(step), _existing(path)) for step, path in source.items()]
    elif isinstance(source, str | Path):
        found = [] if or_none and not Path(source).exists() else _in_path(Path(source), or_none)
    else:
        found = _numbered([_existing(path) for path in source])
    if not found and not or_none:
        raise ArgumentError("checkpoints", "an empty list", "at least one checkpoint")
    found.sort(key=lambda checkpoint: checkpoint.step)
    for first, second in pairwise(found):
        if first.step == second.step:
            raise ArgumentError("checkpoints", f"two of step {first.step}: {first.path} and {second.path}",
                                "one a step", "Tell the steps: a mapping from steps to files")  # fmt: skip
    return found


def _in_path(path: Path, or_none: bool) -> list[Checkpoint]:
    """What one path names: a file, a checkpoint folder, or a folder of either."""
    if not path.exists():
        raise ArgumentError("checkpoints", path, "an existing folder or file")
    if path.is_file():
        return [Checkpoint(_number(path.stem) or 0, path)]
    inside = [inner for inner in path.iterdir() if _number(inner.stem if inner.is_file() else inner.name) is not None]
    folders = [inner for inner in inside if inner.is_dir() and weights_in(inner)]
    if not folders and weights_in(path):
        return [Checkpoint(_number(path.name) or 0, path)]
    files = [inner for inner in inside if inner.is_file() and inner.suffix in SUFFIXES]
    files = [inner for inner in files if not _NOT_WEIGHTS.match(inner.name)]
    if not folders and not files and not or_none:
        raise ArgumentError("checkpoints", f"{path}, without checkpoints whose names have a number",
                            f"a folder of files ending in {', '.join(SUFFIXES)}, or of Hugging Face checkpoints",
                            "Name them in a mapping from steps to files")  # fmt: skip
    return _numbered(folders or files)


def weights_in(folder: Path) -> Path | None:
    """The file of weights, or its index, of a Hugging Face checkpoint folder; nothing where it is none."""
    return next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None)


def _existing(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file() and not (path.is_dir() and weights_in(path)):
        raise ArgumentError("checkpoints", path, "an existing file of weights, or a Hugging Face checkpoint folder")
    return path


def _step(step: Any) -> int:
    if isinstance(step, str) and step.isdecimal():
        step = int(step)
    if not isinstance(step, int | np.integer) or isinstance(step, bool) or step < 0:
        raise ArgumentError("checkpoints", f"the step {step!r}", "whole numbers >= 0")
    return int(step)


def _numbered(paths: Iterable[Path]) -> list[Checkpoint]:
    """Checkpoints with the steps that their names tell."""
    found = []
    for path in paths:
        step = _number(path.name if path.is_dir() else path.stem)
        if step is None:
            raise ArgumentError("checkpoints", f"{path}, whose name has no number", "names such as epoch-8.safetensors",
                                "Or tell the steps: a mapping from steps to files")  # fmt: skip
        found.append(Checkpoint(step, path))
    return found


def _number(name: str) -> int | None:
    """The step that a name tells.

    Example:
        >>> _number("epoch=3-step=400"), _number("checkpoint-500"), _number("epoch-000008"), _number("last")
        (400, 500, 8, None)
    """
    for pattern in _NUMBERED:
        match = re.search(pattern, name)
        if match:
            return int(match.group(1))
    return None
