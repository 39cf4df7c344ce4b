"""What two networks must share for the same samples to confuse them, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.estimates import counted, part, told

if TYPE_CHECKING:
    from harsanyi.analysis.factor_overlap import FactorOverlap

MEANINGS = {
    "nothing": "share nothing",
    "low": "share the low layers",
    "high": "share the high layers",
    "architecture": "share the architecture only",
    "low_other_architecture": "share the low layers under different architectures",
    "order": "differ in the order of the training samples only",
}
_ABOVE = (("low", "high"), ("low", "architecture"), ("low", "nothing"))  # what the paper says is far apart
_ALIKE = (("high", "architecture"), ("high", "nothing"), ("architecture", "nothing"))
_CHANCE = ("high", "architecture", "nothing")
_OPEN, _FOR, _AGAINST = "open", "for", "against"
_PAIRS, _SAMPLES = 5, 50  # of an experiment that is not small


def factor_sentences(x: FactorOverlap) -> list[str]:
    """Each factor, then the ordering part by part, where its factors are there, and what it comes to."""
    claims = [*(_above(x, pair) for pair in _ABOVE if _there(x, pair)),
              *(_alike(x, pair) for pair in _ALIKE if _there(x, pair)),
              *(_as_chance(x, factor) for factor in _CHANCE if factor in x.factors)]  # fmt: skip
    stated = [_ordering([verdict for verdict, _ in claims])] if "low" in x.factors and len(x.factors) > 1 else []
    return [*(_factor(x, at) for at in range(len(x.factors))), *(sentence for _, sentence in claims if sentence),
            *_too_few(x), *_small(x), *stated]  # fmt: skip


def shared_by(factor: str) -> str:
    """What the networks of a pair of this factor have in common, after "that".

    Example:
        >>> shared_by("high"), shared_by("optimizer")
        ('share the high layers', "share 'optimizer'")
    """
    return MEANINGS.get(factor, f"share {factor!r}")


def off_chance(x: FactorOverlap, at: int) -> int:
    """1 where the pairs of a factor have clearly more samples in common than by chance, -1 where fewer, else 0."""
    if not x.values[at].p_value < 1 - x.level:
        return 0
    return 1 if x.above_chance.value[at] > 0 else -1


def _there(x: FactorOverlap, pair: tuple[str, str]) -> bool:
    return pair[0] in x.factors and pair[1] in x.factors


def _factor(x: FactorOverlap, at: int) -> str:
    values = x.values[at]
    who = f"networks that {shared_by(x.factors[at])} ({counted(len(values.jaccard), 'pair')})"
    if np.isnan(x.jaccard.value[at]):
        return f"Of {who} nothing can be said: no sample of their sets has a score in both."
    verdict = ("less than chance", "not clearly other than chance", "more than chance")[off_chance(x, at) + 1]
    correlation = part(x.correlation, at)
    ranks = "" if np.isnan(correlation.value) else f"; rank correlation of the scores {told(correlation, x.level)}"
    return (
        f"The confusing samples of {who} have a mean Jaccard index of {told(part(x.jaccard, at), x.level)} against "
        f"{x.chance[at]:.3g} by chance: {verdict}, p = {values.p_value:.2g}{ranks}."
    )


def _compared(x: FactorOverlap, pair: tuple[str, str]) -> tuple[float, float, float, bool]:
    """Difference, p-value, corrected p-value of two factors, and whether their own test is clear."""
    first, second = (x.factors.index(factor) for factor in pair)
    turned = first > second
    at = x.jaccard_differences.pairs.index((second, first) if turned else (first, second))
    held = x.jaccard_differences
    difference = -held.difference[at] if turned else held.difference[at]
    return float(difference), float(held.p_value[at]), float(held.corrected[at]), bool(held.p_value[at] < 1 - x.level)


def _test(x: FactorOverlap, difference: float, p_value: float, corrected: float) -> str:
    among = len(x.jaccard_differences.pairs)
    more = f", {corrected:.2g} corrected for {among} comparisons" if among > 1 else ""
    return f"a difference of {difference:.3g} (p = {p_value:.2g}{more})"


def _above(x: FactorOverlap, pair: tuple[str, str]) -> tuple[str, str]:
    difference, p_value, corrected, clear = _compared(x, pair)
    if np.isnan(p_value):
        return _OPEN, ""
    numbers = _test(x, difference, p_value, corrected)
    one, other = map(shared_by, pair)
    if not clear:
        return _OPEN, f"Networks that {one} are not told apart from those that {other}: {numbers}."
    more = "more" if difference > 0 else "fewer"
    found = f"Networks that {one} have {more} confusing samples in common than those that {other}: {numbers}."
    return (_FOR if difference > 0 else _AGAINST), found


def _alike(x: FactorOverlap, pair: tuple[str, str]) -> tuple[str, str]:
    difference, p_value, corrected, clear = _compared(x, pair)
    if np.isnan(p_value) or not clear:
        return _OPEN, ""
    one, other = map(shared_by, pair)
    return _AGAINST, f"Networks that {one} differ from those that {other}: {_test(x, difference, p_value, corrected)}."


def _as_chance(x: FactorOverlap, factor: str) -> tuple[str, str]:
    """Whether a factor is told apart from chance; its own sentence has the numbers."""
    return (_AGAINST if off_chance(x, x.factors.index(factor)) else _OPEN), ""


def _too_few(x: FactorOverlap) -> list[str]:
    least = x.jaccard_differences.least
    if len(least) == 0 or (least < 1 - x.level).any():
        return []
    return [f"So few pairs tell no factors apart, whatever their values: the least p-value they can have is "
            f"{least.min():.2g}."]  # fmt: skip


def _small(x: FactorOverlap) -> list[str]:
    pairs, samples = min(len(each.jaccard) for each in x.values), min(each.samples for each in x.values)
    if pairs >= _PAIRS and samples >= _SAMPLES:
        return []
    return [f"With {counted(pairs, 'pair')} of networks for a factor and {counted(samples)} this is a small "
            "experiment: what it does not tell apart may still differ."]  # fmt: skip


def _ordering(verdicts: list[str]) -> str:
    """What all parts of the ordering come to; what is open is counted, never taken as agreement."""
    ordering = "The ordering of low layers above high layers, and these about as high as the architecture or chance"
    counts = {verdict: verdicts.count(verdict) for verdict in (_FOR, _AGAINST, _OPEN)}
    parts = f"of its {counted(len(verdicts), 'part')} {counts[_FOR]} clearly hold{'s' * (counts[_FOR] == 1)}"
    against = f"{counts[_AGAINST]} clearly {'does' if counts[_AGAINST] == 1 else 'do'} not"
    open_ = f"{counts[_OPEN]} {'is' if counts[_OPEN] == 1 else 'are'} not told apart, which is no proof of equality"
    verdict = "is not borne out as a whole" if counts[_AGAINST] else (
        "has support and nothing against it" if counts[_FOR] else "is neither supported nor refuted")  # fmt: skip
    return f"{ordering}, {verdict}: {parts}, {against}, {open_}."
