"""The strongest interactions, each a labelled bar."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from harsanyi.plots.glyphs import drawable, fonts_for
from harsanyi.plots.source import Ranked, Source, caption, player_names, strongest
from harsanyi.plots.style import HATCH, NEUTRAL, axes_or_new, coalition_label, finish, sign_colour, signed

_INCHES = 0.3  # height of one bar
_MEANING = {"AND": "AND (all present)", "OR": "OR (any present)"}


def top_interactions(interactions: Source, k: int = 10, ax: Axes | None = None) -> Axes:
    """The k strongest interactions as bars: to the right they raise the score, to the left they lower it.

    Args:
        interactions: of several samples or of one. Of several, the strongest are those of the largest mean |effect|;
            a bar is the mean effect, the line through its end spans the middle half of the samples.
        k: how many, >= 1; effects that are 0 are left out.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: effect, in the unit of the score, against the players; the strongest on top; OR bars are hatched.

    Raises:
        ArgumentError: k below 1; no samples.
    """
    found = strongest(interactions, k)
    names = player_names(interactions)
    ax = axes_or_new(ax, 6.5, 1.4 + _INCHES * max(4, len(found)))
    for row, ranked in enumerate(found):
        _bar(ax, row, ranked)
    ax.axvline(0, color="black", linewidth=0.8)
    if not found:
        ax.text(0.5, 0.5, "every effect is 0", transform=ax.transAxes, ha="center", va="center")
    ax.margins(x=0.16)
    labels = [coalition_label(ranked.coalition, names) for ranked in found]
    fonts = fonts_for("".join(labels))
    ax.set_yticks(range(len(found)), [drawable(label, fonts) for label in labels], parse_math=False)
    for label in ax.get_yticklabels():
        label.set_fontfamily(fonts.get_family())
    ax.set_ylim(max(len(found), 1) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    several = bool(found) and len(found[0].effects) > 1
    ax.set_xlabel("mean effect on the score" if several else "effect on the score")
    kinds = sorted({ranked.kind for ranked in found})
    handles = [
        Patch(facecolor="white" if HATCH[kind] else NEUTRAL, edgecolor=NEUTRAL, hatch=HATCH[kind]) for kind in kinds
    ]
    ax.legend(handles, [_MEANING[kind] for kind in kinds], frameon=False, fontsize="small")
    return finish(
        ax, "Strongest interactions", caption(interactions) + ", by mean |effect|; line: middle half of them" * several
    )


def _bar(ax: Axes, row: int, ranked: Ranked) -> None:
    """Draw the mean effect, the middle half of the samples where there are several, and the number beside both."""
    effect, (low, high) = float(ranked.effects.mean()), np.quantile(ranked.effects, (0.25, 0.75))
    colour, hatch = sign_colour(effect), HATCH[ranked.kind]
    ax.barh(row, effect, height=0.7, facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch)
    if len(ranked.effects) > 1:
        ax.plot((low, high), (row, row), color="black", linewidth=1.2, marker="|", markersize=5)
    rightwards = effect >= 0
    ax.annotate(
        signed(effect),
        (max(effect, high) if rightwards else min(effect, low), row),
        xytext=(4 if rightwards else -4, 0),
        textcoords="offset points",
        ha="left" if rightwards else "right",
        va="center",
        fontsize="small",
    )
