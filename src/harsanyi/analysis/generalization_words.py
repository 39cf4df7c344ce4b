"""What generalizes, in plain words: of one network, and over its training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Estimate

if TYPE_CHECKING:
    from harsanyi.analysis.generalization import Generalization
    from harsanyi.analysis.references import Reference

_REFERENCES = {
    "another seed": "the same recipe with another seed",
    "extracted again": "the same network extracted again",
    "untrained": "an untrained network",
    "other samples": "other samples",
}
_KINDS = {"ceiling": ("Ceilings", "what to expect at most"), "floor": ("Floors", "what to expect of no relation")}


def generalization_sentences(x: Generalization) -> list[str]:
    """H, beside what to judge it by, then the share at the lowest and at the highest order."""
    found = [f"{percent(x.power.value)} of the salient strength generalizes to {networks(x.baselines)}"
             f"{between(x.power, x.bootstrap.level)}."]  # fmt: skip
    known = np.flatnonzero(~np.isnan(x.rate.value))
    told = [f"{percent(x.rate.value[k])} at order {k + 1}" for k in sorted({int(known[0]), int(known[-1])})]
    return [
        *found,
        *reference_sentences(x.references),
        f"Of the salient interactions themselves, {' and '.join(told)}.",
    ]


def reference_sentences(references: Sequence[Reference], when: str = "") -> list[str]:
    """H of the ceilings, then of the floors, and of when they are; nothing where there are none."""
    told = {kind: [f"{_REFERENCES.get(one.name, one.name)} {percent(one.power.value)}"
                   for one in references if one.kind == kind] for kind in _KINDS}  # fmt: skip
    return [f"{name}{when}, {what}: {', '.join(told[kind])}." for kind, (name, what) in _KINDS.items() if told[kind]]


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
