"""Chosen checkpoints side by side, a column each, and what belongs to all of them in a last, wider column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.errors import ArgumentError
from harsanyi.plots.style import arranged, new_figure
from harsanyi.plots.timeline import step_text

MOST = 5  # checkpoints that are drawn unless some are asked for
_WIDTH, _NARROWEST = 1.45, 4.2  # inches: of a column; of a new figure, for its title
LAST = 1.7  # columns that the last one is wide


def chosen_checkpoints(steps: npt.NDArray[Any], wanted: Sequence[float] | None, needed: Iterable[int]) -> list[int]:
    """Positions of the checkpoints to draw.

    Args:
        steps: of all checkpoints, (checkpoints,).
        wanted: steps to draw; nothing takes the needed ones and more, `MOST` in all.
        needed: positions of those that say most.

    Raises:
        ArgumentError: a step that no checkpoint has, or none wanted.
    """
    if wanted is None:
        return spread(len(steps), needed)
    known = {step: index for index, step in enumerate(steps.tolist())}
    unknown = [step for step in wanted if step not in known]
    if len(wanted) == 0 or unknown:
        given = repr(unknown[0]) if unknown else "no step"
        raise ArgumentError("steps", given, f"those of checkpoints: {', '.join(map(step_text, known))}")
    return sorted({known[step] for step in wanted})


def spread(count: int, needed: Iterable[int], most: int = MOST) -> list[int]:
    """Positions below count: the needed ones, the first and the last, then the middle of the widest gap left.

    Example:
        >>> spread(14, [6]), spread(3, [])
        ([0, 3, 6, 9, 13], [0, 1, 2])
    """
    chosen = sorted({0, count - 1, *needed})
    while len(chosen) < min(count, most):
        gaps = np.diff(chosen)
        widest = int(gaps.argmax())
        chosen.insert(widest + 1, chosen[widest] + int(gaps[widest]) // 2)
    return chosen


def column_axes(
    figure: Figure | None, rows: int, columns: int, last: bool, height: float
) -> tuple[Figure, list[list[Axes]]]:
    """Axes in rows and columns, those of the last column wider.

    Args:
        figure: where to add them; nothing makes a new figure.
        rows: at least 1.
        columns: of checkpoints, at least 1.
        last: whether there is a last, wider column.
        height: of a row of a new figure, in inches.

    Returns:
        The figure, and its axes by row, those of the last column included.
    """
    ratios = [1.0] * columns + [LAST] * last
    width = max(_WIDTH * sum(ratios), _NARROWEST)
    figure = arranged(new_figure(width, height * rows + 0.9) if figure is None else figure)
    axes = figure.subplots(rows, len(ratios), squeeze=False, gridspec_kw={"width_ratios": ratios})
    return figure, axes.tolist()
