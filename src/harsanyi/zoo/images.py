"""Decode images into tensors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing


def decode_images(images: Iterable[Any], count: int, grey: bool, size: int | None) -> Tensor:
    """Images as one tensor; an image of another size is resized as a whole, its aspect ratio with it.

    Args:
        images: pictures of Pillow.
        count: number of images.
        grey: one channel, or three.
        size: height and width in pixels; nothing to keep the images as they are, all of one size.

    Returns:
        (count, 1 or 3, height, width), float32 in [0, 1].

    Raises:
        ArgumentError: images of different sizes, and no size given.
        ImportError: Pillow is not installed (says the command that installs it).
    """
    try:
        from PIL.Image import Resampling
    except ImportError as error:
        raise missing("images need Pillow", "data") from error
    channels = 1 if grey else 3
    decoded = torch.empty((count, channels, size or 0, size or 0))
    for index, image in enumerate(images):
        picture = image.convert("L" if grey else "RGB")
        if size is not None and picture.size != (size, size):
            picture = picture.resize((size, size), Resampling.BILINEAR)
        width, height = picture.size
        if index == 0:
            decoded = torch.empty((count, channels, height, width))
        elif decoded.shape[2:] != (height, width):
            first = f"{decoded.shape[3]} x {decoded.shape[2]}"
            given = f"nothing, for images of {first} and of {width} x {height} pixels"
            raise ArgumentError("image_size", given, "the size that all images are resized to, in pixels")
        pixels = np.array(picture, dtype=np.uint8).reshape(height, width, channels)
        decoded[index] = torch.from_numpy(pixels).permute(2, 0, 1) / 255
    return decoded
