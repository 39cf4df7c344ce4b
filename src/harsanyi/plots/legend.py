"""What colours, outlines and marks mean, in a small legend below the panels of a picture, or below axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from harsanyi.plots.glyphs import as_it_stands, width_in_em
from harsanyi.plots.style import AND_COLOUR, MEANING, NEGATIVE, OUTLINE, POSITIVE, figure_of, width_of

SIZE = 8.0  # points
_HANDLE, _SPACE, _MARGIN = 2.0, 2.0, 2.0  # em: a handle; between its text and its neighbours; around a line
_LINE = 1.7  # em
_BELOW, _TICK_LINE = 36.0, 12.0  # points: from axes down to a legend below them; more of it a line of their ticks
_STYLE: Mapping[str, Any] = {
    "fontsize": SIZE, "frameon": False, "handlelength": _HANDLE, "columnspacing": 1.2, "borderaxespad": 0.2,
    "labelspacing": 0.3,
}  # fmt: skip
_RAISES, _LOWERS = "raises the score", "lowers the score"
_TEXTS = (_RAISES, _LOWERS, *MEANING.values())


def outlines() -> list[Artist]:
    """Handles of coloured regions and words: solid outlines for AND, dashed ones for OR."""
    signs = [Patch(facecolor=(colour, 0.4), edgecolor=colour) for colour in (POSITIVE, NEGATIVE)]
    kinds = [Line2D([], [], color=AND_COLOUR, linewidth=1.6, linestyle=OUTLINE[kind]) for kind in MEANING]
    return [*signs, *kinds]


def triangles() -> list[Artist]:
    """Handles of coloured points: upright where they raise the score, filled for AND, open for OR."""
    signs = [_triangle(mark, colour, colour) for mark, colour in (("^", POSITIVE), ("v", NEGATIVE))]
    return [*signs, *(_triangle("^", AND_COLOUR, face) for face in (AND_COLOUR, "white"))]


def legend_height(width: float, texts: Sequence[str] = _TEXTS) -> float:
    """Height of the legend of a figure of this width, both in inches."""
    return (_LINE * -(-len(texts) // _columns(width, texts)) + 1) * SIZE / 72


def add_legend(figure: Figure, handles: Sequence[Artist], texts: Sequence[str] = _TEXTS) -> None:
    """Add a legend at the bottom of a figure, and see that its layout leaves room for it."""
    width, height = figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi
    engine = figure.get_layout_engine()
    if isinstance(engine, TightLayoutEngine):
        engine.set(rect=(0, min(0.5, legend_height(width, texts) / height), 1, 1))
    outside = isinstance(engine, ConstrainedLayoutEngine)
    figure.legend(
        handles, texts, loc="outside lower center" if outside else "lower center", ncols=_columns(width, texts),
        **_STYLE,
    )  # fmt: skip


def add_legend_below(ax: Axes, handles: Mapping[str, Artist], lines: int = 1) -> None:
    """Add a legend below axes, their numbers and their label; a constrained layout leaves room for it.

    Args:
        ax: whose.
        handles: what is explained, by the texts, which are drawn as they stand.
        lines: of text of the longest tick label.
    """
    figure = figure_of(ax)
    down = ScaledTranslation(0, -(_BELOW + _TICK_LINE * (lines - 1)) / 72, figure.dpi_scale_trans)
    drawn = ax.legend(
        list(handles.values()), list(handles), loc="upper center", bbox_to_anchor=(0.5, 0.0),
        bbox_transform=ax.transAxes + down, ncols=_columns(width_of(ax), list(handles)), **_STYLE,
    )  # fmt: skip
    for text in drawn.get_texts():
        text.set(**as_it_stands(text.get_text()))


def _triangle(mark: str, colour: str, face: str) -> Any:
    return Line2D([], [], linestyle="", marker=mark, color=colour, markerfacecolor=face, markersize=6)


def _columns(width: float, texts: Sequence[str]) -> int:
    """In how many columns the legend fits, as even ones as can be: of four texts 4, 2 or 1."""
    widths = [width_in_em(text, FontProperties(size=SIZE)) + _HANDLE + _SPACE for text in texts]
    room = 72 * width / SIZE - _MARGIN
    counts = [-(-len(texts) // lines) for lines in range(1, len(texts) + 1)]
    # a column is as wide as its widest text; the texts run down the columns
    fits = (count for count in counts if sum(map(max, np.array_split(widths, count))) <= room)
    return next(fits, 1)
