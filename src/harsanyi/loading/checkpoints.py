"""Checkpoints of one training, found in a folder, a list or a mapping: the step of each, its file and its content."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from harsanyi.core.errors import ArgumentError

SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".bin")
_SAID = (r"step[-_=]?(\d+)", r"checkpoint[-_=]?(\d+)", r"epoch[-_=]?(\d+)")
_NUMBER = re.compile(r"\d+\.\d+|\d+")  # 0.002 is one number, and no step
_RULE = "names with a whole number after step, checkpoint or epoch, or alike but for one whole number"
_HINT = "Or tell the steps: a mapping from steps to files"
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
            them. Steps are otherwise told by the names: the whole number after "step", "checkpoint" or "epoch"; else
            the only one; of several, the only one that differs between names that are otherwise alike, or that at the
            end of a name like no other.
        or_none: whether there may be none at all.

    Returns:
        The checkpoints, at least one, steps strictly rising.

    Raises:
        ArgumentError: nothing there, a name that tells no step, or two checkpoints of one step.
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


def counts_epochs(checkpoint: Checkpoint) -> bool:
    """Whether the name says that the step is an epoch: "epoch-8.pt", not "epoch=3-step=400.ckpt"."""
    step, _, epoch = (re.search(pattern, _name(checkpoint.path)) for pattern in _SAID)
    return step is None and epoch is not None and int(epoch.group(1)) == checkpoint.step


def _in_path(path: Path, or_none: bool) -> list[Checkpoint]:
    """What one path names: a file, a checkpoint folder, or a folder of either."""
    if not path.exists():
        raise ArgumentError("checkpoints", path, "an existing folder or file")
    if path.is_file():
        return [Checkpoint(_steps([path.stem])[0] or 0, path)]
    inside = [inner for inner in path.iterdir() if _whole_numbers(_name(inner))]
    folders = [inner for inner in inside if inner.is_dir() and weights_in(inner)]
    if not folders and weights_in(path):
        return [Checkpoint(_steps([path.name])[0] or 0, path)]
    files = [inner for inner in inside if inner.is_file() and inner.suffix in SUFFIXES]
    files = [inner for inner in files if not _NOT_WEIGHTS.match(inner.name)]
    if not folders and not files and not or_none:
        accepted = f"a folder of Hugging Face checkpoints, or of files ending in {', '.join(SUFFIXES)}: {_RULE}"
        raise ArgumentError("checkpoints", f"{path}, without checkpoints whose names have a whole number", accepted,
                            _HINT)  # fmt: skip
    return _numbered(_telling(folders or files))


def _telling(paths: Sequence[Path]) -> Sequence[Path]:
    """Those of a folder whose names plainly tell a step; where none does, all, if their names are alike."""
    plain = [path for path in paths if _said(_name(path)) is not None or _ends_with_a_number(_name(path))]
    if not plain and len({_form(_name(path)) for path in paths}) > 1:
        told = " and ".join(sorted(path.name for path in paths)[:: max(1, len(paths) - 1)])
        raise ArgumentError("checkpoints", f"{paths[0].parent}, with names that are not alike, such as {told}",
                            _RULE, _HINT)  # fmt: skip
    return plain or paths


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
    paths = list(paths)
    steps = _steps([_name(path) for path in paths])
    for path, step in zip(paths, steps, strict=True):
        if step is None:
            lacking = "several numbers" if _whole_numbers(_name(path)) else "no whole number"
            raise ArgumentError("checkpoints", f"{path}, whose name has {lacking}", _RULE, _HINT)
    return [Checkpoint(step, path) for path, step in zip(paths, steps, strict=True) if step is not None]


def _name(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _steps(names: Sequence[str]) -> list[int | None]:
    """The step that each name tells, some of them only beside names that are otherwise alike.

    Example:
        >>> _steps(["epoch=3-step=400", "checkpoint-500", "after_8_epochs", "last"])
        [400, 500, 8, None]
        >>> _steps(["ep0_lr0.002_run1", "ep4_lr0.002_run1"]), _steps(["vgg11_8"]), _steps(["1-of-3", "2-of-4"])
        ([0, 4], [8], [None, None])
    """
    alike = defaultdict[str, list[list[int]]](list)
    for name in names:
        alike[_form(name)].append(_whole_numbers(name))
    return [_step_told(name, alike[_form(name)]) for name in names]


def _said(name: str) -> int | None:
    """The number after "step", else "checkpoint", else "epoch"."""
    matches = (re.search(pattern, name) for pattern in _SAID)
    return next((int(match.group(1)) for match in matches if match), None)


def _form(name: str) -> str:
    """A name without the values of its numbers."""
    return _NUMBER.sub(lambda found: "0.0" if "." in found.group() else "0", name)


def _whole_numbers(name: str) -> list[int]:
    return [int(found) for found in _NUMBER.findall(name) if "." not in found]


def _step_told(name: str, alike: Sequence[Sequence[int]]) -> int | None:
    """The step of a name, from the whole numbers in all names of its form."""
    said = _said(name)
    if said is not None:
        return said
    own = _whole_numbers(name)
    if len(own) == 1:
        return own[0]
    differing = [place for place, values in enumerate(zip(*alike, strict=True)) if len(set(values)) > 1]
    if len(differing) == 1:
        return own[differing[0]]
    return own[-1] if not differing and _ends_with_a_number(name) else None


def _ends_with_a_number(name: str) -> bool:
    last = _NUMBER.findall(name)[-1:]
    return bool(last) and "." not in last[0] and name.endswith(last[0])
