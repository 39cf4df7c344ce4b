"""What each layer shares with the last one, what the last one forgets, and what is new in it, by order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.plots.bands import samples_text
from harsanyi.plots.glyphs import as_it_stands
from harsanyi.plots.layer_axis import MARK, layer_name
from harsanyi.plots.legend import add_legend
from harsanyi.plots.orders import order_axis
from harsanyi.plots.parts import name_sides, named_limits, unsigned
from harsanyi.plots.style import NEGATIVE, POSITIVE, REFERENCE, arranged, new_figure, number
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE

OVERLAP, FORGET, NEW = "shared", "forgotten", "new"
FACES: Mapping[str, dict[str, Any]] = {
    OVERLAP: {"facecolor": POSITIVE, "edgecolor": POSITIVE},
    FORGET: {"facecolor": "white", "edgecolor": NEGATIVE, "hatch": "..."},
    NEW: {"facecolor": "white", "edgecolor": REFERENCE, "hatch": "/////"},
}
_COLUMNS = 4
_WIDTH, _HEIGHT = 1.75, 2.1  # inches, of a panel
_NARROWEST = 4.2  # inches, of a new figure, for its title


def layer_parts(found: LayerByLayer, figure: Figure | None = None) -> Figure:
    """Strength of each layer by order, stacked: shared with the last layer, forgotten by it, new in it.

    Args:
        found: layers of one network.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure, a panel a layer below the last: AND upwards, OR downwards, the mean over the samples. Filled: both
        layers have it; dotted: the layer alone; hatched: the last layer alone.

    Source: the figure by order of 2409.08712.
    """
    below = found.names[:-1]
    rows = -(-len(below) // _COLUMNS)
    columns = -(-len(below) // rows)
    if figure is None:
        figure = new_figure(max(_WIDTH * columns, _NARROWEST), _HEIGHT * rows + 1.0)
    figure = arranged(figure)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    top = found.to_last.strength.value[:-1, :, :2, :-1].sum(1).max((0, 2))  # of AND and of OR
    for at, ax in enumerate(axes[: len(below)]):
        _draw(ax, found, at)
        order_axis(ax, found.n, 6)
        named_limits(ax, -float(top[1]), float(top[0]))
        unsigned(ax, 6)
        name_sides(ax, "AND", "OR")
        if at + columns >= len(below):
            ax.set_xlabel("order", fontsize=LABEL_SIZE)
            ax.tick_params(labelbottom=True)
        if at % columns == 0:
            ax.set_ylabel("strength", fontsize=LABEL_SIZE)
    for ax in axes[len(below) :]:
        ax.set_visible(False)
    last = layer_name(found.names[-1])
    title = f"Each layer against {last}, by order; {samples_text([found.samples], 'mean of ')}"
    figure.suptitle(title, fontsize=LABEL_SIZE + 1, **as_it_stands(title))
    handles = part_handles(f"in {last} alone", "in the layer alone", "in both")
    if any(name in found.warnings for name in below):
        handles[f"{MARK} the probe warns"] = Patch(alpha=0)
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def part_handles(new: str, forgotten: str, shared: str) -> dict[str, Artist]:
    """What the three parts are, for a legend."""
    meant = {OVERLAP: shared, FORGET: forgotten, NEW: new}
    return {f"{part}: {meaning}": Patch(**FACES[part]) for part, meaning in meant.items()}


def _draw(ax: Axes, found: LayerByLayer, at: int) -> None:
    order = np.arange(1, found.n + 1)
    for row, direction in enumerate((1, -1)):
        bottom = np.zeros(found.n)
        for part, face in enumerate(FACES.values()):
            height = found.to_last.strength.value[at, part, row, :-1]
            ax.bar(order, direction * height, bottom=direction * bottom, linewidth=0.6, **face)
            bottom = bottom + height
    ax.axhline(0, color="black", linewidth=0.8)
    ax.tick_params(labelsize=TICK_SIZE)
    ax.spines[["top", "right"]].set_visible(False)
    name = found.names[at]
    complete, redundant = (_percent(single.value[at]) for single in (found.completeness, found.redundancy))
    title = f"{layer_name(name, name in found.warnings)}\ncomplete {complete}\nredundant {redundant}"
    ax.set_title(title, fontsize=TICK_SIZE, loc="left", **as_it_stands(title))


def _percent(share: float) -> str:
    return "unknown" if np.isnan(share) else f"{number(100 * float(share), '.0f')} %"
