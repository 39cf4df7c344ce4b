"""Charts that answer to a click, as data of a page; pictures stand in for them without script and in print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harsanyi.analysis import Dynamics, GeneralizationDynamics
from harsanyi.analysis.bootstrap import Floats
from harsanyi.report.pictures import Picture


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart.

    Attributes:
        title: of it.
        text: what it shows, for all readers.
        data: JSON types.
        pictures: what is shown in its place without script and in print.
    """

    title: str
    text: str
    data: Mapping[str, Any]
    pictures: Sequence[Picture] = ()


def training_chart(
    x: Dynamics, course: GeneralizationDynamics | None = None, pictures: Sequence[Picture] = ()
) -> Chart:
    """Strength by order at every checkpoint, with the loss gap and what begins when.

    Args:
        x: how the network learned.
        course: what of it generalizes, or nothing.
        pictures: that it takes the place of.
    """
    moments = [
        ("interactions turn complex again", x.boundary),
        ("the loss gap leaves its early band for good", x.onset),
    ]
    if course is not None:
        moments.append(("most of what is gained no longer generalizes", course.overfitting))
    data = {
        "unit": x.unit, "steps": [step.item() for step in x.steps], "orders": list(range(1, x.n + 1)),
        "strength": _listed(x.normalised.value), "positive": _listed(x.positive.value),
        "negative": _listed(x.negative.value), "mean": _listed(x.mean_order.value),
        "gap": None if x.gap is None else _listed(x.gap.value),
        "marks": [{"text": text, "at": moment.index} for text, moment in moments if moment is not None],
    }  # fmt: skip
    text = (
        "Each column is a checkpoint, each row an order: how many parts of the input the interactions join. The fuller "
        "its colour, the stronger it is, the mean being 1. Choose a checkpoint, by a click or with the slider, for its "
        "interactions by order."
    )
    return Chart("Every order at every checkpoint", text, data, pictures)


def _listed(values: Floats) -> Any:
    """Six digits; nothing for what is no number, as JSON has none for it."""
    if values.ndim > 1:
        return [_listed(row) for row in values]
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values.tolist()]
