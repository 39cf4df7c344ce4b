"""Checkpoints along a horizontal axis."""

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
_TICKED = 40  # checkpoints; the ticks of more are a comb that nobody reads and that takes a third of the drawing


def step_text(step: float) -> str:
    """A step or epoch with its thousands set apart.

    Example:
        >>> step_text(1_000_000), step_text(0.25)
        ('1,000,000', '0.25')
    """
    return f"{int(step):,}" if float(step).is_integer() else number(float(step), ".6g")


@dataclass(frozen=True, eq=False)
class Timeline:
    """Checkpoints side by side at 0, 1, 2, …, whatever their steps: logarithmic, with 0, where the steps grow so.

    Attributes:
        steps: of the checkpoints, strictly rising, (checkpoints,).
        unit: what is counted, such as "step" or "epoch".
        first: positions of checkpoints whose numbers come before those of others, where not all fit.
    """

    steps: npt.NDArray[Any]
    unit: str
    first: tuple[int, ...] = ()

    @property
    def places(self) -> npt.NDArray[np.float64]:
        """Of the checkpoints on the axis, (checkpoints,)."""
        return np.arange(len(self.steps), dtype=np.float64)

    def at(self, step: float) -> float:
        """Place of a step."""
        return float(np.interp(step, self.steps.astype(np.float64), self.places))

    def draw(self, ax: Axes, note: bool = True) -> None:
        """Give the horizontal axis the steps that fit, a tick for each checkpoint unless these are many, and a label.

        Args:
            ax: whose axis it is.
            note: whether the label says that the checkpoints are evenly spaced.
        """
        texts = [step_text(step) for step in self.steps.tolist()]
        ax.tick_params(labelsize=TICK_SIZE)
        ax.xaxis.set_major_locator(_Fitting(texts, self.first))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda place, _: texts[round(place)]))
        if len(self.steps) <= _TICKED:
            ax.xaxis.set_minor_locator(FixedLocator(self.places.tolist()))
        ax.set_xlim(-0.5, len(self.steps) - 0.5)
        ax.set_xlabel(f"training {self.unit}" + " (checkpoints evenly spaced)" * note, fontsize=LABEL_SIZE)


class _Fitting(Locator):
    """The checkpoints whose numbers do not touch: the outermost, then the first ones, then from left to right."""

    def __init__(self, texts: list[str], first: tuple[int, ...]) -> None:
        fonts = FontProperties(size=TICK_SIZE)
        self._half = [(width_in_em(text, fonts) + _SPACE) * TICK_SIZE / 72 / 2 for text in texts]  # inches
        self._ranked = list(dict.fromkeys((0, len(texts) - 1, *first, *range(len(texts)))))

    def __call__(self) -> list[float]:
        axis = cast(Axis, self.axis)
        low, high = axis.get_view_interval()
        apart = _inches(axis) / (high - low)  # neighbours
        kept: list[int] = []
        for index in self._ranked:
            if all(abs(index - k) * apart >= self._half[index] + self._half[k] for k in kept):
                kept.append(index)
        return [float(place) for place in sorted(kept)]

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """The same, whatever is shown."""
        return self()


def _inches(axis: Axis) -> float:
    """Length of a horizontal axis."""
    return float(axis.axes.bbox.width) / float(axis.axes.figure.figure.dpi)
