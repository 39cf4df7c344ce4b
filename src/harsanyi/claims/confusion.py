"""Claims about the samples that confuse a network."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis import ConfusionRule, FactorOverlap
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE
from harsanyi.analysis.estimates import clear_sign, part
from harsanyi.claims.claim import Claim, Finding, all_of, by_seed, numbers, verdict_of
from harsanyi.claims.generalization import more_complex
from harsanyi.claims.material import PAIRS, STUDIES, Material
from harsanyi.study import Study

_PAPER = "2502.08625"
_RULE = ConfusionRule(score=COMPLEX_CANCELLING, share=0.2)  # of so few samples a tenth would be no set
_CLEAR, _HIGH = 0.05, 0.5  # p-value below which a test is clear; Jaccard index from which on an overlap is high


def check_independent(material: Material) -> Finding:
    """C22. The fifth of the test samples that confuse networks most, in pairs of networks that share nothing.

    Pairs of an architecture are for the claim where their accuracies do not clearly differ, their sets have no clearly
    other overlap than independent ones (p of all pairs together at least 0.05), and the interval of each pair's Jaccard
    index lies below 0.5; against it where they have clearly more than independent sets. Appears where more than half of
    the architectures are for it, and none against.
    """
    answers = [_independent(material.pairs(each), each) for each in material.sizes.architectures]
    measured = f"Pairs that share nothing: {'; '.join(text for _, text in answers)}."
    return Finding(measured, verdict_of([voted for voted, _ in answers]), tuple(range(material.sizes.pairs)))


def _independent(study: Study, architecture: str) -> tuple[int, str]:
    overlap = study.factor_overlap(rule=_RULE)
    at = overlap.factors.index("nothing")
    p_value, chance = overlap.values[at].p_value, overlap.chance[at]
    high, equal = _each_pair(study, len(overlap.values[at].jaccard))
    voted = -int(p_value < _CLEAR and overlap.above_chance.value[at] > 0)
    if p_value >= _CLEAR and equal:
        voted = int(high < _HIGH)
    return voted, (f"{architecture}, Jaccard index {numbers(part(overlap.jaccard, at))} against "
                   f"{chance:.3g} by chance, p = {p_value:.2g}, accuracies {'' if equal else 'clearly '}"
                   f"{'not clearly ' if equal else ''}different")  # fmt: skip


def _each_pair(study: Study, pairs: int) -> tuple[float, bool]:
    """The largest upper end of the Jaccard index of a pair, and whether no two accuracies clearly differ."""
    found = [study.confusion_overlap([f"pair-{i}-first", f"pair-{i}-nothing"], rule=_RULE, again=False)
             for i in range(pairs)]  # fmt: skip
    differ = [each.performance is not None and clear_sign(part(each.performance.accuracy_difference, 0)) != 0
              for each in found]  # fmt: skip
    return max(float(each.jaccard.high[0]) for each in found), not any(differ)


def check_factors(material: Material) -> Finding:
    """C23. The same for pairs that share the low layers, the high ones, the architecture only, or nothing.

    Pairs of an architecture are for the claim where those that share the low layers have more in common than those
    that share the high ones, and than those that share nothing, both with p < 0.05; against it where they have clearly
    less, or where pairs that share the high layers have clearly more than those that share nothing and those that share
    the low layers do not have clearly more still. Appears where more than half are for it, and none against.
    """
    answers = [_factors(material.pairs(each).factor_overlap(rule=_RULE), each)
               for each in material.sizes.architectures]  # fmt: skip
    measured = f"Mean Jaccard index: {'; '.join(text for _, text in answers)}."
    return Finding(measured, verdict_of([voted for voted, _ in answers]), tuple(range(material.sizes.pairs)))


def _factors(found: FactorOverlap, architecture: str) -> tuple[int, str]:
    low_high, low_nothing, high_nothing = (_compared(found, *pair) for pair in (
        ("low", "high"), ("low", "nothing"), ("high", "nothing")))  # fmt: skip
    voted = all_of((low_high[0], low_nothing[0]))
    if high_nothing[0] > 0 and low_high[0] < 1:
        voted = -1
    values = ", ".join(f"{name.replace('nothing', 'sharing nothing')} {value:.3g}"
                       for name, value in zip(found.factors, found.jaccard.value, strict=True))  # fmt: skip
    least = float(found.jaccard_differences.least.min())
    return voted, (f"{architecture}, {values}; low against high p = {low_high[1]:.2g}, low against nothing p = "
                   f"{low_nothing[1]:.2g} (so few pairs can have {least:.2g} at least)")  # fmt: skip


def _compared(found: FactorOverlap, one: str, other: str) -> tuple[int, float]:
    """1 where the first factor has clearly more in common than the second, -1 where less, else 0; and the p-value."""
    places = (found.factors.index(one), found.factors.index(other))
    held = found.jaccard_differences
    turned = places not in held.pairs
    at = held.pairs.index(places[::-1] if turned else places)
    difference = held.difference[at] * (-1 if turned else 1)
    clear = held.p_value[at] < _CLEAR
    return int(np.sign(difference)) * int(clear), float(held.p_value[at])


def check_confusing(material: Material) -> Finding:
    """C24. The fifth of the test samples with the least strength that generalizes, against the others: orders from 2.

    A network is for the claim where the intervals of the differences of strength and of cancellation both lie above 0,
    against it where either lies below. Appears where more than half are for it, and none against.
    """
    rule = ConfusionRule(score=NON_GENERALIZABLE, share=0.2)

    def ask(seed: int) -> tuple[int, str]:
        found = material.study(seed).confusion("cnn", rule=rule).comparison
        return (0, "too few samples") if found is None else more_complex(found)

    return by_seed(material.seeds, ask, "Confusing samples less others, strength and cancellation")


CLAIMS = (
    Claim("C22", _PAPER, "Networks of equal accuracy that share nothing are confused by other samples.",
          "a high overlap", check_independent, (PAIRS,)),
    Claim("C23", _PAPER, "Networks that share their low layers are confused by the same samples; those that share the "
          "high layers or the architecture hardly.", "no difference", check_factors, (PAIRS,)),
    Claim("C24", _PAPER, "Confusing samples carry stronger interactions of two players or more, which cancel more.",
          "no difference", check_confusing, (STUDIES,)),
)  # fmt: skip
