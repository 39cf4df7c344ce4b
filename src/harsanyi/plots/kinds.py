"""What a sample is, as far as pictures go: an image, a sentence, a cloud of points, or nothing that can be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.plots.source import Source, one_sample
from harsanyi.sample import SampleInteractions

Kind = Literal["image", "sentence", "points"]
_PICTURES: Mapping[Kind, str] = {
    "image": "top_patches and interaction_on_image",
    "sentence": "top_words and interaction_on_sentence",
    "points": "top_clusters and interaction_on_points",
}
_WORDS: Mapping[Kind, str] = {"image": "an image", "sentence": "a sentence", "points": "a point cloud"}
_CHANNELS = range(3, 10)  # of a point: x, y, z, and perhaps a normal and a colour


def sample_kind(sample: Source) -> Kind | None:
    """What the input of one sample is, told by its shape and the shape of its regions.

    Args:
        sample: one sample.

    Returns:
        "image", "sentence", "points", or nothing where it is none of them, or is not stored with its regions.

    Raises:
        ArgumentError: several samples.
    """
    sample = one_sample(sample)
    if sample.parent.inputs is None or sample.parent.regions is None:
        return None
    shape, regions = np.shape(sample.parent.inputs[sample.index]), stored_regions(sample)
    if sample.parent.inputs.dtype.kind == "U":
        return "sentence" if shape == () and regions.ndim == 1 else None
    if channel_axis(shape, regions.shape) is not None:
        return "points"
    if len(shape) == 2 or (len(shape) == 3 and shape[0] in (1, 3)):
        return "image" if same_in_every_channel(regions) else None
    return None


def require(sample: SampleInteractions, kind: Kind) -> None:
    """Refuse a sample of another kind.

    Raises:
        ArgumentError: it is of another kind, which is said with the pictures that fit; or of none.
    """
    found = sample_kind(sample)
    if found == kind:
        return
    parent = sample.parent
    if parent.inputs is None:
        raise ArgumentError("sample", "interactions without their samples", "interactions that keep them",
                            "Extract with keep_inputs=True")  # fmt: skip
    if parent.regions is None:
        raise ArgumentError("sample", "interactions without regions", f"interactions that `extract` made of {kind}s")
    shape = f"shape {parent.inputs.shape[1:]} with regions of shape {stored_regions(sample).shape}"
    fitting = f"{_PICTURES[found]} draw it" if found else "top_interactions draws every sample"
    raise ArgumentError("sample", _WORDS[found] if found else shape, _WORDS[kind], fitting)


def refuse_others(sample: SampleInteractions, kind: Kind) -> None:
    """Refuse a sample that is known to be of another kind."""
    if sample_kind(sample) not in (None, kind):
        require(sample, kind)


def stored_regions(sample: SampleInteractions) -> npt.NDArray[np.integer[Any]]:
    """Player of each value of a sample that has regions, -1 for none."""
    regions = sample.parent.regions
    assert regions is not None
    return np.asarray(regions[sample.index if len(regions) > 1 else 0])


def channel_axis(shape: tuple[int, ...], regions: tuple[int, ...]) -> int | None:
    """Which of the two dimensions of a cloud counts the channels; nothing where the shapes are not those of a cloud.

    Example:
        >>> channel_axis((1024, 3), (1024, 1)), channel_axis((3, 1024), (1, 1024)), channel_axis((28, 28), (28, 28))
        (1, 0, None)
    """
    if len(shape) != 2 or len(regions) != 2:
        return None
    fitting = (axis for axis in (0, 1) if shape[axis] in _CHANNELS and regions[axis] == 1 != shape[1 - axis])
    return next((axis for axis in fitting if regions[1 - axis] == shape[1 - axis]), None)


def same_in_every_channel(regions: npt.NDArray[np.integer[Any]]) -> bool:
    """Whether regions (..., height, width) are those of one image."""
    if regions.ndim < 2:
        return False
    planes = regions.reshape(-1, *regions.shape[-2:])
    return bool((planes == planes[0]).all())
