"""The layers of a network along an axis, and how each looks where it is a line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil, radians, sin

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties

from harsanyi.plots.glyphs import as_it_stands, width_in_em
from harsanyi.plots.style import NAME_LENGTH, shortened, width_of
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE

MARK = "*"  # behind the name of a layer whose probe warns
_MARKERS = "os^Dv<>PXp"
_LINES = ("solid", "dashed", "dashdot", "dotted")
_SLOPE = 35.0  # degrees, of names that do not fit side by side
_SPACE = 1.0  # em, between names
_LINE = 10.0  # points


def layer_name(name: str, marked: bool = False) -> str:
    """Name of a layer as it is drawn.

    Example:
        >>> layer_name("encoder.layers.10.feed_forward.out"), layer_name("head", True)
        ('encoder.lay…_forward.out', 'head *')
    """
    return f"{shortened(' '.join(name.split()), NAME_LENGTH)}{f' {MARK}' if marked else ''}"


def layer_axis(ax: Axes, names: Sequence[str], marked: Collection[str] = (), room: float | None = None) -> int:
    """Make layers at 0, 1, 2, … the horizontal axis, their names sloping where they do not fit side by side.

    Names that would touch even so stand upright.

    Args:
        ax: whose.
        names: of the layers.
        marked: those whose probes warn.
        room: width of the axes in inches; nothing takes what a layout will give them.

    Returns:
        Lines of text that the names take in height.
    """
    texts = [layer_name(name, name in marked) for name in names]
    fonts = FontProperties(size=TICK_SIZE)
    widths = [(width_in_em(text, fonts) + _SPACE) * TICK_SIZE for text in texts]  # points
    apart = 72 * (width_of(ax) if room is None else room) / len(names)  # points
    slope = 0.0 if max(widths) <= apart else _SLOPE if apart * sin(radians(_SLOPE)) >= _LINE else 90.0
    ax.set_xticks(range(len(names)), texts, fontsize=TICK_SIZE, **as_it_stands("".join(texts)))
    for label in ax.get_xticklabels() if slope else []:
        label.set(rotation=slope, ha="right", va="center" if slope == 90 else "top", rotation_mode="anchor")
    ax.tick_params(axis="y", labelsize=TICK_SIZE)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_xlabel("layer", fontsize=LABEL_SIZE)
    return ceil(max(widths) * sin(radians(slope)) / _LINE) + 1


def layer_looks(count: int) -> list[tuple[str, str, str]]:
    """Colour, marker and line style of each of so many layers, dark the lowest."""
    shades = colormaps["viridis"](np.linspace(0, 0.85, max(count, 1)))
    return [(to_hex(shades[at]), _MARKERS[at % len(_MARKERS)], _LINES[at % len(_LINES)]) for at in range(count)]
