"""What generalizes, in plain words: of one network, and over its training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.references import Reference, above_floor, highest_floor
from harsanyi.analysis.transfer import TransferRule

if TYPE_CHECKING:
    from harsanyi.analysis.generalization import Generalization

_REFERENCES = {
    "another seed": "the same recipe with another seed",
    "extracted again": "the same network extracted again",
    "untrained": "an untrained network",
    "other samples": "other samples",
}
_TRAINED = ("another seed", "untrained")  # references that are networks of their own
_KINDS = {"ceiling": ("Ceilings", "what to expect at most"), "floor": ("Floors", "what to expect of no relation")}


def generalization_sentences(x: Generalization) -> list[str]:
    """H, beside what to judge it by, then the share at the lowest and at the highest order."""
    found = [f"{percent(x.power.value)} of the salient strength generalizes to {networks(x.baselines)}"
             f"{between(x.power, x.bootstrap.level)}."]  # fmt: skip
    known = np.flatnonzero(~np.isnan(x.rate.value))
    told = [f"{percent(x.rate.value[k])} at order {k + 1}" for k in sorted({int(known[0]), int(known[-1])})]
    return [
        *found,
        *reference_sentences(x.references, x.baselines, x.rule),
        *floor_sentence(x.power, x.references),
        f"Of the salient interactions themselves, {' and '.join(told)}.",
    ]


def reference_sentences(
    references: Sequence[Reference], baselines: int, rule: TransferRule, when: str = ""
) -> list[str]:
    """H of the ceilings, then of the floors, and of when they are; nothing where there are none."""
    told = {kind: [f"{_REFERENCES.get(one.name, one.name)} {percent(one.power.value)}{_numbers(one, baselines, rule)}"
                   for one in references if one.kind == kind] for kind in _KINDS}  # fmt: skip
    return [f"{name}{when}, {what}: {', '.join(told[kind])}." for kind, (name, what) in _KINDS.items() if told[kind]]


def _numbers(one: Reference, baselines: int, rule: TransferRule) -> str:
    """That a reference is of another number of networks than H, which makes one of both easier."""
    if one.name not in _TRAINED or one.networks == baselines:
        return ""
    asked = {"one": "any", "all": "all", "majority": "most"}[rule.agreement]
    easier = {"one": one.networks < baselines, "all": one.networks > baselines}.get(rule.agreement)
    effect = "" if easier is None else f", which is {'easier' if easier else 'harder'}"
    of = f"{one.networks} network{'s' * (one.networks > 1)}"
    return f" (of {of}; H is of {asked + ' of ' if baselines > 1 else ''}{baselines}{effect})"


def floor_sentence(power: Estimate, references: Sequence[Reference]) -> list[str]:
    """That H is not clearly more than a floor, where it is not."""
    floor = highest_floor(references)
    if floor is None or above_floor(power, references) is not False:
        return []
    name = _REFERENCES.get(floor.name, floor.name)
    return [f"What generalizes is not clearly more than the highest floor: {name}, {percent(floor.power.value)}."]


def networks(count: int) -> str:
    """The baselines in words."""
    return "the other network" if count == 1 else f"{count} other networks"


def percent(value: float | np.floating | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    """A share in percent.

    Example:
        >>> percent(0.714)
        '71 %'
    """
    return f"{100 * float(value):.0f} %"


def between(single: Estimate, level: float) -> str:
    """The interval of a share in percent, in brackets, where there is one.

    Example:
        >>> between(Estimate(np.array(0.5), np.array(0.25), np.array(1.0)), 0.95)
        ' (95 % interval 25 to 100 %)'
    """
    low, high = 100 * float(single.low), 100 * float(single.high)
    return "" if np.isnan(low) else f" ({100 * level:g} % interval {low:.0f} to {high:.0f} %)"
