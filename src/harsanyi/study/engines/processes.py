"""Several processes of this machine, each with a network and, where there are several, a GPU of its own."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, final

import torch

from harsanyi.core.errors import ArgumentError, HarsanyiError
from harsanyi.core.options import require_whole
from harsanyi.study.engines.attempts import Attempts
from harsanyi.study.engines.handing import packed
from harsanyi.study.question import Question
from harsanyi.study.units import Outcome, Task
from harsanyi.study.worker import Worker

_held: list[Worker] = []  # of a worker process: a pool calls functions of a module, which find their worker here


@final
@dataclass(frozen=True)
class Processes:
    """Compute in so many processes, started anew ("spawn"); one that dies is replaced and its unit tried again.

    Args:
        workers: number of processes, 1 or more; they share the threads that torch uses here.
        attempts: how often a unit is tried whose process dies, 1 or more.

    Raises:
        ArgumentError: a number below 1.
    """

    workers: int
    attempts: int = 3

    def __post_init__(self) -> None:
        require_whole(workers=self.workers, attempts=self.attempts)

    def outcomes(self, question: Question, tasks: Iterator[Task]) -> Generator[Outcome, None, None]:
        """What became of every task, in the order in which they end.

        Raises:
            ArgumentError: a plan that cannot be handed to another process.
            HarsanyiError: processes that end before they begin.
        """
        crew = _Crew(question, self.workers, Attempts(tasks, self.attempts))
        try:
            crew.hand_out()
            while crew.busy:
                for future in wait(crew.busy, return_when=FIRST_COMPLETED).done:
                    outcome = crew.taken_back(future)
                    crew.hand_out()  # the process goes on while its results are stored
                    if outcome is not None:
                        yield outcome
        finally:
            crew.end()

    def record(self) -> dict[str, Any]:
        """What to record of it."""
        return {"engine": "processes", "workers": self.workers}


class _Crew:
    """Processes by their numbers, started when there is a task for them, and what each is doing."""

    def __init__(self, question: Question, workers: int, attempts: Attempts) -> None:
        self.busy: dict[Future[Outcome], tuple[int, Task]] = {}
        self._packed, self._device = packed(question), question.plan.device
        self._threads, self._attempts = max(1, torch.get_num_threads() // workers), attempts
        self._free, self._processes = list(range(workers))[::-1], dict[int, _Process]()

    def hand_out(self) -> None:
        """Give a task to every process that has none."""
        while self._free and (task := self._attempts.next()) is not None:
            number = self._free.pop()
            while (future := self._process(number).give(task)) is None:
                self._processes.pop(number).end()  # it was killed while it had nothing to do
            self.busy[future] = number, task

    def _process(self, number: int) -> _Process:
        if number not in self._processes:
            self._processes[number] = _Process(self._packed, _device(self._device, number), self._threads)
        return self._processes[number]

    def taken_back(self, future: Future[Outcome]) -> Outcome | None:
        """What became of a task; nothing where its process died and the task will be tried again."""
        number, task = self.busy.pop(future)
        self._free.append(number)
        process = self._processes[number]
        if not isinstance(future.exception(), BrokenProcessPool):
            process.require_begun()
            self._attempts.began()
            return future.result()
        self._processes.pop(number).end()
        if process.has_begun():
            return self._attempts.lost(task, "the process was ended from outside, or ran out of memory")
        self._attempts.never_began(_STILLBORN, task)
        return None

    def end(self) -> None:
        """End every process, whatever it is doing."""
        for process in self._processes.values():
            process.let_go()
        for process in self._processes.values():
            process.end()


_STILLBORN = ("what they wrote tells why. A script that runs a study with several processes does so under "
              "'if __name__ == \"__main__\":'")  # fmt: skip


class _Process:
    """A pool of one process, which ends when the other end of its leash is closed: by us, or by our end."""

    def __init__(self, question: bytes, device: str | None, threads: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        watched, self._leash = spawn.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(1, spawn, _watch, (watched,))
        self._begun = self._pool.submit(_begin, question, device, threads)
        watched.close()  # the process has its own

    def give(self, task: Task) -> Future[Outcome] | None:
        """What will become of a task; nothing where the process is no more."""
        try:
            return self._pool.submit(_work, task)
        except BrokenProcessPool:
            return None

    def has_begun(self) -> bool:
        """Whether it was ready for tasks."""
        return self._begun.done() and self._begun.exception() is None

    def require_begun(self) -> None:
        """Raise where the plan did not arrive."""
        error = self._begun.exception()
        if error is not None:
            raise ArgumentError("plan", f"what another process cannot load ({type(error).__name__}: {error})",
                                "functions and classes of modules that other processes can import",
                                "Those of a notebook or of an interactive session are not") from error  # fmt: skip

    def let_go(self) -> None:
        """Have it end."""
        self._leash.close()

    def end(self) -> None:
        """Have it end, and wait until it has."""
        self.let_go()
        self._pool.shutdown(cancel_futures=True)


def _device(device: str | None, worker: int) -> str | None:
    """The device of a worker: GPUs are dealt out where the plan names none in particular."""
    count = torch.cuda.device_count() if device == "cuda" else 0
    return f"cuda:{worker % count}" if count else device


# In the process of a worker -------------------------------------------------------------------------------------------


def _watch(leash: Connection) -> None:
    """End with the leash; an interrupt from the terminal is for the process that runs the study."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()


def _end_with(leash: Connection) -> None:
    try:
        leash.recv_bytes()
    except (EOFError, OSError):
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(0)


def _begin(question: bytes, device: str | None, threads: int) -> None:
    torch.set_num_threads(threads)
    _held.append(Worker(pickle.loads(question), device))


def _work(task: Task) -> Outcome:
    try:
        return _held[0].outcome(task)
    except Exception as error:
        if _survives(error):
            raise
        raise HarsanyiError("".join(traceback.format_exception(error))) from None


def _survives(error: Exception) -> bool:
    """Whether an exception can be handed to another process; one that cannot would end the pool."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True
