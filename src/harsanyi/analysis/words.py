"""The dynamics of a training in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate
from harsanyi.analysis.phases import Moment, turning

if TYPE_CHECKING:
    from harsanyi.analysis.dynamics import Dynamics

_FEW = 5  # checkpoints; the first three make the early noise band
_SHAPES = {
    "spindle": "a spindle, middle orders are the strongest",
    "decay": "a decay, order 1 is the strongest",
    "neither": "neither spindle nor decay",
}


def dynamics_sentences(x: Dynamics) -> list[str]:
    """Phases, then the loss gap, then how far the two lie apart."""
    return [*_phases(x), *_gap(x), *_distance(x)]


def _phases(x: Dynamics) -> list[str]:
    if x.verdict == "no salient effects":
        return ["No phases: no checkpoint has a salient effect."]
    course = f"The mean order, the number of players that an interaction joins, is {_course(x)}."
    if x.boundary is None:
        return [f"{_refusal(x)}.", course]
    before, after = around(x, x.boundary)
    return [
        "Two phases: the interactions first become simpler, then more complex again.",
        course,
        f"The second phase begins at {x.unit} {x.boundary.step:g} {certainty(x.boundary, x.bootstrap)}; the "
        f"checkpoints say no more than that it does so between the {x.unit}s {before} and {after}.",
    ]


def around(x: Dynamics, moment: Moment) -> tuple[Any, Any]:
    """Steps of the checkpoints before and after that of a moment, which are all that is known of it."""
    return x.steps[max(moment.index - 1, 0)], x.steps[min(moment.index + 1, len(x.steps) - 1)]


def _course(x: Dynamics) -> str:
    """Mean order at the first checkpoint, at the least and at the last."""
    known = np.flatnonzero(~np.isnan(x.mean_order.value))
    places = sorted({int(known[0]), int(turning(x.mean_order.value)[0]), int(known[-1])})
    return "; ".join(_at(x, place) for place in places)


def _at(x: Dynamics, place: int) -> str:
    value, low, high = (ends[place] for ends in (x.mean_order.value, x.mean_order.low, x.mean_order.high))
    interval = "" if np.isnan(low) else f"{100 * x.bootstrap.level:g} % interval {low:.2f} to {high:.2f}; "
    return f"{value:.2f} at {x.unit} {x.steps[place]} ({interval}{_SHAPES[x.shapes[place]]})"


def _refusal(x: Dynamics) -> str:
    known = np.flatnonzero(~np.isnan(x.mean_order.value))
    least = int(turning(x.mean_order.value)[0])
    if x.verdict == "one sample":
        return "One sample does not tell phases from noise: explain more samples"
    if len(known) < 3:
        return f"Phases cannot be told from {len(known)} checkpoint{'' if len(known) == 1 else 's'}"
    if x.verdict == "no first phase seen":
        why = (
            "is least at the first checkpoint" if least == known[0] else "falls by no more than resampling alone makes"
        )
        return f"No first phase seen: the mean order {why}, so that nothing is known of a fall before its rise"
    if least == known[-1]:
        return "No second phase seen: the mean order is least at the last checkpoint; longer training may show one"
    return (
        "No second phase seen: after its least the mean order rises by no more than resampling the samples alone makes"
    )


def _gap(x: Dynamics) -> list[str]:
    if x.gap is None:
        return []
    end = f"it is {x.gap.value[-1]:.3g} at {x.unit} {x.steps[-1]}"
    if x.onset is None and len(x.steps) < _FEW:
        return [f"So few checkpoints cannot tell when the loss gap, test less train, begins to grow: {end}."]
    if x.onset is None:
        return [f"The loss gap, test less train, is not seen to leave its early noise band for good: {end}."]
    begins = f"after {x.unit} {x.onset.step:g} {certainty(x.onset, x.bootstrap)}: {end}"
    if not _dips(x.gap):
        return [f"The loss gap, test less train, begins to grow {begins}."]
    least = int(x.gap.value.argmin())
    return [f"The loss gap, test less train, falls to {x.gap.value[least]:.3g} at {x.unit} {x.steps[least]}, as "
            "happens where some training labels are wrong or hard, grows from there on, and leaves its early noise "
            f"band for good {begins}."]  # fmt: skip


def _dips(gap: Estimate) -> bool:
    """Whether the gap falls before it grows: clearly, or where no intervals are known by a tenth of its range."""
    least = int(gap.value.argmin())
    if np.isnan(gap.low).all():
        return bool(gap.value[0] - gap.value[least] > 0.1 * np.ptp(gap.value))
    return least > 0 and bool(gap.high[least] < gap.low[0])


def _distance(x: Dynamics) -> list[str]:
    if x.distance is None:
        return []
    steps, low, high = (float(ends) for ends in (x.distance.value, x.distance.low, x.distance.high))
    where = "at" if steps == 0 else f"{_count(abs(steps), x.unit)} {'after' if steps > 0 else 'before'}"
    ends = "" if np.isnan(low) else f" (interval {low:+g} to {high:+g} {x.unit}s)"
    covered = ", no clear difference" if steps and low <= 0 <= high else ""
    return [f"That is {where} the start of the second phase{ends}{covered}."]


def _count(number: float, unit: str) -> str:
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def certainty(moment: Moment, bootstrap: Bootstrap) -> str:
    """The interval of a moment, and how many resamplings find such a one, in brackets."""
    if np.isnan(moment.share):
        return "(no interval: only mean losses are known)"
    return (
        f"({100 * bootstrap.level:g} % interval {moment.low:g} to {moment.high:g}, "
        f"seen in {100 * moment.share:.0f} % of {bootstrap.draws} resamplings)"
    )
