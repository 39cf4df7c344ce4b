"""What tensors hold, as a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def content_hash(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, dtypes, shapes and values of the tensors: the same whatever the kind of file.

    Args:
        state: tensors by name.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> content_hash({"a": torch.zeros(2)}) == content_hash({"a": torch.zeros(2)})
        True
    """
    whole = hashlib.sha256()
    for name in sorted(state):
        values = state[name].detach().cpu().contiguous()
        whole.update(f"{name};{values.dtype};{tuple(values.shape)};".encode())
        whole.update(values.reshape(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()
