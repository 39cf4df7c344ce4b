"""What a long computation tells while it runs, and what it leaves on record."""

from __future__ import annotations

import hashlib
import platform
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

Progress = bool | Callable[[int, int], None]
_NAME, _DELAY = "harsanyi", 2.0  # of a bar; seconds until it shows


Doing = Callable[[str], AbstractContextManager[None]]


class Counter:
    """Counts what is done and tells it; `doing(what)` is a context in which something else takes its time."""

    def __init__(self, total: int, tell: Callable[[int, int], None], doing: Doing = lambda what: nullcontext()) -> None:
        self.done, self._total, self._tell, self.doing = 0, total, tell, doing

    def __call__(self, more: int) -> None:
        """So many more are done."""
        self.done += more
        self._tell(self.done, self._total)


@contextmanager
def shown(progress: Progress, total: int, unit: str = "input") -> Iterator[Counter]:
    """A counter whose progress is shown: a bar once the work is long (True), nothing (False), or the user's function.

    Args:
        progress: True, False, or a function of (done, total).
        total: how much there is to do.
        unit: what is counted.

    Yields:
        The `Counter`.
    """
    if callable(progress):
        yield Counter(total, progress)
    elif not progress:
        yield Counter(total, lambda done, total: None)
    else:
        from tqdm.auto import tqdm

        with tqdm(total=total, unit=unit, unit_scale=unit == "input", delay=_DELAY, desc=_NAME, file=sys.stderr) as bar:

            def show(done: int, _total: int) -> None:
                bar.update(done - bar.n)

            yield Counter(total, show, partial(_doing, bar))


@contextmanager
def _doing(bar: Any, what: str) -> Iterator[None]:
    """The bar says what takes long while it counts nothing, and its clock goes on."""
    over = threading.Event()

    def say() -> None:
        while not over.wait(_DELAY):
            bar.set_description(f"{_NAME}, {what}")

    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    try:
        yield
    finally:
        over.set()
        saying.join()
        bar.set_description(_NAME, refresh=False)


class Clock:
    """Seconds of wall time by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Spend the time of this block on `name`."""
        started = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - started


def provenance(clock: Clock, **how: Any) -> dict[str, Any]:
    """Record of a computation: versions, machine, time, seconds, and how it was asked for; JSON types only."""
    return {
        "harsanyi": version("harsanyi"),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **{f"seconds_{name}": round(seconds, 6) for name, seconds in clock.seconds.items()},
        **how,
    }


def described(thing: Any) -> Any:
    """What something was, in JSON types: the fields of a dataclass, shape and hash of an array, a name, a value."""
    if is_dataclass(thing) and not isinstance(thing, type):
        options = {field.name: described(getattr(thing, field.name)) for field in fields(thing)}
        return {"type": type(thing).__name__, **options}
    if hasattr(thing, "shape"):
        values = np.ascontiguousarray(thing.cpu() if isinstance(thing, torch.Tensor) else thing)
        return {"shape": list(values.shape), "sha256": hashlib.sha256(values.tobytes()).hexdigest()[:16]}
    if isinstance(thing, Mapping):
        return {str(name): described(value) for name, value in thing.items()}
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return [described(value) for value in thing]
    if thing is None or isinstance(thing, str | bool | int | float):
        return thing
    return getattr(thing, "__name__", type(thing).__name__)
