"""Is there room for what is about to be computed, and what becomes of room that is free again."""

from __future__ import annotations

import psutil
import torch

from harsanyi.core.errors import ArgumentError

_KEPT = 1 << 23  # bytes; outputs of a layer, for a batch of a small network, are smaller


def keep_freed_memory() -> None:
    """Let the C library keep memory that is freed, 16 MB at most, for what is needed next.

    By default glibc gives the memory of a layer's outputs back after each batch, and a small network spends a fifth of
    its time on getting it again. It keeps twice the largest block that was ever freed; this one is never written to.
    """
    block = torch.empty(_KEPT, dtype=torch.uint8)
    del block


def available_memory(device: torch.device) -> int:
    """Bytes that can still be allocated on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def _many(n: int) -> str:
    return f"{1 << n:,}" if n <= 64 else f"2**{n}"


def _gib(needed: int) -> str:
    bits = needed.bit_length()
    return f"{needed / 2**30:.1f} GiB" if bits <= 100 else f"2**{bits - 30} GiB"


def require_memory(needed: int, n: int, device: torch.device, argument: str, hint: str = "Take fewer players") -> None:
    """Refuse a computation over 2**n coalitions that cannot fit.

    Args:
        needed: bytes it will take.
        n: number of players.
        device: where.
        argument: the caller's argument that decides n.
        hint: how fewer players are taken.

    Raises:
        ArgumentError: less memory is available; says what n needs and what there is.
    """
    available = available_memory(device)
    if needed > available:
        raise ArgumentError(
            argument,
            f"n = {n} players, {_many(n)} coalitions a sample, which need {_gib(needed)}",
            f"what fits into the {available / 2**30:.1f} GiB available on {device}",
            f"{hint}, or fewer samples at once",
        )
