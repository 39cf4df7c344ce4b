"""What to say when a package of an extra is not installed."""

from __future__ import annotations


def missing(what: str, packages: str, extra: str) -> ImportError:
    """The error that says which command installs what is missing.

    Example:
        >>> print(missing("the digits", "scikit-learn", "demo"))
        the digits need scikit-learn: pip install 'harsanyi[demo]'
    """
    return ImportError(f"{what} need {packages}: pip install 'harsanyi[{extra}]'")
