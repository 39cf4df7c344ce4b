"""Loss of training and of test samples with some interactions removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.markers import TICKDOWN
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.estimates import part
from harsanyi.analysis.intervention import Intervention
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.style import AND_COLOUR, POSITIVE, axes_or_new, figure_of, finish, in_lines, number
from harsanyi.plots.timeline import TICK_SIZE
from harsanyi.plots.whiskers import draw_whiskers, whisker_handle

_BAR = 0.36  # of the distance of two states of the network
_STATES = ("as it is", "without those that do not generalize", "without random ones (control)")
_EACH = 1 / 3.5  # of the axes, for the texts of a state
_BRACKET = 4.0  # points, from what is drawn up to the bracket above it
_KEPT = 0.75  # of the height that axes have now, once titles and legend have their room
_TRAIN: dict[str, Any] = {"facecolor": POSITIVE, "edgecolor": POSITIVE}
_TEST: dict[str, Any] = {"facecolor": "white", "edgecolor": AND_COLOUR, "hatch": "/////"}


@dataclass(frozen=True)
class InterventionPlots:
    """Pictures of an intervention."""

    _found: Intervention

    def intervention_bars(self, ax: Axes | None = None) -> Axes:
        """Loss with interactions removed, see `harsanyi.plots.intervention_bars`."""
        return intervention_bars(self._found, ax)


def intervention_bars(found: Intervention, ax: Axes | None = None) -> Axes:
    """Loss of training and of test samples: as it is, without what does not generalize, and without random effects.

    Args:
        found: of one network.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled bars, the mean loss of training samples; hatched bars, of test samples; thin lines, their
        intervals; above each pair the loss gap, test - train, with its interval.

    Source: the intervention of 2505.06993; the control is our definition.
    """
    ax = axes_or_new(ax, 6.0, 4.4)
    places = np.arange(3, dtype=np.float64)
    bars: dict[str, Artist] = {}
    for side, (name, loss, look) in enumerate((("train", found.train_loss, _TRAIN), ("test", found.test_loss, _TEST))):
        at = places + (side - 0.5) * _BAR
        ax.bar(at, loss.value, _BAR, **look)
        draw_whiskers(ax, at, loss.low, loss.high)
        bars[f"{found.counts[side]} {name} samples"] = Patch(**look)
    _write_gaps(ax, places, found)
    states = [in_lines(ax, state, TICK_SIZE, _EACH) for state in _STATES]
    ax.set_xticks(places, states, fontsize=TICK_SIZE)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.6, 2.6)
    ax.set_ylabel("cross-entropy (nats)")
    bars |= whisker_handle(found.bootstrap.level)
    add_legend_below(ax, bars, lines=max(state.count("\n") + 1 for state in states) - 1)
    return finish(ax, in_lines(ax, "Loss without what does not generalize"), in_lines(ax, _subtitle(found)))


def _write_gaps(ax: Axes, places: Floats, found: Intervention) -> None:
    """Write the gap above each pair of bars, above a bracket from one to the other, and leave room for it."""
    texts = [in_lines(ax, _gap_text(found, way), TICK_SIZE, _EACH) for way in range(len(places))]
    tops = np.nanmax([ends for loss in (found.train_loss, found.test_loss) for ends in (loss.value, loss.high)], 0)
    highest = float(tops.max()) or 1.0
    points = 72 * ax.bbox.height / figure_of(ax).dpi
    room = (max(text.count("\n") + 1 for text in texts) * 1.3 * TICK_SIZE + 3 * _BRACKET) / (_KEPT * points)
    ax.set_ylim(0, highest / (1 - min(room, 0.6)))
    for place, top, text in zip(places, tops, texts, strict=True):
        ax.annotate(
            text, (place, top), xytext=(0, 2 * _BRACKET), textcoords="offset points", ha="center", va="bottom",
            fontsize=TICK_SIZE,
        )  # fmt: skip
        _draw_bracket(ax, place, top)


def _draw_bracket(ax: Axes, place: float, top: float) -> None:
    """Draw a bracket over a pair of bars, just above the top of what is drawn there."""
    up = ScaledTranslation(0, _BRACKET / 72, figure_of(ax).dpi_scale_trans)
    at = place + np.array([-0.5, 0.5]) * _BAR
    ax.plot(at, [top, top], color="black", linewidth=0.8, marker=TICKDOWN, markersize=3, transform=ax.transData + up)


def _gap_text(found: Intervention, way: int) -> str:
    gap = part(found.gap, way)
    return f"gap {number(float(gap.value), '+.2f')}\n{_ends(gap)}".rstrip()


def _ends(single: Estimate) -> str:
    low, high = (number(float(end), ".2f") for end in (single.low, single.high))
    return "" if np.isnan(single.low) else f"({low} to {high})"


def _subtitle(found: Intervention) -> str:
    if not found.removed.value.any():
        return "every salient interaction generalizes: nothing is removed"
    advantage = number(float(found.advantage.value), "+.2f")
    return f"gap closed by {advantage} {_ends(found.advantage)} more than by the control"
