"""A connection to Ray: the user's own, to a cluster that runs, or to one that is started here and ended after."""

from __future__ import annotations

import logging
import os
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing

_QUIET = {"log_to_driver": False, "logging_level": logging.ERROR}
_PATIENCE = 10.0  # seconds for an answer
_STATISTICS = "RAY_USAGE_STATS_ENABLED"  # a cluster started here sends none to its makers, unless asked to


def is_local(address: str | None) -> bool:
    """Whether Ray would be started on this machine for the run."""
    ray = sys.modules.get("ray")
    connected = ray is not None and bool(ray.is_initialized())
    return not (address or os.environ.get("RAY_ADDRESS") or connected)


@contextmanager
def connected(address: str | None, cpus: int) -> Iterator[Any]:
    """The module ray, connected; where the user has connected it already, as it is.

    Args:
        address: "ray://host:port", "host:port" or "auto"; nothing for that of RAY_ADDRESS, else for a cluster of this
            machine alone, started now and ended after.
        cpus: of that cluster.

    Yields:
        The module.

    Raises:
        ImportError: ray is not installed; says the command that installs it.
        ArgumentError: no cluster at the address.
    """
    try:
        import ray
    except ImportError as error:
        raise missing("the engine ray needs ray", "ray") from error
    if ray.is_initialized():
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what will change in Ray
            _connect(ray, address, cpus)
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:
        told = next(iter(str(error).splitlines()), type(error).__name__)
        raise ArgumentError("engine", f"ray at {address or 'this machine'} ({told})", "the address of a Ray cluster "
                            "that runs, of the same versions of Ray and Python, or none",
                            "A cluster that asks for a token needs RAY_AUTH_MODE=token") from error  # fmt: skip
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str | None, cpus: int) -> None:
    if address is not None:
        _require_answer(address)
        ray.init(address, **_QUIET)
        return
    asked = _STATISTICS in os.environ
    os.environ.setdefault(_STATISTICS, "0")
    try:
        ray.init("local", num_cpus=cpus, include_dashboard=False, **_QUIET)
    finally:
        if not asked:
            del os.environ[_STATISTICS]


def _require_answer(address: str) -> None:
    """Raise OSError at once where nothing answers at a host and port; Ray would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
