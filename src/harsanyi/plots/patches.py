"""An image with the patches of an interaction marked on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from harsanyi.plots.image import borders, pixels_of, regions_of
from harsanyi.plots.legend import outlines
from harsanyi.plots.panels import Look, top_panels
from harsanyi.plots.source import Source, chosen, one_sample
from harsanyi.plots.style import OUTLINE, axes_or_new, effect_title, noun_of, sign_colour

_TINT, _TINT_ON_COLOUR = 0.4, 0.25  # opacity
_PANEL = 2.1  # inches
THIN = "#4D4D4D"
_COLUMNS = 5


def interaction_on_image(
    sample: Source,
    players: int | str | tuple[int | str, ...],
    kind: str = "AND",
    image: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A sample with the patches of one interaction tinted and outlined, and the effect as title.

    Args:
        sample: one sample, extracted with players that are regions of an image.
        players: of the interaction, names or numbers, as in `sample[players]`.
        kind: "AND" (solid outline) or "OR" (dashed outline).
        image: what to draw, (height, width) or (channels, height, width) with 1 or 3 channels in any range; nothing
            draws the sample. Regions of another size (of a layer's feature map, say) are stretched over it.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes, in pixels. Patches that are players, but not of this interaction, have a thin outline.

    Raises:
        ArgumentError: several samples; unknown players or none; interactions without the samples or regions; samples
            that are no images (says which pictures fit them).
    """
    sample = one_sample(sample)
    numbers, effect = chosen(sample, players, kind)
    pixels, regions = pixels_of(sample, image), regions_of(sample)
    ax = _draw(pixels, regions, axes_or_new(ax, 3.0, 3.2), numbers, kind, effect)
    ax.set_title(effect_title(kind, len(numbers), noun_of(sample.names, "region"), effect), fontsize="medium")
    return ax


def top_patches(sample: Source, k: int = 4, image: npt.ArrayLike | None = None, figure: Figure | None = None) -> Figure:
    """The k strongest interactions of a sample, each a panel with its patches or other regions marked on the image.

    Args:
        sample: one sample, extracted with players that are regions of an image.
        k: how many, >= 1; effects that are 0 are left out.
        image: what to draw, as for `interaction_on_image`.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure; `figure.axes` are the panels, strongest first. Up to three players are named below their panel.

    Raises:
        ArgumentError: as for `interaction_on_image`; k below 1.
    """
    sample = one_sample(sample)
    pixels, regions = pixels_of(sample, image), regions_of(sample)
    aspect = pixels.shape[0] / pixels.shape[1]
    look = Look(noun_of(sample.names, "region"), _PANEL, aspect, _COLUMNS, outlines())
    return top_panels(sample, k, figure, look, partial(_draw, pixels, regions))


def _draw(
    pixels: npt.NDArray[np.float64],
    regions: npt.NDArray[np.integer[Any]],
    ax: Axes,
    players: Sequence[int],
    kind: str,
    effect: float,
) -> Axes:
    """Draw the image, a tint over the regions of these players, and the outlines."""
    height, width = pixels.shape[:2]
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    colour = sign_colour(effect)
    mask = np.isin(regions, players)
    tint = np.zeros((*mask.shape, 4))
    tint[mask] = to_rgba(colour, _TINT if pixels.ndim == 2 else _TINT_ON_COLOUR)
    ax.imshow(pixels, cmap="gray", vmin=0, vmax=1, extent=extent, interpolation="nearest")
    ax.imshow(tint, extent=extent, interpolation="nearest")
    outline = borders(np.where(mask, 0, -1), height, width)
    others = borders(regions, height, width)
    for lines, line_colour, line_width, style in (
        (others, to_rgba("white", 0.8), 1.8, "solid"),  # seen on dark images, as the next is on light ones
        (others, THIN, 0.7, "solid"),
        (outline, "white", 4.0, "solid"),
        (outline, colour, 2.2, OUTLINE[kind]),
    ):
        drawn = LineCollection(lines, colors=line_colour, linewidths=line_width, linestyles=style, clip_on=False)
        ax.add_collection(drawn, autolim=False)
    ax.set_axis_off()
    return ax
