"""Features of all layers of a frozen network in one pass over the samples: in memory, or in files of a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import available_memory
from harsanyi.game.network import OutputChoice, evaluation_mode
from harsanyi.game.probes import network_hash
from harsanyi.game.reading import Forward, Reading, Watch, logits_of
from harsanyi.whole_files import write_whole

RECORD = "features.json"
FORMAT = 1
_SHARE = 4  # features stay in memory where they take no more than one part in so many of what is free

Inputs = Tensor | list[str]


@final
@dataclass(frozen=True, eq=False)
class Pass:
    """What is read of which samples.

    Attributes:
        network: in any mode; it is run in evaluation mode.
        readings: of its layers.
        inputs: samples, a tensor (samples, ...), or a list of texts.
        output: which of the network's outputs are the logits.
        forward: how it is called, or nothing.
        batch_size: samples at once.
    """

    network: nn.Module
    readings: Sequence[Reading]
    inputs: Inputs
    output: OutputChoice
    forward: Forward | None
    batch_size: int

    def sizes(self) -> tuple[list[int], int]:
        """Features of each reading, and classes; by a run of one sample."""
        found: dict[int, int] = {}
        with evaluation_mode(self.network), Watch(self.network, self.readings, lambda number, features: found.update(
                {number: features.shape[1]})) as watch:  # fmt: skip
            logits = logits_of(self.network, self.inputs[:1], self.output, self.forward)
        watch.check()
        return [found[number] for number in range(len(self.readings))], logits.shape[1]

    def record(self, sizes: Sequence[int]) -> dict[str, Any]:
        """What the features belong to; JSON types only."""
        layers = [[str(reading.place), reading.pooling, size]
                  for reading, size in zip(self.readings, sizes, strict=True)]  # fmt: skip
        return {"format": FORMAT, "network": network_hash(self.network), "data": _hash(self.inputs),
                "samples": len(self.inputs), "layers": layers}  # fmt: skip


@contextmanager
def features_of(
    asked: Pass, sizes: Sequence[int], cache: Path | None, memory: int | None, advance: Callable[[int], None]
) -> Iterator[list[Tensor]]:
    """Features of each reading, float32 (samples, features), for as long as the block lasts.

    Args:
        asked: what is read.
        sizes: features of each reading.
        cache: a folder that keeps them; they are read from there where it has them.
        memory: bytes that they may take without a folder; nothing for a quarter of what is free. More of them lie in
            files of a temporary folder.
        advance: called with the number of samples of each batch that was run.

    Raises:
        ArgumentError: a folder of another network, other samples or other layers; a layer whose output differs in size
            between samples.
    """
    needed = 4 * len(asked.inputs) * sum(sizes)
    room = available_memory(torch.device("cpu")) // _SHARE if memory is None else memory
    if cache is None and needed <= room:
        values = [torch.empty(len(asked.inputs), size) for size in sizes]
        _read(asked, values, advance)
        yield values
    elif cache is None:
        with tempfile.TemporaryDirectory(prefix="harsanyi-", ignore_cleanup_errors=True) as folder:
            yield _in_folder(asked, sizes, Path(folder), advance)
    else:
        cache.mkdir(parents=True, exist_ok=True)
        yield _in_folder(asked, sizes, cache, advance)


def _in_folder(asked: Pass, sizes: Sequence[int], folder: Path, advance: Callable[[int], None]) -> list[Tensor]:
    record, path = asked.record(sizes), folder / RECORD
    files = [folder / f"layer-{number:02d}.float32" for number in range(len(sizes))]
    shapes = [(len(asked.inputs), size) for size in sizes]
    if path.exists():
        _check(folder, record, files)
        advance(len(asked.inputs))
    else:
        _check_room(folder, sum(4 * rows * size for rows, size in shapes))
        arrays = [np.memmap(file, np.float32, "w+", shape=shape) for file, shape in zip(files, shapes, strict=True)]
        _read(asked, [torch.from_numpy(array) for array in arrays], advance)
        for array in arrays:
            array.flush()
        text = json.dumps(record, indent=2)
        write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return [torch.from_numpy(np.memmap(file, np.float32, "c", shape=shape))
            for file, shape in zip(files, shapes, strict=True)]  # fmt: skip


def _check_room(folder: Path, needed: int) -> None:
    """Refuse what the disk cannot hold: writing into a mapped file on a full disk ends the process."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        given = f"{folder}, with {free / 2**30:.1f} GiB free for features of {needed / 2**30:.1f} GiB"
        raise ArgumentError("cache", given, "a folder on a disk that holds them",
                            "Fewer layers, fewer samples, or pooling='mean' take less")  # fmt: skip


def _check(folder: Path, record: dict[str, Any], files: Sequence[Path]) -> None:
    """Refuse features of something else, or files that are not as long as they were."""
    hint = "Use another folder, or remove this one"
    accepted = "a folder of the same network, samples and layers, or an empty one"
    try:
        there = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        format_there = there["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError("cache", f"{folder}, whose {RECORD} is damaged", accepted, hint) from error
    if format_there != FORMAT:
        raise ArgumentError("cache", f"{folder}, of format {format_there}", accepted, hint)
    told = {"network": "another network", "samples": "other samples", "data": "other samples", "layers": "other layers"}
    for key, words in told.items():
        if there.get(key) != record[key]:
            raise ArgumentError("cache", f"{folder}, made from {words}", accepted, hint)
    for file, (*_, size) in zip(files, record["layers"], strict=True):
        if not file.is_file() or file.stat().st_size != 4 * record["samples"] * size:
            raise ArgumentError("cache", f"{folder}, whose {file.name} is damaged", accepted, hint)


def _read(asked: Pass, into: Sequence[Tensor], advance: Callable[[int], None]) -> None:
    start = 0

    def take(number: int, features: Tensor) -> None:
        rows = into[number][start : start + asked.batch_size]
        if features.shape != rows.shape:
            reading = asked.readings[number]
            given = f"{reading.pooling!r} at layer {str(reading.place)!r}, whose output differs in size between samples"
            raise ArgumentError("pooling", given, "'mean' or 'first', which give as many features of each")
        rows.copy_(features)

    with evaluation_mode(asked.network), Watch(asked.network, asked.readings, take) as watch:
        for start in range(0, len(asked.inputs), asked.batch_size):
            batch = asked.inputs[start : start + asked.batch_size]
            logits_of(asked.network, batch, asked.output, asked.forward)
            watch.check()
            advance(len(batch))
    for number, values in enumerate(into):
        if not bool(values.isfinite().all()):
            raise ArgumentError("layers", f"{str(asked.readings[number].place)!r}, with values that are not finite",
                                "a layer with finite outputs")  # fmt: skip


def _hash(inputs: Inputs) -> str:
    if isinstance(inputs, Tensor):
        return content_hash({"inputs": inputs})
    return hashlib.sha256("\0".join(map(repr, inputs)).encode("utf-8", "surrogatepass")).hexdigest()
