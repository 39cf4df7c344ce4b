"""The exceptions and warnings of the whole package."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class HarsanyiError(Exception):
    """Base class of every exception that this package raises on purpose."""


class ArgumentError(HarsanyiError, ValueError):
    """An argument that cannot be used: which one, what was given, what is accepted, what to do.

    Args:
        argument: name of the argument as the caller wrote it.
        given: what was given.
        accepted: what is accepted.
        hint: what to do about it, a sentence, or nothing.

    Example:
        >>> print(ArgumentError("max_gap", -1, "a number in (0, 1]"))
        max_gap: given -1; accepted: a number in (0, 1]
    """

    def __init__(self, argument: str, given: object, accepted: str, hint: str = "") -> None:
        self.argument, self._rest = argument, (given, accepted, hint)
        super().__init__(f"{argument}: given {given}; accepted: {accepted}" + (f". {hint}" if hint else ""))

    def renamed(self, argument: str) -> ArgumentError:
        """The same, where the caller wrote the argument by another name."""
        return ArgumentError(argument, *self._rest)


def did_you_mean(name: str, known: Iterable[str], most: int = 1) -> str:
    """A hint at the names that are near an unknown one; empty where none is.

    Example:
        >>> did_you_mean("hiden", ["hidden", "head"])
        "Did you mean 'hidden'?"
    """
    near = get_close_matches(name, list(known), most)
    return f"Did you mean {', '.join(map(repr, near))}?" if near else ""


class NetworkError(HarsanyiError, RuntimeError):
    """The network could not be run on a masked batch, or returned what cannot be scored."""


class NotConvergedWarning(UserWarning):
    """Some samples kept a larger certified gap than was asked for."""
