"""Warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the first line outside this package that led here.

    Args:
        message: what to say.
        category: of the warning.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "harsanyi":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
