"""The two layouts of point clouds."""

from __future__ import annotations

from torch import Tensor

from harsanyi.core.errors import ArgumentError


def channels_first(points: Tensor) -> Tensor:
    """Clouds as convolutions take them, (batch, 3, points).

    Args:
        points: (batch, 3, points) or (batch, points, 3).

    Returns:
        (batch, 3, points).

    Raises:
        ArgumentError: neither.
    """
    if points.ndim == 3 and 3 in points.shape[1:]:
        return points if points.shape[1] == 3 else points.transpose(1, 2)
    raise ArgumentError("points", f"shape {tuple(points.shape)}", "(batch, 3, points) or (batch, points, 3)")
