"""Validated objects from mappings, such as those of a YAML file: an unknown name lists the known ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, TypeGuard, TypeVar

from harsanyi.core.errors import ArgumentError, did_you_mean

Options = TypeVar("Options")


def from_options(kind: type[Options], options: Any, argument: str) -> Options:
    """An object of a dataclass from a mapping with the same names; what is left out is the default.

    Args:
        kind: a dataclass that checks its own values.
        options: the mapping.
        argument: how the caller calls it, for messages.

    Returns:
        The object.

    Raises:
        ArgumentError: no mapping, an unknown name (says the near one and lists all with their defaults), a name
            without default left out, or a value that the class refuses.

    Example:
        >>> from harsanyi.core.salience import ScoreRange
        >>> from_options(ScoreRange, {"share": 0.05}, "salience")
        ScoreRange(share=0.05)
    """
    if not isinstance(options, Mapping):
        raise ArgumentError(argument, repr(options), "a mapping from names to values")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in options:
        if name not in known:
            listed = ", ".join(map(told, known.values()))
            raise ArgumentError(argument, repr(name), listed, did_you_mean(str(name), known))
    lacking = [name for name, field in known.items() if _required(field) and name not in options]
    if lacking:
        raise ArgumentError(f"{argument}.{lacking[0]}", "nothing", "a value: it has no default")
    return kind(**options)


def told(field: Field[Any]) -> str:
    """A field with its default, as messages list it.

    Example:
        >>> from harsanyi.core.salience import ScoreRange
        >>> told(fields(ScoreRange)[0])
        'share=0.03'
    """
    if _required(field):
        return f"{field.name} (required)"
    factory: Any = field.default_factory
    default = field.default if field.default is not MISSING else factory()
    return f"{field.name}={default!r}"


def is_whole(value: object, least: int = 0) -> TypeGuard[int]:
    """Whether a value is a whole number of at least `least`; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def require_whole(least: int = 1, /, **numbers: object) -> None:
    """Refuse what is no whole number of at least `least`, by the names of the arguments.

    Raises:
        ArgumentError: says which.

    Example:
        >>> require_whole(0, seed=0, limit=3)
    """
    for argument, value in numbers.items():
        if not is_whole(value, least):
            raise ArgumentError(argument, repr(value), f"a whole number >= {least}")


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
