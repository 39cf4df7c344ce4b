"""Samples and their classes as probes take them, and which of them validate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.posing import as_samples
from harsanyi.training.features import Inputs

Labels = Tensor | npt.NDArray[Any] | Sequence[int]


def split_rows(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Rows that fit and rows that validate, of each class the same share."""
    generator = torch.Generator().manual_seed(seed)
    train, validation = [], []
    for label in labels.unique().tolist():
        own = (labels == label).nonzero().flatten()
        own = own[torch.randperm(len(own), generator=generator)]
        count = min(round(share * len(own)), len(own) - 1)
        validation.append(own[:count])
        train.append(own[count:])
    chosen = torch.cat(validation).sort().values
    if not len(chosen):
        raise ArgumentError("validation", f"{share} of {len(labels)} samples, which is none of any class",
                            "a share that leaves one sample or more of a class")  # fmt: skip
    return torch.cat(train).sort().values, chosen


def as_inputs(inputs: Any) -> Inputs:
    """Texts as a list, all else as a tensor."""
    texts = isinstance(inputs, list | tuple) and len(inputs) and isinstance(inputs[0], str)
    return list(inputs) if texts else as_samples(inputs)


def as_labels(labels: Any, count: int, argument: str) -> Tensor:
    """Classes of so many samples, int64 on the CPU; raises ArgumentError for what are none."""
    accepted = f"whole numbers from 0, one for each of the {count} samples"
    try:
        values = torch.as_tensor(labels).cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError(argument, f"{type(labels).__name__} ({error})", accepted) from error
    if values.shape != (count,) or values.is_floating_point() or values.is_complex():
        raise ArgumentError(argument, f"{values.dtype} of shape {tuple(values.shape)}", accepted)
    if int(values.min()) < 0:
        raise ArgumentError(argument, int(values.min()), accepted)
    return values.long()


def check_classes(labels: Tensor, classes: int) -> None:
    """Refuse labels for which the network has no logit; a single logit is for two classes."""
    most = max(2, classes)
    if int(labels.max()) >= most:
        raise ArgumentError("labels", f"a label {int(labels.max())}", f"0 to {most - 1}: the network has {classes} "
                            f"{'logits' if classes > 1 else 'logit'}")  # fmt: skip


def joined(samples: Inputs, labels: Tensor, held_out: Any) -> tuple[Inputs, Tensor]:
    """Samples and labels with the held-out ones behind them."""
    if not isinstance(held_out, tuple) or len(held_out) != 2:
        raise ArgumentError("held_out", type(held_out).__name__, "a pair of samples and labels, or nothing")
    more = as_inputs(held_out[0])
    own = as_labels(held_out[1], len(more), "held_out")
    if isinstance(samples, Tensor) and isinstance(more, Tensor) and samples.shape[1:] == more.shape[1:]:
        return torch.cat((samples, more.to(samples))), torch.cat((labels, own))
    if isinstance(samples, list) and isinstance(more, list):
        return samples + more, torch.cat((labels, own))
    raise ArgumentError("held_out", "samples of another shape or kind", "samples such as the inputs")
