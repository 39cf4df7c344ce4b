"""All effects by falling strength, and which of them are salient."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from harsanyi.core.salience import SalienceRule
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.source import Source, caption, rows
from harsanyi.plots.style import AND_COLOUR, OR_COLOUR, REFERENCE, axes_or_new, finish, number, plain_log

_LOWEST = 1e-4  # share of the strongest effect below which effects are not drawn
_HIGH = 0.25  # share of the strongest effect above which tau runs close to the strongest effects
_MARKS = 400  # of one type; more are thinned out evenly on the axis


def sorted_effects(interactions: Source, rule: SalienceRule | str = "score_range", ax: Axes | None = None) -> Axes:
    """|Effects| by falling strength on logarithmic axes, with the threshold tau and the number of salient effects.

    Args:
        interactions: of several samples, drawn together, or of one.
        rule: which effects are salient, as for `Interactions.salient`.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: rank (with several samples: how many effects a sample are at least this strong) against |effect|, in
        the unit of the score. A threshold that differs between the samples is a band around its median. Effects below
        1e-4 of the strongest are not drawn, and of very many only some.

    Raises:
        ArgumentError: an unknown rule; no samples.
    """
    parent, drawn = rows(interactions)
    salient = parent.salient(rule)
    and_, or_ = (np.abs(effects[drawn, 1:]).ravel() for effects in (parent.and_, parent.or_))
    samples = len(salient.threshold[drawn])
    ax = axes_or_new(ax)
    ax.set_xscale("log")
    strongest = max(and_.max(), or_.max())
    if strongest > 0:
        ax.set_yscale("log")
        _marks(ax, np.concatenate((and_, or_)), np.arange(2 * len(and_)) >= len(and_), samples)
        plain_log(ax.xaxis)
        plain_log(ax.yaxis)
    else:
        ax.text(0.5, 0.5, "every effect is 0", transform=ax.transAxes, ha="center", va="center")
    _threshold(ax, salient.threshold[drawn], float(salient.count[drawn].mean()), float(strongest))
    if strongest > 0:
        handles, texts = ax.get_legend_handles_labels()
        add_legend_below(ax, dict(zip(texts, handles, strict=True)))
    ax.set_xlabel("rank of the effect" if samples == 1 else "effects a sample that are at least this strong")
    ax.set_ylabel("|effect| (unit of the score)")
    return finish(ax, "Effects by strength", caption(interactions))


def _marks(ax: Axes, strength: npt.NDArray[np.float64], is_or: npt.NDArray[np.bool_], samples: int) -> None:
    """Draw the effects, filled circles for AND and open triangles for OR."""
    ranked = np.argsort(-strength, kind="stable")
    ranked = ranked[strength[ranked] > _LOWEST * strength.max()]
    rank, strength, is_or = (1 + np.arange(len(ranked))) / samples, strength[ranked], is_or[ranked]
    for label, chosen, colour, marker, fill in (
        ("AND (all players present)", ~is_or, AND_COLOUR, "o", AND_COLOUR),
        ("OR (any player present)", is_or, OR_COLOUR, "^", "white"),
    ):
        shown = _thinned(np.flatnonzero(chosen))
        ax.plot(rank[shown], strength[shown], marker, color=colour, markerfacecolor=fill, markersize=4.5, label=label)


def _thinned(index: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """At most `_MARKS` of these, evenly on a logarithmic axis."""
    if len(index) <= _MARKS:
        return index
    return index[np.unique(np.geomspace(1, len(index), _MARKS).astype(np.int64)) - 1]


def _threshold(ax: Axes, threshold: npt.NDArray[np.float64], count: float, strongest: float) -> None:
    """Draw tau, and write how many effects are salient where no effect is drawn."""
    low, tau, high = threshold.min(), float(np.median(threshold)), threshold.max()
    counted = f"{count:.0f} salient effect{'s' * (count != 1)}"
    if len(threshold) > 1:
        counted = f"{count:.1f} salient effects a sample"
    rule = f"|effect| ≥ τ = {number(tau)}" + (f" ({number(low)} to {number(high)})" if low < high else "")
    if low < high:
        ax.axhspan(low, high, color=REFERENCE, alpha=0.15, linewidth=0)
    if tau <= 0:
        ax.text(0.02, 0.03, f"{counted}\n{rule}", transform=ax.transAxes, fontsize="small")
        return
    ax.axhline(tau, color=REFERENCE, linestyle="--", linewidth=1.2, label="τ")
    left = tau <= _HIGH * strongest  # the effects fall from the upper left to the lower right
    above = ax.transLimits.transform(ax.transScale.transform((1, tau)))[1] < (0.25 if left else 0.85)
    ax.annotate(
        f"{counted}\n{rule}",
        (0.02 if left else 0.98, tau),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3 if above else -3),
        textcoords="offset points",
        ha="left" if left else "right",
        va="bottom" if above else "top",
        fontsize="small",
    )
