"""Batches of a data set, in an order that follows from the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.zoo.data import Data

Batch = Tensor | Mapping[str, Tensor]
Collate = Callable[[Any], Batch]
_ORDER, _DRAWS = 0, 1  # two independent streams of random numbers in each epoch


def epoch_batches(count: int, size: int, seed: int, epoch: int) -> list[Tensor]:
    """Rows of each batch of an epoch, every row once.

    A last batch of one row joins the one before it: batch normalization cannot train on a single sample.

    Args:
        count: number of rows, 1 or more.
        size: rows of each batch.
        seed: of the training.
        epoch: which one.

    Returns:
        Row numbers, int64, (size,) each; the last one may be shorter, or longer by one.

    Example:
        >>> [len(rows) for rows in epoch_batches(9, 4, seed=0, epoch=1)]
        [4, 5]
    """
    order = torch.randperm(count, generator=torch.Generator().manual_seed(_stream(seed, epoch, _ORDER)))
    batches = list(order.split(size))
    if size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


@contextmanager
def drawing(seed: int, epoch: int | None, device: torch.device) -> Iterator[None]:
    """What torch draws in this block follows from seed and epoch; the generators outside stay as they were.

    Args:
        seed: of the training.
        epoch: which one; nothing for initial values, which are those after `torch.manual_seed(seed)`.
        device: whose generator is used, beside the one of the CPU.
    """
    number = seed if epoch is None else _stream(seed, epoch, _DRAWS)
    if device.type == "cpu":
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(number)  # torch.manual_seed would touch the generators of GPUs too
            yield
    else:
        current = torch.cuda.current_device() if device.type == "cuda" else 0
        index = current if device.index is None else device.index
        with torch.random.fork_rng(devices=[index], device_type=device.type):
            torch.manual_seed(number)
            yield


@contextmanager
def deterministic() -> Iterator[None]:
    """Convolutions on a GPU by algorithms that give the same bits again, in this block."""
    before = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = before


def picked(inputs: Tensor | list[str], rows: Tensor, collate: Collate | None, device: torch.device) -> Batch:
    """The chosen samples as the network takes them, on the device: a tensor, or keyword tensors."""
    chosen = inputs[rows] if isinstance(inputs, Tensor) else [inputs[row] for row in rows.tolist()]
    batch: Any = chosen if collate is None else collate(chosen)
    if isinstance(batch, Tensor):
        return batch.to(device)
    if not isinstance(batch, Mapping) or not all(isinstance(value, Tensor) for value in batch.values()):
        raise ArgumentError("collate", f"a function that gives a {type(batch).__name__}",
                            "one that gives a tensor, or a mapping from names to tensors")  # fmt: skip
    return {name: value.to(device) for name, value in batch.items()}


def tokenized(tokenizer: Any) -> Collate:
    """What makes a batch of texts the inputs of a network of Hugging Face.

    Args:
        tokenizer: of transformers.
    """
    return lambda texts: dict(tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt"))


def logits(network: nn.Module, batch: Batch) -> Tensor:
    """Outputs of the network, (batch, classes): a tensor, or the `logits` of what it returns.

    Raises:
        NetworkError: something else came out.
    """
    outputs = network(batch) if isinstance(batch, Tensor) else network(**batch)
    found = outputs if isinstance(outputs, Tensor) else getattr(outputs, "logits", None)
    if not isinstance(found, Tensor) or found.ndim != 2:
        given = f"{tuple(found.shape)}" if isinstance(found, Tensor) else type(outputs).__name__
        raise NetworkError(f"the network returned {given}; a classifier returns logits (batch, classes)")
    return found


def check_data(data: object, collate: Collate | None) -> None:
    """Refuse what cannot be trained on.

    Raises:
        ArgumentError: no `Data`, no training sample, a label that is no class, or texts without `collate`.
    """
    if not isinstance(data, Data):
        raise ArgumentError("data", type(data).__name__, "a harsanyi.zoo.Data, such as load_data gives")
    if not len(data.train_labels):
        raise ArgumentError("data", "no training sample", "one or more")
    labels = torch.cat([data.train_labels, data.test_labels])
    if labels.min() < 0 or labels.max() >= len(data.class_names):
        wrong = f"labels from {int(labels.min())} to {int(labels.max())}"
        raise ArgumentError("data", wrong, f"labels from 0 to {len(data.class_names) - 1}, one for each class name")
    if not isinstance(data.train_inputs, Tensor) and collate is None:
        raise ArgumentError("collate", "nothing, for texts", "a function from a list of str to keyword tensors",
                            "A tokenizer of transformers: lambda texts: tokenizer(texts, padding=True, "
                            'return_tensors="pt")')  # fmt: skip


def _stream(seed: int, epoch: int, purpose: int) -> int:
    return int(np.random.SeedSequence((seed, epoch, purpose)).generate_state(1, np.uint64)[0])
