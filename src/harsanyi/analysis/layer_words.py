"""What the layers of a network know, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.estimates import clear_sign, part, told
from harsanyi.analysis.generalization_words import between, percent
from harsanyi.analysis.layer_input import spoken
from harsanyi.analysis.order_trends import trend_kind
from harsanyi.analysis.sharing_words import listed
from harsanyi.core.coalitions import possible_effects
from harsanyi.core.salience import MaxEffect

if TYPE_CHECKING:
    from harsanyi.analysis.layer_by_layer import LayerByLayer


def layer_sentences(x: LayerByLayer) -> list[str]:
    """Completeness, redundancy, what is forgotten, how many effects are salient, warnings of the probes."""
    return [*_completeness(x), *_redundancy(x), _forgetting(x), _counts(x), *_warnings(x)]


def _completeness(x: LayerByLayer) -> list[str]:
    ends = [_named_share(x, x.completeness, at) for at in sorted({0, len(x.names) - 2})]
    last, verb = spoken(x.names[-1]), "are" if len(ends) > 1 else "is"
    found = f"Of the strength of {last}, {' and '.join(ends)} {verb} there already."
    if len(x.names) < 4:
        return [found, "Fewer than three layers below the last do not tell a trend."]
    trend = x.trends.completeness
    verdict = {
        "rises": "Completeness rises with depth",
        "falls": "Completeness falls with depth",
        "neither": "Completeness neither rises nor falls steadily with depth",
        "unclear": "Whether completeness rises with depth cannot be told from these samples",
    }[trend_kind(trend)]
    if np.isnan(trend.value):
        return [found, "Completeness is the same in all layers below the last."]
    correlation = f"rank correlation with depth {told(trend, x.bootstrap.level)}"
    return [found, f"{verdict}: {correlation} over the layers below {last}.", *_largest_fall(x)]


def _largest_fall(x: LayerByLayer) -> list[str]:
    """The largest fall of completeness from a layer to the next, the exception where it rises; nothing if none."""
    change = x.trends.completeness_change
    at = int(change.value.argmin())
    if not change.value[at] < 0:
        return []
    clear = [_step(x, i) for i in range(len(change.value)) if clear_sign(part(change, i)) < 0]
    fall = f"Completeness falls most {_step(x, at)}, by {_points(x, part(change, at), -1)}"
    others = [step for step in clear if step != _step(x, at)]
    if not clear:
        return [f"{fall}; these samples do not tell whether it falls at all."]
    return [f"{fall}{f'; it clearly falls {listed(others)} too' if others else ''}."]


def _redundancy(x: LayerByLayer) -> list[str]:
    trends, below = x.trends, [spoken(name) for name in x.names[:-1]]
    if trends.peak is None:
        return [f"No layer carries strength that {spoken(x.names[-1])} does not use."]
    if len(below) < 2:
        return [f"Of the strength of {below[0]}, {_share(x, x.redundancy, 0)} is not used by {spoken(x.names[-1])}."]
    seen = "" if np.isnan(trends.peak_share) else f", the highest in {percent(trends.peak_share)} of the resamplings"
    peak = below[trends.peak]
    found = f"Redundancy is highest at {peak}, {_share(x, x.redundancy, trends.peak)}{seen}."
    return [found, f"{_course(x, peak)}.", *_later_rises(x)]


def _course(x: LayerByLayer, peak: str) -> str:
    """Whether redundancy rises to its peak and falls after it."""
    trends, below = x.trends, [spoken(name) for name in x.names[:-1]]
    rises, falls = clear_sign(trends.rise) > 0, clear_sign(trends.fall) > 0
    rise = f"{_points(x, trends.rise)} above {below[0]}"
    fall = f"{_points(x, trends.fall)} above {below[-1]}"
    if trends.peak == 0:
        return f"So redundancy falls in all: at its highest it is {fall}" if falls else _cannot_tell("falls", fall)
    if trends.peak == len(below) - 1:
        return f"So redundancy rises in all: at its highest it is {rise}" if rises else _cannot_tell("rises", rise)
    if rises and falls:
        return f"Redundancy rises, then falls: at {peak} it is {rise} and {fall}"
    return _cannot_tell("rises and then falls", f"{rise} and {fall}")


def _cannot_tell(what: str, numbers: str) -> str:
    return f"Whether redundancy {what} cannot be told from these samples: at its highest it is {numbers}"


def _later_rises(x: LayerByLayer) -> list[str]:
    """Layers after the peak at which redundancy clearly rises again."""
    change, peak = x.trends.redundancy_change, x.trends.peak or 0
    rising = [_step(x, at) for at in range(peak, len(change.value)) if clear_sign(part(change, at)) > 0]
    return [f"Redundancy rises again {listed(rising)}."] if rising else []


def _forgetting(x: LayerByLayer) -> str:
    at = x.trends.forgets_most
    strength = told(part(x.to_next.strength, at, 1, -1, -1), x.bootstrap.level)
    share = percent(x.to_next.redundancy.value[at, -1, -1]) if x.to_next.strength.value[at, :2, -1, -1].any() else "0 %"
    seen = "" if np.isnan(x.trends.forgets_share) else f"; so in {percent(x.trends.forgets_share)} of the resamplings"
    return f"Most is forgotten {_step(x, at)}: strength {strength} a sample, {share} of {spoken(x.names[at])}{seen}."


def _counts(x: LayerByLayer) -> str:
    fewest, most = int(x.count.value[:, -1].argmin()), int(x.count.value[:, -1].argmax())
    counts = [f"{x.count.value[at, -1]:.1f} ({spoken(x.names[at])})" for at in dict.fromkeys((fewest, most))]
    rule, possible = x.salience, possible_effects(x.n)
    least = str(rule)
    if isinstance(rule, MaxEffect):
        where = "over all samples" if rule.over == "samples" else "on the sample"
        least = f"at least {100 * rule.share:g} % of the layer's largest effect {where}"
    return f"Salient ({least}) are {' to '.join(counts)} of the {possible:,} possible effects of a sample."


def _warnings(x: LayerByLayer) -> list[str]:
    return [f"{name}: {x.warnings[name]}" for name in x.names if name in x.warnings]


def _named_share(x: LayerByLayer, single: Estimate, at: int) -> str:
    return f"{_share(x, single, at)} in {spoken(x.names[at])}"


def _share(x: LayerByLayer, single: Estimate, at: int) -> str:
    one = part(single, at)
    return f"{percent(one.value)}{between(one, x.bootstrap.level)}"


def _points(x: LayerByLayer, single: Estimate, sign: int = 1) -> str:
    """A difference of two shares, in percentage points, with its interval."""
    low, high = sorted((100 * sign * float(single.low), 100 * sign * float(single.high)))
    ends = "" if np.isnan(low) else f" ({100 * x.bootstrap.level:g} % interval {low:.0f} to {high:.0f})"
    return f"{100 * sign * float(single.value):.0f} points{ends}"


def _step(x: LayerByLayer, at: int) -> str:
    return f"from {spoken(x.names[at])} to {spoken(x.names[at + 1])}"
