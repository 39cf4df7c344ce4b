"""Whether networks are confused by the same samples, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.estimates import clear_sign, counted, part, told

if TYPE_CHECKING:
    from harsanyi.analysis.overlap import ConfusionOverlap

_MOST = 6  # pairs that are told one by one


def overlap_sentences(x: ConfusionOverlap) -> list[str]:
    """What the sets have in common, and performance."""
    return [*set_sentences(x), *performance_sentences(x)]


def set_sentences(x: ConfusionOverlap) -> list[str]:
    """Each pair, or how many are alike where there are many; what a network has in common with itself; ties."""
    pairs = range(len(x.pairs))
    each = [_pair(x, pair) for pair in pairs] if len(pairs) <= _MOST else [_all(x)]
    return [*each, *_ceiling(x), *_ties(x)]


def performance_sentences(x: ConfusionOverlap) -> list[str]:
    """Whether the networks do equally well, where that is known."""
    return [] if x.performance is None else [_performance(x, pair) for pair in _shown(x)]


def _shown(x: ConfusionOverlap) -> list[int]:
    """Pairs whose performance is told: all, or the one with the fewest samples in common."""
    return list(range(len(x.pairs))) if len(x.pairs) <= _MOST else [int(np.nan_to_num(x.jaccard.value, nan=1).argmin())]


def _pair(x: ConfusionOverlap, pair: int) -> str:
    (one, other), found = map(repr, x.pair_names(pair)), x.common[pair]
    if found.either == 0:
        return f"Of the sets of {one} and {other} nothing can be said: no sample of them has a score in both networks."
    sizes = f"{found.both} of the {counted(found.either)} in either set"
    jaccard = f"Jaccard index {told(part(x.jaccard, pair), x.bootstrap.level)}, by chance {x.chance[pair]:.3g}"
    return f"{one} and {other} {_verdict(x, pair)}: {sizes}, {jaccard}, p = {x.p_value[pair]:.2g}. {_ranks(x, pair)}"


def _verdict(x: ConfusionOverlap, pair: int) -> str:
    if clearly_above(x, pair):
        return "are confused by the same samples more often than by chance"
    if x.jaccard.high[pair] < x.chance[pair]:
        return "are confused by the same samples less often than by chance"
    return "are not clearly confused by the same samples more often than by chance"


def clearly_above(x: ConfusionOverlap, pair: int) -> bool:
    """Whether independent sets would hardly have so much in common, at the level of the intervals."""
    return bool(x.p_value[pair] < 1 - x.bootstrap.level)


def _ranks(x: ConfusionOverlap, pair: int) -> str:
    correlation = part(x.correlation, pair)
    if np.isnan(correlation.value):
        return "Their scores have no rank correlation: too few samples, or all alike."
    return f"The rank correlation of their scores is {told(correlation, x.bootstrap.level)}."


def _all(x: ConfusionOverlap) -> str:
    clear = sum(clearly_above(x, pair) for pair in range(len(x.pairs)))
    if np.isnan(x.jaccard.value).all():
        return f"Of the {len(x.pairs)} pairs of networks nothing can be said: none has a sample of a set in common."
    ends = f"{np.nanmin(x.jaccard.value):.3g} to {np.nanmax(x.jaccard.value):.3g}"
    return (
        f"Of {len(x.pairs)} pairs of networks {clear} have clearly more confusing samples in common than by chance, "
        f"each by its own test: the Jaccard index is {ends}, the mean {np.nanmean(x.jaccard.value):.3g}, by chance "
        f"{np.nanmean(x.chance):.3g}."
    )


def _ceiling(x: ConfusionOverlap) -> list[str]:
    """What a network has in common with itself, and whether two networks are below that."""
    if x.again is None or np.isnan(x.again.value).all():
        return []
    least = int(np.nanargmin(x.again.value))
    own = told(part(x.again, least), x.bootstrap.level)
    below = [pair for pair, (one, other) in enumerate(x.pairs)
             if x.jaccard.high[pair] < min(x.again.low[one], x.again.low[other])]  # fmt: skip
    more = f" or more (least for {x.names[least]!r})" if (x.again.value > x.again.value[least]).any() else ""
    itself = f"Split again, a network's own set has a Jaccard index of {own} with itself{more}"
    if len(x.pairs) == 1:
        return [f"{itself}; that of the two networks is {'' if below else 'not '}clearly below that."]
    return [f"{itself}; {len(below)} of {len(x.pairs)} pairs of networks {'is' if len(below) == 1 else 'are'} clearly "
            "below that."]  # fmt: skip


def _ties(x: ConfusionOverlap) -> list[str]:
    return [
        f"{counted(count, 'other sample')} of {name!r} {'has' if count == 1 else 'have'} the same score as the last of "
        "its set: which of them are in it was drawn at random, which lowers what it has in common with others."
        for name, count in zip(x.names, x.tied, strict=True)
        if count
    ]


def _performance(x: ConfusionOverlap, pair: int) -> str:
    assert x.performance is not None
    one, other = x.pairs[pair]
    names, level = " and ".join(map(repr, x.pair_names(pair))), x.bootstrap.level
    accuracy, agree = part(x.performance.accuracy_difference, pair), part(x.performance.agreement, pair)
    verb = "are not told apart by accuracy" if clear_sign(accuracy) == 0 else "differ in accuracy"
    values = " against ".join(f"{100 * x.performance.accuracy.value[network]:.3g} %" for network in (one, other))
    losses = " against ".join(f"{x.performance.loss.value[network]:.3g}" for network in (one, other))
    return (
        f"{names} {verb}: {values}, a difference of {told(accuracy, level)}; mean loss {losses}; they predict the same "
        f"class for a share of {told(agree, level)}."
    )
