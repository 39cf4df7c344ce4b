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
_STUDY, _DOOR = 0, 1  # bytes; those of units follow
_PATIENCE = 60.0  # seconds that another process may take to create or extend a study
_LOOK = 0.02


class Locks:
    """Bytes of one file, locked by this process: one for the study, one for its door, one for each unit.

    While a process works on a study it shares the first; to create or extend the study it takes it alone. Either is
    done behind the door, by one process at a time, so that of several that come at once one creates and the others
    join. Threads of one process do not keep each other out. Bytes are locked, not files of their own, since these
    would have to be removed without a race.

    Args:
        path: the file; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def enter(self) -> bool:
        """Shut the door behind this process; False where another one is behind it and does not come out."""
        return self._patiently(_DOOR, _PATIENCE)

    def leave(self) -> None:
        """Open the door to others."""
        self._unlock(_DOOR)

    def share(self) -> None:
        """Keep others from extending the study; behind the door."""
        self._lock(_STUDY, shared=True)

    def alone(self, patience: float = 0.0) -> bool:
        """Keep others out altogether, behind the door; False where they are at work and do not end in these seconds."""
        return self._patiently(_STUDY, patience)

    def claim(self, unit: str) -> bool:
        """Take a unit; False where another process has it."""
        return self._lock(_byte(unit), shared=False)

    def release(self, unit: str) -> None:
        """Let a unit go."""
        self._unlock(_byte(unit))

    def close(self) -> None:
        """Let everything go."""
        os.close(self._file)

    def _patiently(self, byte: int, patience: float) -> bool:
        until = time.monotonic() + patience
        while not self._lock(byte, shared=False):
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK)
        return True

    def _unlock(self, byte: int) -> None:
        if fcntl is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

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
    return _DOOR + 1 + int.from_bytes(hashlib.sha256(unit.encode()).digest()[:7], "big") // 2
