"""Checkpoints along a horizontal axis: side by side, or where their steps are, 0 and then a logarithmic scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator

from harsanyi.plots.glyphs import width_in_em
from harsanyi.plots.style import number

TICK_SIZE, LABEL_SIZE = 8.0, 9.0  # points, of the numbers and of what they count
_SPACE = 0.7  # em between two of them
_FROM_0 = 0.4  # decades between 0 and the first positive step
_MARGIN = 0.04  # of the length of an axis that is not even


def step_text(step: float) -> str:
    """A step or epoch with its thousands set apart.

    Example:
        >>> step_text(1_000_000), step_text(0.25)
        ('1,000,000', '0.25')
    """
    return f"{int(step):,}" if float(step).is_integer() else number(float(step), ".6g")


@dataclass(frozen=True, eq=False)
class Timeline:
    """Where checkpoints stand on the horizontal axis.

    Attributes:
        steps: of the checkpoints, strictly rising, (checkpoints,).
        unit: what is counted, such as "step" or "epoch".
        even: side by side at 0, 1, 2, …, which suits any steps; otherwise at their steps, evenly as far as the first
            positive one and logarithmically from there, which compares trainings with other checkpoints.
        first: positions of checkpoints whose numbers come before those of others, where not all fit.
    """

    steps: npt.NDArray[Any]
    unit: str
    even: bool = True
    first: tuple[int, ...] = ()

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """Of the checkpoints on the axis, (checkpoints,)."""
        return np.arange(len(self.steps), dtype=np.float64) if self.even else self.steps.astype(np.float64)

    def at(self, step: float) -> float:
        """Place of a step."""
        return float(np.interp(step, self.steps.astype(np.float64), self.places))

    def draw(self, ax: Axes) -> None:
        """Give the horizontal axis its scale and the steps that fit as its numbers; a tick for every checkpoint."""
        texts = [step_text(step) for step in self.steps.tolist()]
        if not self.even:
            positive = self.steps[self.steps > 0]
            ax.set_xscale("symlog", linthresh=float(positive[0]) if len(positive) else 1.0, linscale=_FROM_0)
        ax.tick_params(labelsize=TICK_SIZE)
        ax.xaxis.set_major_locator(_Fitting(self.places, texts, self.first))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda place, _: texts[int(np.abs(self.places - place).argmin())]))
        ax.xaxis.set_minor_locator(FixedLocator(self.places.tolist()))
        ax.set_xlim(*self._limits(ax))
        ax.set_xlabel(f"training {self.unit}" + " (checkpoints evenly spaced)" * self.even, fontsize=LABEL_SIZE)

    def _limits(self, ax: Axes) -> tuple[float, float]:
        """Half a checkpoint beyond the ends, or a little more of the scale."""
        ends = self.places[[0, -1]]
        if self.even or len(self.steps) == 1:
            return float(ends[0]) - 0.5, float(ends[1]) + 0.5
        scale = ax.xaxis.get_transform()
        low, high = scale.transform(ends)
        room = _MARGIN * (high - low)
        left, right = scale.inverted().transform(np.array([low - room, high + room]))
        return float(left), float(right)


class _Fitting(Locator):
    """The checkpoints whose numbers do not touch: the outermost, then the first ones, then from left to right."""

    def __init__(self, places: npt.NDArray[np.float64], texts: list[str], first: tuple[int, ...]) -> None:
        fonts = FontProperties(size=TICK_SIZE)
        self._places = places
        self._half = np.array([(width_in_em(text, fonts) + _SPACE) * TICK_SIZE / 72 / 2 for text in texts])  # inches
        self._ranked = list(dict.fromkeys((0, len(places) - 1, *first, *range(len(places)))))

    def __call__(self) -> list[float]:
        axis = cast(Axis, self.axis)
        scale = axis.get_transform()
        low, high = scale.transform(np.array(axis.get_view_interval()))
        centres = (scale.transform(self._places) - low) / (high - low) * _inches(axis)
        kept: list[int] = []
        for index in self._ranked:
            if all(abs(centres[index] - centres[k]) >= self._half[index] + self._half[k] for k in kept):
                kept.append(index)
        return [float(place) for place in self._places[sorted(kept)]]

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """The same, whatever is shown."""
        return self()


def _inches(axis: Axis) -> float:
    """Length of a horizontal axis."""
    figure = axis.axes.figure.figure
    return float(axis.axes.bbox.width) / float(figure.dpi)
