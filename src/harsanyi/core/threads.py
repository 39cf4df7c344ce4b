"""Blocks of work on threads of their own, each of them computing on one thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Block = TypeVar("Block")
Result = TypeVar("Result")


class _OneThread:
    """Operations of one thread each while anything is inside; yields how many threads torch used before.

    torch's number of threads belongs to the process, and a thread that starts meanwhile inherits the 1: so the number
    to go back to is read only by the first one in, and each thread goes back to it where it leaves for good.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._threads, self._own = threading.Lock(), 0, 1, threading.local()

    def __enter__(self) -> int:
        with self._lock:
            if self._inside == 0:
                self._threads = torch.get_num_threads()
            self._inside += 1
            self._own.depth = getattr(self._own, "depth", 0) + 1
            torch.set_num_threads(1)
            return self._threads

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            self._own.depth -= 1
            if self._own.depth == 0:
                torch.set_num_threads(self._threads)


one_thread = _OneThread()  # around many small operations: several threads gain little, and lose much on a busy machine


@contextmanager
def on_threads(number: int) -> Iterator[None]:
    """Each operation of torch on so many threads in this block.

    One is best for small operations, above all on a busy machine; the same number gives the same bits.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def in_threads(work: Callable[[Block], Result], blocks: Iterable[Block]) -> list[Result]:
    """Results of the blocks in their order, worked on by as many threads as torch uses.

    Threads that share every small operation wait for each other at its end, which costs more than it gains, and many
    times more where other processes want the cores.

    Args:
        work: on one block; its tensors are too small to be worth several threads.
        blocks: independent of each other.

    Returns:
        One result a block.
    """
    with one_thread as threads, ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, blocks))
