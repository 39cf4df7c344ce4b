"""Is a device there?"""

from __future__ import annotations

import torch

from harsanyi.core.errors import ArgumentError


def device_here(name: str) -> torch.device:
    """The device of this name, tried.

    Args:
        name: as torch names it: "cpu", "cuda", "cuda:1", "mps".

    Returns:
        The device.

    Raises:
        ArgumentError: torch does not know it, or does not find it on this machine.

    Example:
        >>> device_here("cpu")
        device(type='cpu')
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except Exception as error:  # AssertionError, RuntimeError or NotImplementedError, by the device
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArgumentError("device", f"{name} ({told})", "a device that torch finds on this machine") from error
    return device


def check_device_name(name: object) -> None:
    """Refuse what is no name of a device; the device itself may be on another machine.

    Args:
        name: as torch names it.

    Raises:
        ArgumentError: no text, or a name that torch does not know.
    """
    try:
        if not isinstance(name, str):
            raise RuntimeError
        torch.device(name)
    except RuntimeError as error:
        raise ArgumentError("device", repr(name), 'a name that torch knows, such as "cpu" or "cuda:1"') from error


def is_here(name: str) -> bool:
    """Whether a device is there."""
    try:
        device_here(name)
    except ArgumentError:
        return False
    return True
