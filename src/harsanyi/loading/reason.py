"""Why a file cannot be read, in words of ours."""

from __future__ import annotations


def reason(error: Exception) -> str:
    """What went wrong, without numbers of the system and without the path again.

    Args:
        error: that reading a file raised.

    Returns:
        A few words.

    Example:
        >>> reason(FileNotFoundError(2, "No such file or directory", "a.csv")), reason(ValueError("no columns"))
        ('no such file', 'no columns')
    """
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
