"""The checkpoints of a study: where each is, what is in it, and which of them are equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.loading.checkpoints import Checkpoint, content_hash, find_checkpoints, weights_in
from harsanyi.loading.network import check_state, read_state
from harsanyi.study.question import module_state
from harsanyi.whole_files import write_whole


@dataclass(frozen=True)
class Stored:
    """A checkpoint on record.

    Attributes:
        step: its training step or epoch.
        path: its file or folder; "" for a network as its factory makes it.
        sha256: of its content.
        size: of its files, bytes.
        modified: when they were last written, nanoseconds.
    """

    step: int
    path: str
    sha256: str
    size: int = 0
    modified: int = 0

    def to_mapping(self) -> dict[str, Any]:
        """In JSON types."""
        return asdict(self)


def take_inventory(source: Any, network: nn.Module, known: Sequence[Stored], name: str) -> list[Stored]:
    """Look at every checkpoint of a network: that it is there, that it fits, and what it holds.

    Args:
        source: as `find_checkpoints` takes it; nothing for the network as it is.
        network: that the checkpoints are of.
        known: those on record; a file that has not changed since is not read again.
        name: of the network, for messages.

    Returns:
        Those on record first, in their order, then new ones by rising step.

    Raises:
        ArgumentError: a checkpoint that is missing, cannot be read or does not fit the network, or another content
            under a step that is on record.
    """
    if source is None:
        found = [Stored(0, "", content_hash(module_state(network)))]
    else:
        found = [_looked_at(checkpoint, network, known) for checkpoint in find_checkpoints(source)]
    by_step = {stored.step: stored for stored in known}
    for stored in found:
        old = by_step.get(stored.step, stored)
        if old.sha256 != stored.sha256:
            given = f"{stored.path or 'weights'} for step {stored.step} of {name}, whose content is another than stored"
            raise ArgumentError("checkpoints", given, "the checkpoint that the study has", "Use another folder")
        by_step[stored.step] = stored
    _warn_of_equals(name, found)
    return list(by_step.values())


def _looked_at(checkpoint: Checkpoint, network: nn.Module, known: Sequence[Stored]) -> Stored:
    size, modified = _stamp(checkpoint.path)
    path = str(checkpoint.path)
    for old in known:
        if (old.path, old.size, old.modified) == (path, size, modified):
            return Stored(checkpoint.step, path, old.sha256, size, modified)
    state = read_state(path)
    check_state(network, state, path)
    return Stored(checkpoint.step, path, content_hash(state), size, modified)


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a file, or of the weights in a folder."""
    weights = weights_in(path) if path.is_dir() else path
    files = [weights] if weights and weights.suffix != ".json" else [p for p in path.iterdir() if p.is_file()]
    stats = [file.stat() for file in files]
    return sum(stat.st_size for stat in stats), max(stat.st_mtime_ns for stat in stats)


def _warn_of_equals(name: str, found: Sequence[Stored]) -> None:
    """Warn of checkpoints with the same content."""
    steps: dict[str, list[int]] = {}
    for stored in found:
        steps.setdefault(stored.sha256, []).append(stored.step)
    for equal in steps.values():
        if len(equal) > 1:
            listed = ", ".join(map(str, equal))
            warn_user(f"the checkpoints of {name} at steps {listed} are equal: they are computed once")


def kept_copies(folder: Path, checkpoints: Iterable[Any]) -> Path:
    """Write what an iterator of (step, module or state dict) gives into a folder, one safetensors file a step.

    Args:
        folder: where; files that are there with the same content stay as they are.
        checkpoints: the iterator.

    Returns:
        The folder.

    Raises:
        ArgumentError: something else came out of it.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    for entry in checkpoints:
        step, state = _step_and_state(entry)
        path = folder / f"step-{step:09d}.safetensors"
        if path.exists() and content_hash(read_state(path)) == content_hash(state):
            continue
        whole = save({key: values.cpu().contiguous().clone() for key, values in state.items()})
        write_whole(path, lambda temporary, whole=whole: temporary.write_bytes(whole))  # type: ignore[misc]
    return folder


def _step_and_state(entry: Any) -> tuple[int, Mapping[str, torch.Tensor]]:
    accepted = "pairs of a step >= 0 and a module or its state dict"
    if not isinstance(entry, tuple) or len(entry) != 2:
        raise ArgumentError("checkpoints", f"an iterator that gives a {type(entry).__name__}", accepted)
    step, state = entry
    state = module_state(state) if isinstance(state, nn.Module) else state
    fits = isinstance(state, Mapping) and all(isinstance(values, torch.Tensor) for values in state.values())
    if not fits or not isinstance(step, int) or isinstance(step, bool) or step < 0:
        raise ArgumentError("checkpoints", f"an iterator that gives ({step!r}, {type(state).__name__})", accepted)
    return step, state
