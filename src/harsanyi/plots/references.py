"""How ceilings and floors of a share look: dashed with marks that point up, dotted with marks that point down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from harsanyi.analysis.references import Reference
from harsanyi.plots.style import NAME_LENGTH, NEUTRAL, REFERENCE, number, shortened

_MARKS = {"ceiling": "^>D", "floor": "v<X"}  # of the first of a kind, the second, …


class Look(NamedTuple):
    """How one reference is drawn."""

    colour: str
    line: Literal["dashed", "dotted"]
    marker: str


def looks_of(references: Sequence[Reference]) -> list[tuple[Reference, Look]]:
    """The references, ceilings first, each with its look: those of a kind differ by their marks."""
    found: list[tuple[Reference, Look]] = []
    for kind, marks in _MARKS.items():
        alike = [reference for reference in references if reference.kind == kind]
        for at, reference in enumerate(alike):
            look = Look(REFERENCE, "dashed", "") if kind == "ceiling" else Look(NEUTRAL, "dotted", "")
            found.append((reference, look._replace(marker=marks[at % len(marks)])))
    return found


def reference_text(reference: Reference) -> str:
    """What a reference is, and its share of the strength, for a legend."""
    name = shortened(" ".join(reference.name.split()), NAME_LENGTH)
    return f"{reference.kind}: {name} (H = {number(float(reference.power.value), '.2f')})"
