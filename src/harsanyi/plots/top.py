"""The strongest interactions, each a labelled bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from harsanyi.interactions import Interactions
from harsanyi.plots.glyphs import drawable, fonts_for, joined, width_in_em
from harsanyi.plots.source import Ranked, Source, caption, heading, one_sample, player_names, strongest
from harsanyi.plots.style import (
    HATCH,
    MEANING,
    NEUTRAL,
    axes_or_new,
    coalition_label,
    figure_of,
    finish,
    number,
    sign_colour,
    signed,
)  # fmt: skip

_INCHES = 0.3  # height of one bar
_SEVERAL = "order: mean |effect| over the samples\nbar: mean effect; line: middle half of the samples"
_TICK = 54.0  # points, from one number of the scale to the next
_WIDTH, _EM = 4.6, 10 / 72  # inches: of a new figure but for its labels; of one em of these


def top_interactions(interactions: Source, k: int = 10, ax: Axes | None = None) -> Axes:
    """The k strongest interactions as bars: to the right they raise the score, to the left they lower it.

    Args:
        interactions: of several samples or of one. Of several, the strongest are those of the largest mean |effect|;
            a bar is the mean effect, the line through its end spans the middle half of the samples.
        k: how many, >= 1; effects that are 0 are left out.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: effect, in the unit of the score, against the players, the number at the right end of the row; the
        strongest on top; OR bars are hatched. Players with both effects are told apart as "a, b (AND)", "a, b (OR)".

    Raises:
        ArgumentError: k below 1; no samples; several samples whose players are not the same things.
    """
    found = strongest(interactions, k)
    labels = _labels(found, player_names(interactions))
    fonts = fonts_for("".join(labels))
    widest = max((width_in_em(drawable(label, fonts), fonts) for label in labels), default=0.0)
    ax = axes_or_new(ax, _WIDTH + _EM * widest, 1.7 + _INCHES * (1 + max(4, len(found))))
    for row, ranked in enumerate(found):
        _bar(ax, row, ranked)
    ax.axvline(0, color="black", linewidth=0.8)
    if not found:
        ax.text(0.5, 0.5, "every effect is 0", transform=ax.transAxes, ha="center", va="center")
    ax.margins(x=0.05)
    ax.xaxis.set_major_locator(_AsManyAsFit())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, "g")))
    ax.set_yticks(range(len(found)), [drawable(label, fonts) for label in labels], parse_math=False)
    for label in ax.get_yticklabels():
        label.set_fontfamily(fonts.get_family())
    ax.set_ylim(max(len(found), 1) + 0.4, -0.6)  # a row for the legend
    ax.tick_params(axis="y", length=0)
    several = isinstance(interactions, Interactions) and len(interactions) > 1
    ax.set_xlabel("mean effect on the score" if several else "effect on the score")
    kinds = sorted({ranked.kind for ranked in found})
    handles = [
        Patch(facecolor="white" if HATCH[kind] else NEUTRAL, edgecolor=NEUTRAL, hatch=HATCH[kind]) for kind in kinds
    ]
    ax.legend(
        handles, [MEANING[kind] for kind in kinds], edgecolor="none", framealpha=1, fontsize="small", loc="lower right",
        ncols=2, borderaxespad=0.1, columnspacing=1.2,
    )  # fmt: skip
    if several:
        said = [f"Strongest interactions of {caption(interactions)}", _SEVERAL]
    else:
        only = heading(one_sample(interactions))
        said = [only[0], joined(only[1:], 72 * _WIDTH / 10)]
    return finish(ax, *said)


def _labels(found: Sequence[Ranked], names: Sequence[str]) -> list[str]:
    """Names of the players, with the kind where AND and OR of the same players are both there."""
    times = Counter(ranked.coalition for ranked in found)
    return [
        coalition_label(ranked.coalition, names) + f" ({ranked.kind})" * (times[ranked.coalition] > 1)
        for ranked in found
    ]


class _AsManyAsFit(MaxNLocator):
    """Few round numbers, as many as there is room for once the figure is laid out."""

    def __init__(self) -> None:
        super().__init__(steps=[1, 2, 2.5, 5, 10], min_n_ticks=1)

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        ax = self.axis.axes  # type: ignore[union-attr]
        room = 72 * ax.get_window_extent().width / figure_of(ax).dpi
        self.set_params(nbins=max(1, min(5, int(room / _TICK))))
        return super().tick_values(vmin, vmax)


def _bar(ax: Axes, row: int, ranked: Ranked) -> None:
    """Draw the mean effect, the middle half of the samples where there are several, and the number in the margin."""
    effect, (low, high) = float(ranked.effects.mean()), np.quantile(ranked.effects, (0.25, 0.75))
    colour, hatch = sign_colour(effect), HATCH[ranked.kind]
    ax.barh(row, effect, height=0.7, facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch)
    if len(ranked.effects) > 1:
        ax.plot((low, high), (row, row), color="black", linewidth=1.2, marker="|", markersize=5)
    ax.annotate(
        signed(effect), (1, row), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
        ha="left", va="center", fontsize="small", annotation_clip=False,
    )  # fmt: skip
