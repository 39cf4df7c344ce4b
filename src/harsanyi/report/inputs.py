"""A sample as a page can draw it: an image, a sentence, a cloud of points, or a row of a table, as JSON."""

from __future__ import annotations

import base64
import io
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.plots.image import pixels_of, regions_of
from harsanyi.plots.kinds import channel_axis, sample_kind, stored_regions
from harsanyi.sample import SampleInteractions

SIDE = 96  # pixels of an image, at most; a larger one is thinned out
_POINTS = 500  # of a cloud
_NOBODY = 255  # a pixel of no player
_VIEW = np.radians((20.0, -60.0))  # over the ground, and around the axis that points up


def drawn(sample: SampleInteractions) -> dict[str, Any]:
    """What a page needs to draw one sample and to take its players away.

    Returns:
        "kind" ("image", "sentence", "points", "table" or "names") and what that kind has: of an image "png" (data URI),
        "width", "height" and "regions" (base64, a byte a pixel, 255 for no player); of a sentence "runs" (text and
        player, -1 for none); of a cloud "points" (x, y, both 0 to 1) and "players"; of a row "values" (a text a
        player).
    """
    kind = sample_kind(sample)
    makers = {"image": _image, "sentence": _sentence, "points": _points}
    return {"kind": kind, **makers[kind](sample)} if kind is not None else _row(sample)


def thumbnail(sample: SampleInteractions) -> str:
    """The image that a sample is, as a data URI; "" of any other."""
    return str(_image(sample)["png"]) if sample_kind(sample) == "image" else ""


def _image(sample: SampleInteractions) -> dict[str, Any]:
    from matplotlib.image import imsave

    pixels, regions = pixels_of(sample), regions_of(sample)
    height, width = (max(1, size // (-(-max(pixels.shape[:2]) // SIDE))) for size in pixels.shape[:2])
    pixels = _thinned(pixels, height, width)
    buffer = io.BytesIO()
    imsave(buffer, pixels, cmap="gray", vmin=0, vmax=1, format="png")
    players = np.where(regions < 0, _NOBODY, regions)
    return {"png": f"data:image/png;base64,{_text(buffer.getvalue())}", "width": width, "height": height,
            "regions": _text(_thinned(players, height, width).astype(np.uint8).tobytes())}  # fmt: skip


def _thinned(values: npt.NDArray[Any], height: int, width: int) -> npt.NDArray[Any]:
    """Every so many pixels, so that a number of them are left; fewer are repeated."""
    rows, columns = (np.arange(new) * old // new for new, old in zip((height, width), values.shape, strict=False))
    return np.asarray(values[np.ix_(rows, columns)])


def _sentence(sample: SampleInteractions) -> dict[str, Any]:
    assert sample.parent.inputs is not None
    players = stored_regions(sample).tolist()
    letters = zip(str(sample.parent.inputs[sample.index]), players, strict=False)  # players of shorter ones are padded
    return {"runs": [("".join(letter for letter, _ in run), player)
                     for player, run in groupby(letters, key=lambda pair: pair[1])]}  # fmt: skip


def _points(sample: SampleInteractions) -> dict[str, Any]:
    regions = stored_regions(sample)
    values = np.asarray(sample.parent.inputs, dtype=np.float64)[sample.index]
    cloud = (values.T if channel_axis(values.shape, regions.shape) == 0 else values)[:, :3]
    kept = np.linspace(0, len(cloud) - 1, min(_POINTS, len(cloud))).astype(np.int64)
    above, around = _VIEW
    x, y, z = (cloud[kept] - cloud.mean(0)).T
    across = -np.sin(around) * x + np.cos(around) * y
    towards = np.cos(around) * x + np.sin(around) * y
    flat = np.stack((across, np.sin(above) * towards - np.cos(above) * z), 1)  # down is positive
    radius = np.abs(flat).max(initial=0.0) or 1.0
    return {"points": np.round(0.5 + 0.48 * flat / radius, 3).tolist(), "players": regions.ravel()[kept].tolist()}


def _row(sample: SampleInteractions) -> dict[str, Any]:
    inputs = sample.parent.inputs
    values = None if inputs is None or inputs.dtype.kind not in "fiub" else np.asarray(inputs[sample.index])
    if values is None or sample.parent.regions is None or values.ndim != 1:
        return {"kind": "names"}
    regions = stored_regions(sample)
    if regions.shape != values.shape:
        return {"kind": "names"}
    own = [", ".join(f"{value:.4g}" for value in values[regions == player]) for player in range(len(sample.names))]
    return {"kind": "table", "values": [text.replace("-", "−") for text in own]}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
