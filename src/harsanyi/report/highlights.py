"""The findings that a page opens with: a sentence each, how sure it is, and a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harsanyi.analysis import Bootstrap, Confusion, Dynamics, GeneralizationDynamics, LayerByLayer
from harsanyi.analysis.bootstrap import Estimate, Floats
from harsanyi.analysis.confusion_rule import NON_GENERALIZABLE
from harsanyi.analysis.confusion_scores import ROUNDING
from harsanyi.analysis.confusion_words import chosen_by, outstanding
from harsanyi.analysis.estimates import counted, part
from harsanyi.analysis.generalization_words import percent
from harsanyi.analysis.layer_input import spoken
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.words import around
from harsanyi.report import sparks

MOST = 7  # on a page
_NOT_SEEN = {
    "no second phase seen": "The interactions show no over-fitting: they do not clearly become more complex again.",
    "no first phase seen": "The interactions do not tell whether over-fitting begins: they never become simpler.",
    "no salient effects": "The interactions do not tell whether over-fitting begins: none is strong enough to count.",
    "one sample": "The interactions do not tell whether over-fitting begins: one sample does not tell it from noise.",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Highlight:
    """A finding of the first screen.

    Attributes:
        sentence: what was found, without a term that is not explained there.
        detail: how sure it is, and how it is measured.
        picture: inline SVG, or "".
        section: heading of the section that tells more, or "".
        warns: whether it is a warning.
    """

    sentence: str
    detail: str
    picture: str = ""
    section: str = ""
    warns: bool = False

    def of(self, name: str) -> Highlight:
        """The same, saying of which network it is."""
        return replace(self, sentence=f"{name}: {self.sentence}")


# Of a training --------------------------------------------------------------------------------------------------------


def over_fitting(x: Dynamics, section: str) -> Highlight | None:
    """When over-fitting begins, or only interactions become more complex again where the losses do not say so too.

    Nothing of fewer than three checkpoints, which cannot tell.

    Args:
        x: the dynamics.
        section: heading of the section that tells more.
    """
    if len(x.steps) < 3:
        return None
    said, found = _NOT_SEEN.get(x.verdict, x.verdict), ""
    if x.boundary is not None:
        agree = x.onset is not None and abs(x.onset.index - x.boundary.index) <= 1  # of the losses, up to a checkpoint
        said, found = _begins(x, x.boundary, agree), _between(x, x.boundary)
    mark = None if x.boundary is None else x.boundary.index
    text = f"Mean number of parts that an interaction joins, {x.unit} {x.steps[0]} to {x.steps[-1]}."
    return Highlight(said, f"{found}{_onset(x)}Curve: mean number of parts that an interaction joins.",
                     sparks.line(x.mean_order.value, text, mark), section)  # fmt: skip


def _begins(x: Dynamics, boundary: Moment, agree: bool) -> str:
    """What begins with the second phase; over-fitting only as far as the losses say so too."""
    at = f"at {x.unit} {boundary.step:g}"
    if not agree:
        return f"Interactions turn complex again {at}: from there on they join more and more parts of the input."
    least = _least(x)
    if least is None or least <= boundary.index + 1:
        return f"Over-fitting begins {at}: from there on interactions join more and more parts of the input."
    return (f"Signs of over-fitting begin {at}: interactions turn complex again and the loss gap opens, while the test "
            f"loss falls until {x.unit} {x.steps[least]}.")  # fmt: skip


def _least(x: Dynamics) -> int | None:
    """The checkpoint with the least test loss; nothing where no loss is known."""
    known = x.test_loss is not None and np.isfinite(x.test_loss).any()
    return int(np.nanargmin(x.test_loss)) if known and x.test_loss is not None else None


def _between(x: Dynamics, moment: Moment) -> str:
    """What the checkpoints can tell of a moment, and how far other samples would move it."""
    before, after = around(x, moment)
    ends = (
        "" if np.isnan(moment.low) else f"; {100 * x.bootstrap.level:g} % interval: {moment.low:g} to {moment.high:g}"
    )
    return f"Somewhere between the {x.unit}s {before} and {after}, as far as the checkpoints tell{ends}. "


def _onset(x: Dynamics) -> str:
    parts = "" if x.onset is None else f"The test loss parts from the training loss after {x.unit} {x.onset.step:g}. "
    least = _least(x)
    if least is None:
        return parts
    return f"{parts}{'It' if parts else 'The test loss'} is least at {x.unit} {x.steps[least]}. "


def generalizing(x: GeneralizationDynamics, section: str) -> Highlight | None:
    """What share of what was learned other networks have learned too, at the last checkpoint that tells."""
    known = np.flatnonzero(~np.isnan(x.power.value))
    if len(known) == 0:
        return None
    last = part(x.power, int(known[-1]))
    ends, low, high = _share_interval(last, x.bootstrap)
    ceilings = [one for one in x.references if one.kind == "ceiling" and np.isfinite(one.power.value)]
    floors = [one for one in x.references if one.kind == "floor" and np.isfinite(one.power.value)]
    highest = max(floors, key=lambda one: float(one.power.value), default=None)
    names = {"another seed": "a network trained alike", "extracted again": "the same network extracted again"}
    beside = "".join(f"; {names[one.name]} has {percent(one.power.value)}" for one in ceilings[:1] if one.name in names)
    share = percent(last.value)
    said = f"{share} of what the network has learned generalizes: networks trained on other samples have it too."
    if highest is not None:
        floor = f"{percent(highest.power.value)} ({highest.name})"
        if float(last.value) <= highest.power.value or low <= float(highest.power.value):
            said = (
                f"What generalizes, {share} of what the network has learned, is not clearly more than chance: {floor}."
            )
        else:
            beside += f"; by chance it would be {floor}"
    return Highlight(said, f"{ends}Counted by strength, at {x.unit} {x.steps[known[-1]]}{beside}.",
                     sparks.share(float(last.value), said, low, high), section)  # fmt: skip


def _share_interval(single: Estimate, bootstrap: Bootstrap) -> tuple[str, float, float]:
    low, high = float(single.low), float(single.high)
    told = "" if np.isnan(low) else f"{100 * bootstrap.level:g} % interval: {100 * low:.0f} to {100 * high:.0f} %. "
    return told, low, high


# Of samples and layers ------------------------------------------------------------------------------------------------


def confusing(x: Confusion, places: Sequence[str], section: str) -> Highlight | None:
    """Which sample confuses the network most, and how far it stands out; nothing where no sample has a score.

    Args:
        x: of the samples.
        places: which sample each is, in words.
        section: heading of the section that tells more.
    """
    if len(x.ranking) == 0:
        return None
    scores, count = x.scores[x.score][x.ranking], int(x.members.sum())  # highest first
    what = ("the share of a sample's interactions that networks trained on other samples do not have"
            if x.score == NON_GENERALIZABLE
            else "how complex a sample's interactions are, times how far they cancel each other")  # fmt: skip
    said = _most_confusing(x, scores, places[int(x.ranking[0])])
    verb = "counts" if count == 1 else "count"
    chosen = f"{counted(count)} {verb} as confusing, {chosen_by(x.rule)}: {x.threshold:.3g} or more. " if count else ""
    return Highlight(said, f"{chosen}Bars: the scores of all samples, highest first: {what}.",
                     sparks.bars(scores, said, range(count)), section)  # fmt: skip


def _most_confusing(x: Confusion, scores: Floats, first: str) -> str:
    if not x.members.any():
        return outstanding(x)
    equal = int((scores > scores[0] - 10.0**-ROUNDING).sum()) - 1
    who = f"{first[0].upper()}{first[1:]}"
    verb, its = ("confuses", "its") if equal == 0 else (f"and {equal} more confuse", "their")
    return (
        f"{who} {verb} the network most of {counted(len(scores))}: {its} score is {scores[0]:.2g}, the median "
        f"{np.median(scores):.2g}."
    )


def forgetting(x: LayerByLayer, section: str) -> Highlight:
    """Which layer loses most on the way to the next one."""
    at = x.trends.forgets_most
    share, lost = part(x.to_next.redundancy, at, -1, -1), part(x.to_next.strength, at, 1, -1, -1)
    of = percent(share.value) if np.isfinite(share.value) else "0 %"
    ends = "" if np.isnan(lost.low) else (
        f"{100 * x.bootstrap.level:g} % interval of the strength: {lost.low:.3g} to {lost.high:.3g}. "
    )  # fmt: skip
    seen = "" if np.isnan(x.trends.forgets_share) else f"So in {percent(x.trends.forgets_share)} of the resamplings. "
    strength = x.to_next.strength.value[:, 1, -1, -1]
    name, after = (spoken(x.names[place]) for place in (at, at + 1))
    after = f"the {after}" if after == "output" else after
    text = f"Strength that is lost from each layer to the next, {x.names[0]} to {x.names[-1]}."
    return Highlight(
        f"Most is forgotten after {name}: strength {lost.value:.3g} a sample, {of} of what it has, is gone in {after}.",
        f"{ends}{seen}Bars: strength of the interactions that are lost from each layer to the next.",
        sparks.bars(strength, text, [at]), section,
    )  # fmt: skip


def warning(sentence: str, detail: str = "") -> Highlight:
    """A warning, which has no picture."""
    return Highlight(sentence, detail, warns=True)
