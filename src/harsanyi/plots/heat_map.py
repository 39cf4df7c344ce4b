"""Strength of every order at every checkpoint, as colours."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.plots.glyphs import joined
from harsanyi.plots.moments import marks_of, timeline_of
from harsanyi.plots.style import axes_or_new, figure_of, finish, plain_log
from harsanyi.plots.timeline import LABEL_SIZE, TICK_SIZE, Timeline

_COLOURS = "viridis"  # its lightness rises evenly, with every kind of colour vision
_MISSING = "#B0B0B0"  # of a hatch
_LONG = 10.0  # from how many times weaker checkpoints on colours are logarithmic
_BELOW = 10.0  # times below the strongest order of the weakest checkpoint such colours begin
_TITLE = 10.0  # points

_LABELS = {
    "normalised": "strength (1 = average of the orders)",
    "strength": "sum of |effects| (unit of the score)",
    "positive": "sum of effects (unit of the score)",
    "negative": "sum of |effects| (unit of the score)",
    "cancellation": "share that cancels",
}
_TITLES = {
    "normalised": "Normalised strength by order over the training",
    "strength": "Strength by order over the training",
    "positive": "Positive strength by order over the training",
    "negative": "Negative strength by order over the training",
    "cancellation": "Cancellation by order over the training",
}


def order_heat_map(dynamics: Dynamics, value: str = "normalised", ax: Axes | None = None) -> Axes:
    """A measure of every order at every checkpoint, as colours.

    Args:
        dynamics: of one training.
        value: "normalised" (strength, 1 on average over the orders of a checkpoint), "strength" (positive and negative
            effects, unit of the score), "positive", "negative" (as a number >= 0) or "cancellation" (0 to 1).
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: checkpoints, evenly spaced, against orders; light is strong. Colours are linear; where the strongest
        order of one checkpoint is more than ten times that of another, they are logarithmic from a tenth of the
        weakest such on. Hatched: no effect to measure. Dashed: the phase boundary; dotted: the onset of the loss gap.

    Raises:
        ArgumentError: another value.
    """
    values = _values(dynamics, value)
    ax = axes_or_new(ax, 7.0, 3.8)
    norm, least = _norm(values, value)
    ax.patch.set(facecolor="white", edgecolor=_MISSING, hatch="////")  # seen where there is no value
    image = ax.imshow(
        np.maximum(values, least).T, norm=norm, cmap=_COLOURS, origin="lower", aspect="auto",
        interpolation="nearest", extent=(-0.5, len(values) - 0.5, 0.5, dynamics.n + 0.5),
    )  # fmt: skip
    below = bool((values < least).any())
    bar = figure_of(ax).colorbar(image, ax=ax, extend="min" if below else "neither")
    bar.set_label(_LABELS[value], fontsize=LABEL_SIZE)
    bar.ax.tick_params(labelsize=TICK_SIZE)
    if isinstance(norm, LogNorm):
        plain_log(bar.ax.yaxis)
    timeline = timeline_of(dynamics)
    _draw_marks(ax, dynamics, timeline)
    timeline.draw(ax)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, nbins=12))
    ax.set_ylabel("order (players in the interaction)", fontsize=LABEL_SIZE)
    return finish(ax, _TITLES[value], _subtitle(ax, dynamics, bool(np.isnan(values).any())))


def _values(dynamics: Dynamics, value: str) -> Floats:
    """What is drawn, (checkpoints, n); NaN where there is nothing to measure."""
    positive, negative = dynamics.positive.value, dynamics.negative.value
    measures = {
        "normalised": np.where(dynamics.normalised.value.any(1, keepdims=True), dynamics.normalised.value, np.nan),
        "strength": positive - negative,
        "positive": positive,
        "negative": -negative,
        "cancellation": dynamics.cancellation.value,
    }
    if value not in measures:
        raise ArgumentError("value", repr(value), ", ".join(measures), did_you_mean(str(value), measures))
    return measures[value]


def _norm(values: Floats, value: str) -> tuple[Normalize, float]:
    """Scale of the colours, and where it begins."""
    if value == "cancellation":
        return Normalize(0, 1), 0.0
    strongest = np.nanmax(values, 1, initial=0)  # of each checkpoint
    top = float(strongest.max()) or 1.0
    weakest = float(strongest[strongest > 0].min(initial=top))
    if value == "normalised" or top <= _LONG * weakest:
        return Normalize(0, top), 0.0
    return LogNorm(weakest / _BELOW, top), weakest / _BELOW


def _draw_marks(ax: Axes, dynamics: Dynamics, timeline: Timeline) -> None:
    """Draw the moments in black on white, which is seen on every colour."""
    for mark in marks_of(dynamics):
        ax.axvline(
            timeline.at(mark.moment.step), color="black", linestyle=mark.line, linewidth=1.4,
            path_effects=[withStroke(linewidth=3.4, foreground="white")],
        )  # fmt: skip


def _subtitle(ax: Axes, dynamics: Dynamics, missing: bool) -> str:
    """Verdict and what lines and hatches mean, in lines that fit above the axes."""
    marks = [f"{mark.line}: {mark.text(dynamics.unit)}" for mark in marks_of(dynamics)]
    parts = [dynamics.verdict, *marks, *["hatched: no salient effect"] * missing]
    return joined(parts, 72 * ax.bbox.width / ax.figure.figure.dpi / _TITLE)
