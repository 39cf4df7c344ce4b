"""Masking inside a network: the extraction, the split left out, against the bare forward of what follows the layer."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.inference import extraction_seconds, run_bare, seconds
from benchmarks.report import Row, Settings, Table
from harsanyi import Patches
from harsanyi.core.coalitions import coalition_masks
from harsanyi.zoo.layers import relu_name
from harsanyi.zoo.resnet import resnet20
from harsanyi.zoo.vgg import vgg11

_TARGET = 1.1
_SAMPLES = 2
_CASES: dict[str, tuple[Callable[[], nn.Module], int]] = {"VGG-11": (vgg11, 2), "ResNet-20": (resnet20, 2)}


def run(settings: Settings) -> list[Table]:
    """Times of each network, for each number of players."""
    repeats = 3 if settings.quick else 5
    rows = [_row(name, n, repeats) for name in _CASES for n in settings.chosen((10,))]
    notes = [
        f"{_SAMPLES} images of 32 x 32, masked after the second ReLU, 8 x 8 grid; wall time, median of {repeats} "
        "interleaved runs.",
        "Suffix: all masked feature maps ready in memory, only what follows the layer, in batches of the same size.",
        "Whole: all masked images ready in memory, the whole network, as a hook would have it.",
        f"Target: a ratio of at most {_TARGET} to the suffix.",
    ]
    return [Table("Masking inside a network: whole extraction over the bare forward of the suffix", rows, notes)]


def _row(name: str, n: int, repeats: int) -> Row:
    make, relu = _CASES[name]
    torch.manual_seed(0)
    network, images = make().eval(), torch.rand(_SAMPLES, 3, 32, 32)
    at = relu_name(network, relu)
    players = Patches(8, n=n, margin=1, at=at)
    posed = players.pose(network, images, None, lambda outputs, labels: outputs, None)
    maskings = posed.players.maskings(images)
    masks = coalition_masks(n)
    masked = torch.cat([masking.apply(masks) for masking in maskings])
    context = [torch.stack([masking.context[i] for masking in maskings for _ in masks])
               for i in range(len(maskings[0].context))]  # fmt: skip
    whole = torch.cat([image.expand(len(masks), *image.shape) for image in images])
    _, size = extraction_seconds(network, images, players)
    runs = [
        (seconds(lambda: _suffix(posed.network, masked, context, size)),
         extraction_seconds(network, images, players)[0],
         seconds(lambda: run_bare(network, whole, size)))
        for _ in range(repeats)
    ]  # fmt: skip
    suffix, extraction, all_of_it = (statistics.median(times) for times in zip(*runs, strict=True))
    return {
        "network": name, "layer": at, "n": n, "masked inputs": len(masked), "batch": size, "suffix s": suffix,
        "extraction s": extraction, "ratio": statistics.median(run[1] / run[0] for run in runs),
        "whole s": all_of_it, "whole / extraction": all_of_it / extraction,
    }  # fmt: skip


def _suffix(suffix: nn.Module, masked: Tensor, context: list[Tensor], size: int) -> None:
    with torch.no_grad():
        for start in range(0, len(masked), size):
            suffix(masked[start : start + size], *(values[start : start + size] for values in context))
