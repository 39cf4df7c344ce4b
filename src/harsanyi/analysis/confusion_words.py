"""Which samples confuse a network, in plain words: at one time, and over its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE, SHARE, ConfusionRule
from harsanyi.analysis.confusion_scores import alike
from harsanyi.analysis.estimates import counted, part, told
from harsanyi.analysis.sides import LEAST

if TYPE_CHECKING:
    from harsanyi.analysis.confusion import Confusion
    from harsanyi.analysis.confusion_course import ConfusionCourse

MEANINGS = {
    NON_GENERALIZABLE: "the share of a sample's strength that does not generalize, 1 − H",
    COMPLEX_CANCELLING: "the share of a sample's strength at high orders times how far its effects cancel",
}


def confusion_sentences(x: Confusion) -> list[str]:
    """The set, whether the other score agrees, and how its samples differ from the others."""
    if len(x.ranking) == 0:
        return ["No sample is confusing: none has a salient effect."]
    if not x.members.any():
        return [outstanding(x), *_unknown(x)]
    return [_set(x), *_ties(x), *_unknown(x), *_agreement(x), *_comparison(x)]


def outstanding(x: Confusion) -> str:
    """That no sample is confusing, and why."""
    scores, count = x.scores[x.score][x.ranking], counted(len(x.ranking))
    if x.rule.threshold is not None:
        return f"No sample is confusing: none of the scores of {count} reaches {x.rule.threshold:g}."
    if alike(scores):
        return f"No sample stands out: all scores of {count} are {scores[0]:.2g}."
    return f"No sample stands out: at least half of {count} have the highest score, {scores[0]:.2g}."


def _set(x: Confusion) -> str:
    count, scored = int(x.members.sum()), len(x.ranking)
    verb = "is" if count == 1 else "are"
    return (
        f"{count} of {counted(scored)} {verb} confusing, {chosen_by(x.rule)} by {MEANINGS[x.score]}: "
        f"{x.threshold:.3g} or more, where the median sample has {np.median(x.scores[x.score][x.ranking]):.3g}."
    )


def chosen_by(rule: ConfusionRule) -> str:
    """How a rule chooses the samples that are confusing, by their scores."""
    if rule.threshold is not None:
        return f"at or above {rule.threshold:g}"
    return f"the top {100 * (rule.share or SHARE):g} %"


def _ties(x: Confusion) -> list[str]:
    if x.tied == 0:
        return []
    kept = f"{counted(x.tied, 'other sample')} {'has' if x.tied == 1 else 'have'} the same score as the last of these"
    how = "the other score, then by position" if x.agreement else "position"
    return [f"{kept}: the tie was broken by {how}."]


def _unknown(x: Confusion) -> list[str]:
    lacking = len(x) - len(x.ranking)
    if lacking == 0:
        return []
    return [f"{counted(lacking)} more {'has' if lacking == 1 else 'have'} no salient effect, and no score."]


def _agreement(x: Confusion) -> list[str]:
    if x.agreement is None:
        return []
    correlation = x.agreement.correlation
    found = (
        f"Another score, {_other(x)}, cannot be compared: too few samples, or all alike."
        if np.isnan(correlation.value)
        else f"Another score, {_other(x)}, ranks the samples with a correlation of "
        f"{told(correlation, x.bootstrap.level)}."
    )
    if np.isnan(x.agreement.jaccard):
        return [found]
    return [
        found,
        f"The set that it would choose has a Jaccard index of {x.agreement.jaccard:.3g} with this one; by "
        f"chance it would be {x.agreement.chance:.3g}.",
    ]


def _other(x: Confusion) -> str:
    return MEANINGS[COMPLEX_CANCELLING if x.score == NON_GENERALIZABLE else NON_GENERALIZABLE]


def _comparison(x: Confusion) -> list[str]:
    if x.comparison is not None:
        if x.score == COMPLEX_CANCELLING:
            return ["They are complex and cancel by how they were chosen: that they differ in that is no finding."]
        return x.comparison.sentences()
    count = int(x.members.sum())
    return [
        f"How they differ from the others cannot be told: that needs at least {LEAST} confusing and {LEAST} other "
        f"samples, and there are {count} and {len(x) - count}."
    ]


# Over a training ------------------------------------------------------------------------------------------------------


def confusion_course_sentences(x: ConfusionCourse) -> list[str]:
    """When the final set was settled, how many came and went, and how far the scores kept their order."""
    final = int(x.members[-1].sum())
    if final == 0:
        return [f"No sample is confusing at {x.unit} {x.steps[-1]:g}."]
    verb, when = "is" if final == 1 else "are", f"{x.unit} {x.steps[-1]:g}"
    first = f"{counted(final)} {verb} confusing at {when}, {chosen_by(x.rule)} by"
    return [f"{first} {MEANINGS[x.score]}.", *_settled(x), *_moved(x), *_mean(x)] if len(x.steps) > 1 else [
        f"{first} {MEANINGS[x.score]}; a single checkpoint tells nothing of when."
    ]  # fmt: skip


def _settled(x: ConfusionCourse) -> list[str]:
    if x.settled == x.steps[-1]:
        whole = f"The set is not seen to settle: it still changes between the last two {x.unit}s, "
        return [f"{whole}{x.steps[-2]:g} and {x.steps[-1]:g}.", _half(x)]
    return [f"The set is settled from {x.unit} {x.settled:g} on: no sample enters or leaves it after.", _half(x)]


def _half(x: ConfusionCourse) -> str:
    since = np.sort(x.since[~np.isnan(x.since)])
    return f"Half of its samples are in it for good from {x.unit} {since[(len(since) - 1) // 2]:g} on."


def _moved(x: ConfusionCourse) -> list[str]:
    known = np.flatnonzero(~np.isnan(x.correlation.value))
    most = int(x.entering.argmax())
    verb = "enters" if x.entering[most] == 1 else "enter"
    between = f"between the {x.unit}s {x.steps[most]:g} and {x.steps[most + 1]:g}"
    moved = f"At most {counted(int(x.entering[most]))} {verb} at once, {between}." if x.entering.any() else (
        "No sample ever enters the set."
    )  # fmt: skip
    if len(known) == 0:
        return [moved]
    last = part(x.correlation, int(known[-1]))
    when = f"from {x.unit} {x.steps[known[-1]]:g} to {x.steps[known[-1] + 1]:g}"
    return [moved, f"The rank correlation of the scores {when} is {told(last, x.bootstrap.level)}."]


def _mean(x: ConfusionCourse) -> list[str]:
    known = np.flatnonzero(~np.isnan(x.mean.value))
    ends = [f"{told(part(x.mean, int(at)), x.bootstrap.level)} at {x.unit} {x.steps[at]:g}" for at in known[[0, -1]]]
    return [f"The mean score is {' and '.join(dict.fromkeys(ends))}."]
