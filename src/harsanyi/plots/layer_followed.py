"""The strongest interactions of a sample followed through the layers."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import FontProperties

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.analysis.transfer import Bools
from harsanyi.plots.glyphs import as_it_stands, drawable, fonts_for, width_in_em
from harsanyi.plots.layer_axis import layer_axis
from harsanyi.plots.style import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    axes_or_new,
    coalition_label,
    figure_of,
    finish,
    in_lines,
    number,
    width_of,
)
from harsanyi.plots.timeline import TICK_SIZE

_COLOURS = LinearSegmentedColormap.from_list("effects", [NEGATIVE, "white", POSITIVE])
_ROW, _COLUMN = 0.27, 0.62  # inches
_DARK = 0.6  # of the strongest effect, from which on letters are white
_NARROWEST = 3.4  # inches, of the map of a new figure
_MARGIN = 1.3  # inches above and below the map
_LEAST = 0.005  # what is written as more than 0
_NUMBERS = 0.4  # inches that a number needs


def followed_interactions(found: LayerByLayer, sample: int = 0, count: int = 10, ax: Axes | None = None) -> Axes:
    """The interactions of a sample that are the strongest in any layer, with their effect in every layer.

    Args:
        found: layers of one network.
        sample: position.
        count: how many interactions at most.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: interactions against layers, strongest on top; blue and a plus raise the score, vermillion and a
        minus lower it. Effects that are not salient are grey and in brackets.

    Raises:
        ArgumentError: no such sample; a count below 1.
    """
    table = found.follow(sample, count)
    effects = table.xs("effect", axis=1, level="what").to_numpy()
    salient = table.xs("salient", axis=1, level="what").to_numpy()
    names = found.layers[found.names[-1]].names[sample]
    labels = [f"{kind}: {coalition_label(coalition, names)}" for _, kind, _, coalition in table.index]
    fonts = fonts_for("".join(labels))
    labels = [drawable(label, fonts) for label in labels]
    size = FontProperties(family=fonts.get_family(), size=TICK_SIZE)
    widest = max((width_in_em(label, size) for label in labels), default=0.0) * TICK_SIZE / 72
    ax = axes_or_new(
        ax, widest + max(_COLUMN * len(found.names), _NARROWEST) + 0.4, _ROW * max(len(labels), 2) + _MARGIN
    )
    strongest = float(np.abs(effects).max(initial=0)) or 1.0
    shown = np.where(salient, effects, 0.0) if labels else np.zeros((1, len(found.names)))
    ax.imshow(shown, cmap=_COLOURS, vmin=-strongest, vmax=strongest, aspect="auto", interpolation="nearest")
    ax.set_yticks(range(len(labels)), labels, fontsize=TICK_SIZE, **as_it_stands("".join(labels)))
    figure_of(ax).draw_without_rendering()  # else nothing is known of the room that the names leave
    room = float(ax.bbox.width) / figure_of(ax).dpi
    layer_axis(ax, found.names, found.warnings, room)
    if room >= _NUMBERS * len(found.names):
        _write(ax, effects, salient, strongest)
    unit = "effects in the unit of each layer" if found.normalized else "effects in the unit of the scores"
    written = [
        in_lines(ax, text, share=room / width_of(ax))
        for text in (
            f"Strongest interactions of sample {sample}, layer by layer",
            f"{unit}; grey, in brackets: not salient",
        )
    ]
    finish(ax, *written)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def _write(ax: Axes, effects: Floats, salient: Bools, strongest: float) -> None:
    for (row, column), effect in np.ndenumerate(effects):
        counts, text = bool(salient[row, column]), number(float(effect), "+.2f")
        dark = counts and abs(effect) > _DARK * strongest
        written = text if counts else f"({text})" if abs(effect) >= _LEAST else "0"
        ax.text(column, row, written, ha="center", va="center", fontsize=TICK_SIZE - 1,
                color="white" if dark else "black" if counts else NEUTRAL)  # fmt: skip
