"""Strength and cancellation by order in two groups of samples, beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.estimates import clear_sign, part
from harsanyi.analysis.groups import GroupComparison
from harsanyi.plots.glyphs import as_it_stands
from harsanyi.plots.legend import add_legend
from harsanyi.plots.orders import order_axis
from harsanyi.plots.style import AND_COLOUR, NAME_LENGTH, NEGATIVE, POSITIVE, arranged, new_figure, shortened
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE
from harsanyi.plots.whiskers import draw_curve, draw_whiskers, whisker_handle

_BAR = 0.4  # orders, a group
_TOP = 0.97  # of the height of the axes, where the stars stand
_ROOM = 0.12  # of what is drawn, above it


@dataclass(frozen=True)
class GroupPlots:
    """Pictures of two groups of samples."""

    _found: GroupComparison

    def group_comparison(self, figure: Figure | None = None) -> Figure:
        """Strength and cancellation by order, see `harsanyi.plots.group_comparison`."""
        return group_comparison(self._found, figure)


def group_comparison(found: GroupComparison, figure: Figure | None = None) -> Figure:
    """Strength by order, and cancellation by order, of two groups of samples.

    Args:
        found: two groups of samples of one network.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure. Left: sums of positive salient effects upwards and of negative ones downwards, mean over the samples
        of a group; filled bars and circles are the chosen group, hatched bars and open squares the others; thin lines
        are intervals. Right: the share of the strength that cancels; orders without strength have no mark. Stars: the
        interval of the difference does not hold 0.

    Source: 2405.10262, its comparison of mislabelled with clean samples.
    """
    figure = arranged(new_figure(8.0, 3.9) if figure is None else figure)
    strength, cancelled = figure.subplots(1, 2)
    order = np.arange(1, found.n + 1, dtype=np.float64)
    _draw_strength(strength, order, found)
    _draw_cancellation(cancelled, order, found)
    for ax in (strength, cancelled):
        order_axis(ax, found.n)
        ax.set_xlabel("order", fontsize=LABEL_SIZE)
        ax.tick_params(labelsize=TICK_SIZE)
        ax.spines[["top", "right"]].set_visible(False)
    names = [shortened(" ".join(name.split()), NAME_LENGTH) for name in found.names]
    title = f"{names[0]} against {names[1]} samples, by order"
    figure.suptitle(title[:1].upper() + title[1:], fontsize=LABEL_SIZE + 1, **as_it_stands(title))
    handles = _handles(found, names)
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def _draw_strength(ax: Axes, order: Floats, found: GroupComparison) -> None:
    """Draw the bars of both groups and mark where they differ."""
    for group, side in enumerate((-_BAR / 2, _BAR / 2)):
        for whole, colour in ((found.positive, POSITIVE), (found.negative, NEGATIVE)):
            each = part(whole, group)
            ax.bar(order + side, each.value, _BAR, **_face(group, colour))
            draw_whiskers(ax, order + side, each.low, each.high)
    ax.axhline(0, color="black", linewidth=0.8)
    ends = [each for whole in (found.positive, found.negative) for each in (whole.value, whole.low, whole.high)]
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    low, high = (low, high) if low < high else (-1.0, 1.0)
    ax.set_ylim(low - _ROOM / 2 * (high - low), high + _ROOM * (high - low))
    _mark(ax, order, found.strength_difference)
    ax.set_ylabel("sum of effects (unit of the score)", fontsize=LABEL_SIZE)


def _face(group: int, colour: str) -> dict[str, Any]:
    """The chosen group has filled bars, the others have hatched ones."""
    if group == 0:
        return {"facecolor": colour, "edgecolor": colour}
    return {"facecolor": "white", "edgecolor": colour, "hatch": "/////"}


def _draw_cancellation(ax: Axes, order: Floats, found: GroupComparison) -> None:
    for group, (side, marker, line) in enumerate(((-_BAR / 4, "o", "solid"), (_BAR / 4, "s", "dashed"))):
        draw_curve(ax, order + side, part(found.cancellation, group), AND_COLOUR, marker, line, filled=group == 0)
    ax.set_ylim(-0.03, 1.12)
    _mark(ax, order, found.cancellation_difference)
    ax.set_ylabel("share that cancels", fontsize=LABEL_SIZE)


def _mark(ax: Axes, order: Floats, difference: Estimate) -> None:
    """Put a star above the orders at which the groups clearly differ."""
    clear = [bool(clear_sign(part(difference, index))) for index in range(len(order))]
    ax.plot(order[clear], np.full(sum(clear), _TOP), **_star(), transform=ax.get_xaxis_transform())


def _star() -> dict[str, Any]:
    return {"linestyle": "", "marker": "*", "color": AND_COLOUR, "markersize": 7}


def _handles(found: GroupComparison, names: list[str]) -> dict[str, Artist]:
    handles: dict[str, Artist] = {
        f"{count} {name}": Patch(**_face(group, AND_COLOUR))
        for group, (count, name) in enumerate(zip(found.counts, names, strict=True))
    }
    handles["positive effects"] = Patch(facecolor=POSITIVE)
    handles["negative effects"] = Patch(facecolor=NEGATIVE)
    return handles | whisker_handle(found.bootstrap.level) | {"clearly different": Line2D([], [], **_star())}
