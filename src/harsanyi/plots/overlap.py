"""Whether networks are confused by the same samples: all pairs of networks, and pairs that share something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.factor_overlap import FactorDifferences, FactorOverlap
from harsanyi.analysis.overlap import ConfusionOverlap
from harsanyi.analysis.overlap_words import clearly_above
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.plots.glyphs import as_it_stands, joined
from harsanyi.plots.legend import add_legend
from harsanyi.plots.style import (
    AND_COLOUR,
    NAME_LENGTH,
    POSITIVE,
    REFERENCE,
    arranged,
    axes_or_new,
    figure_of,
    finish,
    in_lines,
    new_figure,
    number,
    shortened,
)
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE
from harsanyi.plots.whiskers import WHISKER, whisker_handle

_COLOURS = "viridis"  # its lightness rises evenly, with every kind of colour vision
_DARK = 0.55  # share of the scale below which numbers are white
_BAR = 0.6  # of the distance of two factors
_SPREAD = 0.4  # of it, over which the dots of pairs are spread
_ROOM = 0.6  # of the width of a panel before names stand beside it
_NAME = 12.0  # em, a line of a name
_RIGHT, _STAR_AT = 1.12, 1.07  # where the panels end, and where stars stand
_FACE: dict[str, Any] = {"facecolor": (POSITIVE, 0.35), "edgecolor": POSITIVE}
_DOT: dict[str, Any] = {"linestyle": "", "marker": "o", "color": AND_COLOUR, "markersize": 4}
_BY_CHANCE: dict[str, Any] = {"color": REFERENCE, "linestyle": "dashed", "linewidth": 1.4}
_STAR: dict[str, Any] = {"linestyle": "", "marker": "*", "color": AND_COLOUR, "markersize": 7}
_TITLES = {
    "jaccard": ("Confusing samples in common", "Jaccard index of the sets"),
    "correlation": ("Scores of the samples alike", "rank correlation of the scores"),
    "agreement": ("Predictions alike", "share of the same predictions"),
}


@dataclass(frozen=True)
class OverlapPlots:
    """Pictures of what the sets of networks have in common."""

    _found: ConfusionOverlap

    def overlap_matrix(self, value: str = "jaccard", ax: Axes | None = None) -> Axes:
        """Networks against networks, see `harsanyi.plots.overlap_matrix`."""
        return overlap_matrix(self._found, value, ax)


@dataclass(frozen=True)
class FactorPlots:
    """Pictures of pairs of networks that share something."""

    _found: FactorOverlap

    def factor_bars(self, figure: Figure | None = None) -> Figure:
        """Overlap factor by factor, see `harsanyi.plots.factor_bars`."""
        return factor_bars(self._found, figure)


def overlap_matrix(found: ConfusionOverlap, value: str = "jaccard", ax: Axes | None = None) -> Axes:
    """What the confusing samples of networks have in common, networks against networks.

    Args:
        found: of some networks.
        value: "jaccard", "correlation", or "agreement" where performance is known.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: numbers on colours, light is much; the diagonal is left out. With "jaccard" a star marks pairs that
        independent sets would hardly match, at the level of the intervals.

    Raises:
        ArgumentError: another value.
    """
    if value not in _TITLES:
        raise ArgumentError("value", repr(value), ", ".join(map(repr, _TITLES)), did_you_mean(str(value), _TITLES))
    numbers = found.matrix(value).to_numpy(copy=True)
    np.fill_diagonal(numbers, np.nan)
    size = len(numbers)
    ax = axes_or_new(ax, 2.6 + 0.7 * size, 2.2 + 0.6 * size)
    norm = Normalize(min(0.0, float(np.nanmin(np.append(numbers, 0.0)))), 1)
    ax.patch.set(facecolor="white")
    image = ax.imshow(numbers, norm=norm, cmap=_COLOURS)
    clear = {pair for at, pair in enumerate(found.pairs) if value == "jaccard" and clearly_above(found, at)}
    _write(ax, numbers, norm, clear)
    bar = figure_of(ax).colorbar(image, ax=ax)
    bar.set_label(_TITLES[value][1], fontsize=LABEL_SIZE)
    bar.ax.tick_params(labelsize=TICK_SIZE)
    names = [shortened(" ".join(name.split()), NAME_LENGTH) for name in found.names]
    for axis, turned in ((ax.xaxis, 90 if max(map(len, names)) > 6 else 0), (ax.yaxis, 0)):
        axis.set_ticks(range(size), names, rotation=turned)
        for label, name in zip(axis.get_ticklabels(), names, strict=True):
            label.set(fontsize=TICK_SIZE, **as_it_stands(name))
    return finish(ax, in_lines(ax, _TITLES[value][0]), in_lines(ax, _note(found, value, bool(clear))))


def _write(ax: Axes, numbers: Floats, norm: Normalize, clear: set[tuple[int, int]]) -> None:
    """Write the numbers on the colours, with stars beside those of these pairs."""
    for (row, column), each in np.ndenumerate(numbers):
        if not np.isnan(each):
            star = "*" * ((min(row, column), max(row, column)) in clear)
            ax.text(column, row, f"{number(round(each, 2) + 0.0, '.2f')}{star}", ha="center", va="center",
                    fontsize=TICK_SIZE, color="white" if norm(each) < _DARK else "black")  # fmt: skip


def _note(found: ConfusionOverlap, value: str, stars: bool) -> str:
    if value != "jaccard":
        return f"{found.members.shape[1]} samples"
    known = found.chance[~np.isnan(found.chance)]
    ends = sorted({number(float(end), ".2g") for end in (known.min(), known.max())}) if len(known) else ["unknown"]
    return f"by chance {' to '.join(ends)}" + f"; *: p < {number(1 - found.bootstrap.level, '.2g')}" * stars


def factor_bars(found: FactorOverlap, figure: Figure | None = None) -> Figure:
    """How far the same samples confuse networks that share something, factor by factor.

    Args:
        found: pairs of networks by factor.
        figure: where to add the panels; nothing makes a new figure.

    Returns:
        The figure. Left: mean Jaccard index of the confusing samples; right: mean rank correlation of the scores. Dots
        are pairs, thin lines intervals, dashed lines what independent sets or scores have by chance. Stars: clearly
        different from the factor "low", or from the first where there is none such, each by its own test.

    Source: the comparison of 2502.08625; see `harsanyi.analysis.FactorOverlap`.
    """
    figure = arranged(new_figure(8.0, 2.0 + 0.4 * len(found.factors)) if figure is None else figure)
    left, right = figure.subplots(1, 2, sharey=True)
    against = found.factors.index("low") if "low" in found.factors else 0
    _draw(left, [each.jaccard for each in found.values], found.jaccard, found.chance)
    _draw(right, [each.correlation for each in found.values], found.correlation, np.zeros(len(found.factors)))
    starred = [_mark(left, found.jaccard_differences, against, found.level),
               _mark(right, found.correlation_differences, against, found.level)]  # fmt: skip
    left.set_xlabel(in_lines(left, "Jaccard index of confusing samples", LABEL_SIZE, _ROOM), fontsize=LABEL_SIZE)
    right.set_xlabel(in_lines(right, "rank correlation of the scores", LABEL_SIZE, _ROOM), fontsize=LABEL_SIZE)
    left.set_xlim(left=-0.02)
    names = [shortened(factor.replace("_", " "), NAME_LENGTH) for factor in found.factors]
    counted = [f"{name} ({len(each.jaccard)})" for name, each in zip(names, found.values, strict=True)]
    left.set_yticks(range(len(names)), [joined(name.split(), _NAME, "") for name in counted])
    for label in left.get_yticklabels():
        label.set(fontsize=TICK_SIZE, **as_it_stands(label.get_text()))
    left.set_ylim(len(names) - 0.4, -0.6)
    title = "Confusing samples in common, by what two networks share (number of pairs)"
    title = joined(title.split(), 72 * figure.bbox.width / figure.dpi / (LABEL_SIZE + 1), "")
    figure.suptitle(title, fontsize=LABEL_SIZE + 1)
    handles = _handles(found, f"clearly different from {names[against]!r}" if any(starred) else "")
    add_legend(figure, list(handles.values()), list(handles))
    return figure


def _draw(ax: Axes, pairs: list[Floats], mean: Estimate, chance: Floats) -> None:
    """Draw a measure of all factors: bars, dots, intervals and chance."""
    places = np.arange(len(pairs), dtype=np.float64)
    ax.barh(places, mean.value, _BAR, **_FACE)
    wide = mean.low < mean.high  # neither NaN nor a point
    ax.hlines(places[wide], mean.low[wide], mean.high[wide], color="black", linewidth=WHISKER, zorder=4)
    for place, values in zip(places, pairs, strict=True):
        beside = np.linspace(-_SPREAD, _SPREAD, len(values)) / 2 if len(values) > 1 else np.zeros(1)
        ax.plot(values, place + beside, **_DOT, alpha=0.7, zorder=5)
    ax.vlines(chance, places - 0.45, places + 0.45, **_BY_CHANCE, zorder=4)
    ax.set_xlim(right=_RIGHT)
    ax.tick_params(labelsize=TICK_SIZE)
    ax.spines[["top", "right"]].set_visible(False)


def _mark(ax: Axes, differences: FactorDifferences, against: int, level: float) -> bool:
    """Put a star beside each factor that clearly differs from one of them; whether there is any."""
    clear = [one + other - against for at, (one, other) in enumerate(differences.pairs)
             if against in (one, other) and differences.p_value[at] < 1 - level]  # fmt: skip
    ax.plot(np.full(len(clear), _STAR_AT), clear, **_STAR)
    return bool(clear)


def _handles(found: FactorOverlap, starred: str) -> dict[str, Artist]:
    handles: dict[str, Artist] = {
        "mean": Patch(**_FACE), "a pair of networks": Line2D([], [], **_DOT), "by chance": Line2D([], [], **_BY_CHANCE),
    }  # fmt: skip
    handles |= whisker_handle(found.level) if (found.jaccard.low < found.jaccard.high).any() else {}
    return handles | ({starred: Line2D([], [], **_STAR)} if starred else {})
