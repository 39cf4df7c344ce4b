"""Completeness and redundancy over depth."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.plots.bands import samples_text
from harsanyi.plots.layer_axis import MARK, layer_axis
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.style import NEGATIVE, POSITIVE, axes_or_new, finish, in_lines
from harsanyi.plots.timeline import LABEL_SIZE
from harsanyi.plots.whiskers import draw_curve, whisker_handle

_APART = 0.05  # layers, between the two curves


def layer_shares(found: LayerByLayer, ax: Axes | None = None) -> Axes:
    """Completeness and redundancy of each layer, with intervals.

    Args:
        found: layers of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled circles, the share of the last layer's strength that a layer has already; open squares,
        dashed, the share of its own strength that the last layer does not use; thin lines, intervals. A layer whose
        probe warns has a star behind its name.

    Source: 2409.08712.
    """
    ax = axes_or_new(ax, 6.5, 4.0)
    place = np.arange(len(found.names), dtype=np.float64)
    handles: dict[str, Artist] = {
        "completeness": draw_curve(ax, place - _APART, found.completeness, POSITIVE, "o"),
        "redundancy": draw_curve(ax, place + _APART, found.redundancy, NEGATIVE, "s", "dashed", filled=False),
    }
    if found.samples > 1:
        handles |= whisker_handle(found.bootstrap.level)
    if found.warnings:
        handles["the probe warns"] = Line2D([], [], color="black", marker=f"${MARK}$", linestyle="")
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_ylabel("share of the strength", fontsize=LABEL_SIZE)
    lines = layer_axis(ax, found.names, found.warnings)
    add_legend_below(ax, handles, lines)
    subtitle = f"against {found.names[-1]}, the last layer; {samples_text([found.samples])}"
    return finish(ax, in_lines(ax, "What each layer knows, and what it carries needlessly"), in_lines(ax, subtitle))
