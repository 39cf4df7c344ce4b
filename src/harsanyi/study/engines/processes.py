"""Several processes of this machine, each with a network and, where there are several, a GPU of its own."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import Queue
from typing import Any, final

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.study.engines.attempts import Attempts
from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task
from harsanyi.study.worker import Worker

_held: list[Worker] = []  # of a worker process: the pool calls functions of a module, which find their worker here


@final
@dataclass(frozen=True)
class Processes:
    """Compute in so many processes, started anew ("spawn"); one that dies is replaced and its unit tried again.

    Args:
        workers: number of processes, 1 or more.
        attempts: how often a unit is tried whose process dies, 1 or more.

    Raises:
        ArgumentError: a number below 1.
    """

    workers: int
    attempts: int = 3

    def __post_init__(self) -> None:
        for argument in ("workers", "attempts"):
            value = getattr(self, argument)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ArgumentError(argument, repr(value), "a whole number >= 1")

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """What became of every task, in the order in which they end."""
        attempts, pool = Attempts(tasks, self.attempts), self._pool(question)
        running: dict[Future[Outcome], Task] = {}
        try:
            while True:
                broken = not self._fill(pool, attempts, running)
                if not running and not broken:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    broken |= isinstance(future.exception(), BrokenProcessPool)
                    if not isinstance(future.exception(), BrokenProcessPool):
                        del running[future]
                        yield future.result()
                if broken:  # every process of the pool has ended
                    pool.shutdown()
                    yield from _lost(running, attempts)
                    pool = self._pool(question)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _fill(self, pool: ProcessPoolExecutor, attempts: Attempts, running: dict[Future[Outcome], Task]) -> bool:
        """Hand out tasks: one for each process, and one that waits; False where the pool is broken."""
        while len(running) <= self.workers:
            task = attempts.next()
            if task is None:
                return True
            try:
                running[pool.submit(_work, task)] = task
            except BrokenProcessPool:
                future: Future[Outcome] = Future()
                running[future] = task
                return False
        return True

    def _pool(self, question: Question) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        devices = spawn.Queue()
        for worker in range(self.workers):
            devices.put(_device(question.plan.device, worker))
        threads = max(1, torch.get_num_threads() // self.workers)
        return ProcessPoolExecutor(self.workers, spawn, _begin, (question, devices, threads))

    def record(self) -> dict[str, Any]:
        """What to record of it."""
        return {"engine": "processes", "workers": self.workers}


def _lost(running: dict[Future[Outcome], Task], attempts: Attempts) -> Iterator[Outcome]:
    """Take back what ran in a pool whose process died; results that came before are kept."""
    for future, task in list(running.items()):
        del running[future]
        if future.done() and future.exception() is None:
            yield future.result()
        elif (failed := attempts.lost(task, "the process was ended from outside, or ran out of memory")) is not None:
            yield failed


def _device(device: str | None, worker: int) -> str | None:
    """The device of a worker: GPUs are dealt out where the plan names none in particular."""
    count = torch.cuda.device_count() if device == "cuda" else 0
    return f"cuda:{worker % count}" if count else device


def _begin(question: Question, devices: Queue[str | None], threads: int) -> None:
    """What a worker process does first."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    _held.append(Worker(question, devices.get()))


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(task: Task) -> Outcome:
    return _held[0].outcome(task)
