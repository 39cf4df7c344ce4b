"""In plain words, how much of what a network learns generalizes over its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.estimates import part, told
from harsanyi.analysis.generalization_words import between, floor_sentence, networks, percent, reference_sentences
from harsanyi.analysis.phases import turning
from harsanyi.analysis.words import certainty

if TYPE_CHECKING:
    from harsanyi.analysis.generalization_dynamics import GeneralizationDynamics

_H = "H, the share of the salient strength that generalizes"


def course_sentences(x: GeneralizationDynamics) -> list[str]:
    """Phases, H beside its references, what was gained last, and how H goes with the loss gap."""
    if x.verdict == "no salient effects":
        return ["No phases: no checkpoint has a salient effect."]
    beside = reference_sentences(x.references, x.baselines, x.rule, f" at {x.unit} {x.steps[-1]}")
    return [
        *_phases(x),
        _course(x),
        *beside,
        *floor_sentence(part(x.power, -1), x.references),
        *_gained(x),
        *_association(x),
    ]


def _phases(x: GeneralizationDynamics) -> list[str]:
    if x.peak is None:
        return [f"{_refusal(x)}."]
    first = f"The first phase ends at {x.unit} {x.peak.step:g} {certainty(x.peak, x.bootstrap)}, where H is largest."
    less = f"less than {percent(x.majority)} of what is newly gained generalizes"
    if x.overfitting is None:
        return [first, f"The third phase, in which {less}, is not reached."]
    start = f"{x.unit} {x.overfitting.step:g} {certainty(x.overfitting, x.bootstrap)}"
    third = f"The third phase begins at {start}: from there to the end {less}."
    if _no_change(x):
        return [first, third, *_no_change(x)]
    return [f"By what generalizes, three phases{_doubt(x)}.", first, third]


def _doubt(x: GeneralizationDynamics) -> str:
    clear = x.overfitting is not None and x.overfitting.share >= x.bootstrap.level
    return "" if clear else ", the third of them not clearly"


def _no_change(x: GeneralizationDynamics) -> list[str]:
    """That the start of phase 3 sets nothing apart from what was before."""
    if x.peak is None or x.overfitting is None:
        return []
    earlier = x.gained_rate.value[: x.overfitting.index]
    found = []
    if not (earlier >= x.majority).any():
        found.append("So it is with every gain before, too: the start of this phase marks no change in what is gained.")
    if x.overfitting.index == x.peak.index:
        found.append("No second phase lies between the two.")
    return found


def _refusal(x: GeneralizationDynamics) -> str:
    known = np.flatnonzero(~np.isnan(x.power.value))
    if x.verdict == "one sample":
        return "One sample does not tell phases from noise: explain more samples"
    if x.verdict == "no first phase seen":
        return "No first phase seen: H does not rise before its peak by more than resampling the samples alone makes"
    if int(turning(-x.power.value)[0]) == known[-1]:
        return "The first phase has not ended: H is largest at the last checkpoint; longer training may end it"
    return "The first phase is not seen to end: after its peak H falls by no more than resampling the samples makes"


def _course(x: GeneralizationDynamics) -> str:
    """H at the first checkpoint, at its largest and at the last."""
    known = np.flatnonzero(~np.isnan(x.power.value))
    places = sorted({int(known[0]), int(turning(-x.power.value)[0]), int(known[-1])})
    at = [f"{percent(x.power.value[place])} at {x.unit} {x.steps[place]}"
          f"{between(part(x.power, place), x.bootstrap.level)}" for place in places]  # fmt: skip
    return f"{_H} to {networks(x.baselines)}, is {'; '.join(at)}."


def _gained(x: GeneralizationDynamics) -> list[str]:
    known = np.flatnonzero(~np.isnan(x.gained_rate.value))
    if len(known) == 0:
        return []
    last = int(known[-1])
    return [f"Of the strength gained last, from {x.unit} {x.steps[last]} to {x.steps[last + 1]}, "
            f"{percent(x.gained_rate.value[last])} generalizes"
            f"{between(part(x.gained_rate, last), x.bootstrap.level)}."]  # fmt: skip


def _association(x: GeneralizationDynamics) -> list[str]:
    if x.association is None or np.isnan(x.association.value):
        return []
    return [f"The rank correlation of 1 - H and the loss gap over the checkpoints is "
            f"{told(x.association, x.bootstrap.level)}."]  # fmt: skip
