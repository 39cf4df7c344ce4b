"""Strength that flows from layer to layer: which is kept, which dies, which is born."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.plots.bands import samples_text
from harsanyi.plots.layer_axis import layer_axis
from harsanyi.plots.layer_parts import FACES, FORGET, NEW, OVERLAP, part_handles
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.style import AND_COLOUR, axes_or_new, finish, in_lines, number
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE

_HALF = 0.05  # layers, of the bar of a layer
_END = 0.42  # layers, from a bar to the tip of what dies or is born
_TIP = 0.08  # of the height, beyond the bar
_MOST = 8  # layers with numbers at the tips
_POINTS = 40
_ALPHA = 0.35


def layer_flow(found: LayerByLayer, ax: Axes | None = None) -> Axes:
    """Salient strength of each layer as a bar, and what becomes of it in the next one as bands.

    Args:
        found: layers of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: bands between the bars, what two layers share, as thick as its strength; tips that run down to the
        right, what the next layer forgets; tips that come from above on the left, what is new in it, each with its
        share of the bar. An effect that changes its sign is forgotten and new.

    Source: the step by step comparison of 2409.08712; the picture is ours.
    """
    ax = axes_or_new(ax, 7.0, 4.4)
    strength = found.to_next.strength.value[:, :, -1, -1]  # (layers - 1, part)
    heights = np.append(strength[:, 0] + strength[:, 1], strength[-1, 0] + strength[-1, 2])
    tip = _TIP * float(heights.max())
    for at, (shared, forgotten, new) in enumerate(strength):
        _band(ax, at, shared, forgotten)
        _dying(ax, at, forgotten, tip)
        above = float(heights[at : at + 2].max()) + tip
        _born(ax, at, shared + new, new, above)
        if len(found.names) <= _MOST:
            _label(ax, at + _HALF + _END, -tip, forgotten / heights[at] if heights[at] else 0.0, "−", "top")
            _label(ax, at + 1 - _HALF - _END, above, new / heights[at + 1] if heights[at + 1] else 0.0,
                   "+", "bottom")  # fmt: skip
    ax.bar(range(len(heights)), heights, width=2 * _HALF, color=AND_COLOUR, zorder=4)
    ax.set_ylim(-3 * tip, float(heights.max()) + 3 * tip)
    ax.set_yticks([each for each in ax.get_yticks() if 0 <= each <= heights.max()])
    ax.set_ylabel("strength of salient interactions", fontsize=LABEL_SIZE)
    lines = layer_axis(ax, found.names, found.warnings)
    add_legend_below(ax, part_handles("not in the layer before", "not in the next layer", "with the next layer"), lines)
    unit = ", in the unit of each layer" if found.normalized else ""
    subtitle = f"{samples_text([found.samples], 'mean of ')}{unit}"
    return finish(ax, in_lines(ax, "From layer to layer: kept, forgotten, new"), in_lines(ax, subtitle))


def _band(ax: Axes, at: int, shared: float, forgotten: float) -> None:
    """What is kept: above what dies on the left, below what is born on the right."""
    x, course = _course(at + _HALF, at + 1 - _HALF)
    low = forgotten * (1 - course)
    face = FACES[OVERLAP]["facecolor"]
    ax.fill_between(x, low, low + shared, facecolor=face, edgecolor=face, alpha=_ALPHA, linewidth=0.6, zorder=2)


def _dying(ax: Axes, at: int, forgotten: float, tip: float) -> None:
    x, course = _course(at + _HALF, at + _HALF + _END)
    low, high = -tip * course, forgotten * (1 - course) - tip * course
    ax.fill_between(x, low, high, linewidth=0.6, zorder=3, **FACES[FORGET])


def _born(ax: Axes, at: int, height: float, new: float, above: float) -> None:
    x, course = _course(at + 1 - _HALF - _END, at + 1 - _HALF)
    high = above + (height - above) * course
    ax.fill_between(x, high - new * course, high, linewidth=0.6, zorder=3, **FACES[NEW])


def _course(start: float, end: float) -> tuple[Floats, Floats]:
    """Places from start to end, and a smooth course from 0 to 1 along them."""
    part = np.linspace(0, 1, _POINTS)
    return start + (end - start) * part, part**2 * (3 - 2 * part)


def _label(ax: Axes, x: float, y: float, share: float, sign: str, align: str) -> None:
    if share > 0:
        text = f"{sign}{number(100 * share, '.0f')} %"
        ax.annotate(text, (x, y), xytext=(0, 2 if align == "bottom" else -2), textcoords="offset points", ha="center",
                    va=align, fontsize=TICK_SIZE)  # fmt: skip
