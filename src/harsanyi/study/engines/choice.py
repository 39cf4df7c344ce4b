"""Engines by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import from_options
from harsanyi.study.engines.base import Engine, Launcher
from harsanyi.study.engines.processes import Processes
from harsanyi.study.engines.ray_cluster import Ray
from harsanyi.study.engines.serial import Serial
from harsanyi.study.engines.slurm import Slurm

NAMES = ("serial", "processes", "ray", "slurm")
_ACCEPTED = f"one of {', '.join(NAMES)}, ray://address, or an engine such as Ray(address='auto')"


def engine_from(
    engine: str | Engine | Launcher | None, workers: int | None = None, options: Mapping[str, Any] | None = None
) -> Engine | Launcher:
    """The engine of this name.

    Args:
        engine: "serial", "processes", "ray", "ray://address" of a cluster, "slurm", or an engine as it is; nothing
            takes "processes" where there are several workers, else "serial".
        workers: how many compute at once; nothing is 1, or for "ray" as many as fit into the cluster; "processes" needs
            a number.
        options: other fields of the engine.

    Returns:
        The engine.

    Raises:
        ArgumentError: an unknown name or option, something else than an engine, or several workers of a serial one.

    Example:
        >>> engine_from(None), engine_from(None, workers=2)
        (Serial(), Processes(workers=2, attempts=3))
    """
    given = dict(options or {})
    if engine is not None and not isinstance(engine, str):
        if workers is not None or given:
            raise ArgumentError("workers", workers if workers is not None else given, "those of the engine given")
        if isinstance(engine, type) or not isinstance(engine, Engine | Launcher):
            raise ArgumentError("engine", getattr(engine, "__name__", type(engine).__name__), _ACCEPTED)
        return engine
    name = engine or ("processes" if workers is not None and workers != 1 else "serial")
    if name.startswith("ray://"):
        name, given = "ray", {"address": name, **given}
    if workers is not None and not (name == "serial" and workers == 1):
        given["workers"] = workers
    kinds: dict[str, Any] = {"serial": Serial, "processes": Processes, "ray": Ray, "slurm": Slurm}
    if name not in kinds:
        raise ArgumentError("engine", repr(name), _ACCEPTED, did_you_mean(name, NAMES))
    if name == "serial" and "workers" in given:
        raise ArgumentError("workers", given["workers"], "1 for the engine serial", "Take the engine processes")
    made: Engine | Launcher = from_options(kinds[name], given, f"engine {name}")
    return made
