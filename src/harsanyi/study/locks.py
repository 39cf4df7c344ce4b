"""Locks of a study, which the operating system lets go when a process ends, however it ends."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from pathlib import Path
from types import ModuleType

try:
    import fcntl as _fcntl
except ImportError:  # not a POSIX system: runs do not see each other, and may do one unit twice, with equal results
    _fcntl = None  # type: ignore[assignment]

fcntl: ModuleType | None = _fcntl
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_PATIENCE = 30.0  # seconds that another process may take to create or extend a study


class Locks:
    """Byte ranges of one file, locked by this process: byte 0 stands for the study, another byte for each unit.

    While a process works on a study it shares byte 0; to create or extend the study it takes that byte alone. Ranges
    of bytes are locked, not files of their own, since these would have to be removed without a race.

    Args:
        path: the file; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def share(self) -> bool:
        """Keep others from extending the study; False where one is doing so and does not end."""
        return self._patiently(shared=True)

    def alone(self) -> bool:
        """Keep others out altogether; False where they are at work."""
        return self._lock(0, shared=False)

    def claim(self, unit: str) -> bool:
        """Take a unit; False where another process has it."""
        return self._lock(_byte(unit), shared=False)

    def release(self, unit: str) -> None:
        """Let a unit go."""
        if fcntl is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _byte(unit))

    def close(self) -> None:
        """Let everything go."""
        os.close(self._file)

    def _patiently(self, shared: bool) -> bool:
        until = time.monotonic() + _PATIENCE
        while not self._lock(0, shared):
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def _lock(self, byte: int, shared: bool) -> bool:
        if fcntl is None:
            return True
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.lockf(self._file, kind | fcntl.LOCK_NB, 1, byte)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EAGAIN):
                return False
            if error.errno in _UNSUPPORTED:  # as without fcntl
                return True
            raise
        return True


def _byte(unit: str) -> int:
    """A byte of the file, far beyond its end, for a unit."""
    return 1 + int.from_bytes(hashlib.sha256(unit.encode()).digest()[:7], "big") // 2
