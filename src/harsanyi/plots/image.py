"""What there is to draw of an image sample: its pixels, its regions, and the borders between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.plots.kinds import refuse_others, same_in_every_channel, stored_regions
from harsanyi.sample import SampleInteractions

_ACCEPTED = "an image (height, width) or (channels, height, width) with 1 or 3 channels"


def pixels_of(sample: SampleInteractions, image: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """The image, or else the sample, stretched to the range 0 to 1.

    Args:
        sample: whose input is drawn where no image is given.
        image: (height, width) or (channels, height, width) with 1 or 3 channels, in any range.

    Returns:
        (height, width) or (height, width, 3).

    Raises:
        ArgumentError: the samples were not kept, or this is no such image (says which pictures fit).
    """
    inputs = sample.parent.inputs
    if image is None and inputs is None:
        raise ArgumentError("sample", "interactions without their samples", "interactions that keep them",
                            "Extract with keep_inputs=True, or give the image")  # fmt: skip
    if image is None:
        refuse_others(sample, "image")
    values = np.asarray(inputs[sample.index] if image is None and inputs is not None else image, dtype=np.float64)
    if values.ndim == 3 and len(values) in (1, 3):
        values = values[0] if len(values) == 1 else np.moveaxis(values, 0, -1)
    elif values.ndim != 2:
        raise ArgumentError("sample" if image is None else "image", f"shape {values.shape}", _ACCEPTED)
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def regions_of(sample: SampleInteractions) -> npt.NDArray[np.integer[Any]]:
    """Player of each pixel, -1 for none, (height, width).

    Raises:
        ArgumentError: the regions are not stored, are not those of an image, or differ between the channels.
    """
    if sample.parent.regions is None:
        raise ArgumentError("sample", "interactions without regions", "interactions that `extract` made of images")
    refuse_others(sample, "image")
    regions = stored_regions(sample)
    if not same_in_every_channel(regions):
        raise ArgumentError("sample", f"regions of shape {regions.shape}", "regions (height, width) of an image",
                            "A picture needs players that are patches, the same in every channel")  # fmt: skip
    return np.asarray(regions.reshape(-1, *regions.shape[-2:])[0])


def borders(
    regions: npt.NDArray[np.integer[Any]], height: int, width: int
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Straight lines between different regions, and around those at the rim.

    Args:
        regions: number of the region of each cell, -1 for none.
        height: of the image that the regions are stretched over, in pixels.
        width: likewise.

    Returns:
        Pairs of end points (x, y), in the pixel coordinates of matplotlib (the first pixel's centre is 0, 0).
    """
    padded = np.pad(regions, 1, constant_values=-1)
    x, y = width / regions.shape[1], height / regions.shape[0]
    upright = _runs((padded[1:-1, 1:] != padded[1:-1, :-1]).T)
    level = _runs(padded[1:, 1:-1] != padded[:-1, 1:-1])
    lines = [((at * x, start * y), (at * x, end * y)) for at, start, end in upright]
    lines += [((start * x, at * y), (end * x, at * y)) for at, start, end in level]
    return [((x0 - 0.5, y0 - 0.5), (x1 - 0.5, y1 - 0.5)) for (x0, y0), (x1, y1) in lines]


def _runs(marked: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Row, start and end (exclusive) of every run of marked cells along the rows."""
    steps = np.diff(np.pad(marked.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, ends = np.argwhere(steps == 1), np.argwhere(steps == -1)
    return [(int(row), int(start), int(end)) for (row, start), (_, end) in zip(starts, ends, strict=True)]
