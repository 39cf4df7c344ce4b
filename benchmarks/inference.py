"""Masked inference: a whole extraction, the split left out, against the bare forward passes of the same inputs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from benchmarks.measure import peak_mebibytes
from benchmarks.report import Row, Settings, Table
from harsanyi import Columns, Patches, extract
from harsanyi.core.coalitions import coalition_masks
from harsanyi.game.masking import Players
from harsanyi.zoo.digits import digits_cnn

_BATCH_SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
_SAMPLES = 32
_TARGET = 1.15


def _mlp(width: int = 100) -> nn.Module:
    """Five linear layers for 30 columns."""
    widths = [30, width, width, width, width]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 2)).eval()


_CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], Callable[[int], Players]]] = {
    "MLP-5 x 100": (_mlp, (30,), lambda n: Columns(range(n))),
    "MLP-5 x 512": (lambda: _mlp(512), (30,), lambda n: Columns(range(n))),
    "CNN 8x8": (lambda: digits_cnn().eval(), (1, 8, 8), lambda n: Patches(4, n=n)),
}


def _case(name: str, n: int) -> tuple[nn.Module, Tensor, Players]:
    """Network, samples and players of a case, always the same."""
    network, shape, players = _CASES[name]
    torch.manual_seed(0)
    return network(), torch.rand(_SAMPLES, *shape) + 0.1, players(n)


def run(settings: Settings) -> list[Table]:
    """Times and memory of each case, for each number of players."""
    repeats = 3 if settings.quick else 7
    cases = [(name, n) for name in _CASES for n in settings.chosen((10, 12))]
    rows = [_row(name, *_case(name, n), n, repeats) for name, n in cases]
    memory: list[Row] = [
        {"network": name, "n": n, "bare MiB": peak_mebibytes(_bare_memory, name, n),
         "extraction MiB": peak_mebibytes(_extraction_memory, name, n)}
        for name, n in cases
    ]  # fmt: skip
    notes = [
        f"{_SAMPLES} samples, wall time, median of {repeats} interleaved runs; every masked input is distinct.",
        "Bare: all masked inputs ready in memory, the network alone, at its fastest batch size.",
        "Extraction: players, masking, forward, scores, labels, checks and the result; only the split is left out.",
        f"Target: a ratio of at most {_TARGET}.",
    ]
    memory_notes = [
        "Bare: with all masked inputs in memory, in batches of 1,024. Extraction: the split and the result included.",
    ]
    return [
        Table("Masked inference: whole extraction over the bare forward passes", rows, notes),
        Table("Masked inference: peak memory above the imports", memory, memory_notes),
    ]


def _bare_memory(name: str | None, n: int = 2) -> None:
    """The bare forward passes, in a process whose memory is measured."""
    network, inputs, players = _case(name or "MLP-5 x 100", n)
    run_bare(network, _masked(inputs, players, n), 1024)


def _extraction_memory(name: str | None, n: int = 2) -> None:
    """A whole extraction, in a process whose memory is measured."""
    extraction_seconds(*_case(name or "MLP-5 x 100", n))


def _masked(inputs: Tensor, players: Players, n: int) -> Tensor:
    """All masked versions of all samples."""
    masks = coalition_masks(n)
    return torch.cat([masking.apply(masks) for masking in players.maskings(inputs)])


def _row(name: str, network: nn.Module, inputs: Tensor, players: Players, n: int, repeats: int) -> Row:
    """One row of times."""
    masked = _masked(inputs, players, n)
    bare = {size: seconds(lambda size=size: run_bare(network, masked, size)) for size in _BATCH_SIZES}
    best = min(bare, key=lambda size: bare[size])
    pairs = [(seconds(lambda: run_bare(network, masked, best)), extraction_seconds(network, inputs, players))
             for _ in range(repeats)]  # fmt: skip
    forward, (whole, size) = statistics.median(p[0] for p in pairs), sorted(p[1] for p in pairs)[repeats // 2]
    return {
        "network": name, "n": n, "masked inputs": len(masked), "bare s": forward, "best batch": best,
        "extraction s": whole, "our batch": size, "ratio": statistics.median(p[1][0] / p[0] for p in pairs),
        "us an input": 1e6 * whole / len(masked),
    }  # fmt: skip


def run_bare(network: nn.Module, masked: Tensor, size: int) -> None:
    with torch.no_grad():
        for part in masked.split(size):
            network(part)


def extraction_seconds(network: nn.Module, inputs: Tensor, players: Players) -> tuple[float, int]:
    """Seconds of an extraction without its split, and the batch size it chose."""
    start = time.perf_counter()
    # A gap of 1 is reached at the first look: the split is left out below, and need not be good here.
    result = extract(network, inputs, players=players, max_gap=1.0, progress=False)
    seconds = time.perf_counter() - start
    return seconds - result.provenance["seconds_split"], result.provenance["batch_size"]


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
