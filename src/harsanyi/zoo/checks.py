"""Checks of the arguments that the networks have in common."""

from __future__ import annotations

from harsanyi.core.errors import ArgumentError


def at_least(minimum: int, **arguments: int) -> None:
    """Refuse the first of the named arguments that is not a whole number of at least `minimum`."""
    for name, value in arguments.items():
        if not isinstance(value, int) or value < minimum:
            raise ArgumentError(name, repr(value), f"a whole number, {minimum} or more")


def image_side(image_size: int, multiple: int) -> None:
    """Refuse an image size that a network cannot halve as often as it does."""
    if not isinstance(image_size, int) or image_size < multiple or image_size % multiple:
        raise ArgumentError("image_size", repr(image_size), f"a positive multiple of {multiple}", "Pad or resize")
