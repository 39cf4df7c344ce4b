"""What to say when a package of an extra is not installed."""

from __future__ import annotations


def missing(need: str, extra: str) -> ImportError:
    """The error that says which command installs what is missing.

    Args:
        need: what needs which packages, in words.
        extra: of this package, which installs them.

    Example:
        >>> print(missing("the digits need scikit-learn", "demo"))
        the digits need scikit-learn: pip install 'harsanyi[demo]'
    """
    return ImportError(f"{need}: pip install 'harsanyi[{extra}]'")
