"""Completeness or redundancy of every layer at every checkpoint, as colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from harsanyi.analysis.layer_course import LayerCourse
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.plots.bands import samples_text
from harsanyi.plots.glyphs import as_it_stands
from harsanyi.plots.layer_axis import layer_name
from harsanyi.plots.style import axes_or_new, figure_of, finish, in_lines
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline

_TITLES = {
    "completeness": "What each layer knows of the last one, over the training",
    "redundancy": "What each layer carries needlessly, over the training",
}
_MISSING = "#B0B0B0"  # of a hatch
_LIGHT = 0.6  # from which on colours are light
_WIDE = 0.36  # inches, a cell with a number


@dataclass(frozen=True)
class LayerCoursePlots:
    """Pictures of layers over a training."""

    _found: LayerCourse

    def layer_heat_map(self, value: str = "completeness", ax: Axes | None = None) -> Axes:
        """Completeness or redundancy as colours, see `harsanyi.plots.layer_heat_map`."""
        return layer_heat_map(self._found, value, ax)


def layer_heat_map(found: LayerCourse, value: str = "completeness", ax: Axes | None = None) -> Axes:
    """Completeness or redundancy of every layer at every checkpoint, as colours.

    Args:
        found: layers over one training.
        value: "completeness" or "redundancy".
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: checkpoints, evenly spaced, against layers, the last on top; light is much; shares in percent where
        they fit. Hatched: a layer without salient effects.

    Raises:
        ArgumentError: another value.
    """
    if value not in _TITLES:
        raise ArgumentError("value", repr(value), ", ".join(_TITLES), did_you_mean(str(value), _TITLES))
    shares = getattr(found, value).value.T  # (layers, checkpoints)
    ax = axes_or_new(ax, 6.5, 0.34 * len(found.names) + 1.7)
    ax.patch.set(facecolor="white", edgecolor=_MISSING, hatch="////")  # seen where there is no value
    image = ax.imshow(shares, vmin=0, vmax=1, cmap="viridis", origin="lower", aspect="auto", interpolation="nearest")
    bar = figure_of(ax).colorbar(image, ax=ax, format=FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    bar.set_label(value, fontsize=LABEL_SIZE)
    bar.ax.tick_params(labelsize=TICK_SIZE)
    names = [layer_name(name) for name in found.names]
    ax.set_yticks(range(len(names)), names, **as_it_stands("".join(names)))
    Timeline(found.steps, found.unit).draw(ax)
    figure_of(ax).draw_without_rendering()  # else nothing is known of the room that names and colours leave
    if float(ax.bbox.width) / figure_of(ax).dpi >= _WIDE * len(found.steps):
        for (row, column), share in np.ndenumerate(shares):
            if not np.isnan(share):
                ax.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=TICK_SIZE,
                        color="black" if share > _LIGHT else "white")  # fmt: skip
    return finish(ax, in_lines(ax, _TITLES[value]), samples_text([found.samples]))
