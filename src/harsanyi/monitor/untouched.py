"""Looking at a network in the midst of its training, which goes on as if nobody had looked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import distributed, nn

from harsanyi.game.layers import unwrapped
from harsanyi.game.network import Network, evaluation_mode, placement


def inner(network: Network) -> Network:
    """The network inside torch.compile, DataParallel or DistributedDataParallel: what one process can run alone."""
    network = unwrapped(network)
    return inner(network.module) if isinstance(network, nn.parallel.DistributedDataParallel) else network


def leads() -> bool:
    """Whether this process is the only one that trains, or the first of several."""
    alone = not (distributed.is_available() and distributed.is_initialized())
    return alone or distributed.get_rank() == 0


def settle(network: Network) -> None:
    """Wait for what the network's device still has to do."""
    device, _ = placement(network)
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def untouched(network: Network) -> Iterator[None]:
    """Evaluation mode without gradients and autocast; afterwards all is as before, the random generators too.

    Args:
        network: any callable; the training flag of each module is restored.
    """
    device = placement(network)[0] or torch.device("cpu")
    with ExitStack() as stack:
        stack.enter_context(_random_state(device))
        for kind in {"cpu", device.type}:
            if torch.amp.autocast_mode.is_autocast_available(kind):
                # without the cache, in which older torch would let the training find weights cast without gradients
                stack.enter_context(torch.autocast(kind, enabled=False, cache_enabled=False))
        stack.enter_context(evaluation_mode(network))
        yield


@contextmanager
def _random_state(device: torch.device) -> Iterator[None]:
    """The generators of torch, on the CPU and on GPUs, of NumPy and of Python go on from where they are."""
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    kind = "cuda" if device.type in ("cpu", "meta") else device.type
    try:
        with torch.random.fork_rng(_generators(kind), device_type=kind):
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002


def _generators(kind: str) -> list[int]:
    """The devices of a kind whose generators may have drawn: none before CUDA is first used."""
    if kind == "cuda" and not torch.cuda.is_initialized():
        return []
    return list(range(getattr(torch, kind).device_count()))
