"""Losses and accuracies of a network on the splits of a data set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from harsanyi.core.errors import NetworkError
from harsanyi.training.batches import Collate, logits, picked
from harsanyi.zoo.data import Data


@final
@dataclass(frozen=True)
class Measures:
    """What is measured at a checkpoint, in evaluation mode; nan for an average over no sample.

    Attributes:
        train_loss: mean cross-entropy over the training samples, with the labels given in training.
        test_loss: mean cross-entropy over the test samples.
        train_accuracy: share of the training samples whose given label is predicted, in [0, 1].
        test_accuracy: share of the test samples whose label is predicted.
        mislabelled_accuracy: share of the mislabelled training samples whose given, wrong label is predicted.
    """

    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float
    mislabelled_accuracy: float


def measured(
    network: nn.Module, data: Data[Any], batch_size: int, device: torch.device, collate: Collate | None
) -> tuple[Measures, dict[str, Tensor]]:
    """Measure the network, and leave it in evaluation mode.

    Args:
        network: on the device.
        data: the splits "train" and "test" are measured.
        batch_size: samples of each pass.
        device: of the network.
        collate: as for `train`.

    Returns:
        The `Measures`, and the loss of each sample by split: "train" and "test", float32 (samples,), on the CPU.
    """
    network.eval()
    every = (batch_size, device, collate)
    train_losses, train_right = _split(network, data.train_inputs, data.train_labels, *every)
    test_losses, test_right = _split(network, data.test_inputs, data.test_labels, *every)
    averages = (train_losses, test_losses, train_right, test_right, train_right[data.mislabelled])
    return Measures(*map(_mean, averages)), {"train": train_losses, "test": test_losses}


@torch.no_grad()
def _split(
    network: nn.Module,
    inputs: Tensor | list[str],
    labels: Tensor,
    batch_size: int,
    device: torch.device,
    collate: Collate | None,
) -> tuple[Tensor, Tensor]:
    """Loss of each sample, float32, and whether its label is predicted, both (samples,)."""
    losses, right = [torch.zeros(0)], [torch.zeros(0, dtype=torch.bool)]
    for rows in torch.arange(len(labels)).split(batch_size) if len(labels) else ():
        outputs = logits(network, picked(inputs, rows, collate, device)).float().cpu()
        if outputs.shape[0] != len(rows) or outputs.shape[1] <= int(labels[rows].max()):
            wanted = f"({len(rows)}, {int(labels.max()) + 1} or more)"
            raise NetworkError(f"the network returned logits {tuple(outputs.shape)}; the labels need {wanted}")
        losses.append(nn.functional.cross_entropy(outputs, labels[rows], reduction="none"))
        right.append(outputs.argmax(1) == labels[rows])
    return torch.cat(losses), torch.cat(right)


def _mean(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else math.nan
