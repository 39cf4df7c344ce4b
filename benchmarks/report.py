"""Results of a benchmark and their plain-text tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What the user asked for on the command line."""

    quick: bool = False
    players: tuple[int, ...] = ()  # only these numbers of players; empty: the benchmark's own

    def chosen(self, players: Sequence[int]) -> list[int]:
        """Those of the benchmark's numbers of players that the user wants."""
        return [n for n in players if not self.players or n in self.players]


@dataclass(frozen=True)
class Table:
    """One table: a title, one dictionary a row (the same keys in each), and notes on what was measured."""

    title: str
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    def as_dictionary(self) -> dict[str, Any]:
        """Everything in it, for the results file."""
        return asdict(self)

    def as_text(self) -> str:
        """Aligned columns under the title, then the notes."""
        if not self.rows:
            return f"{self.title}\n  (nothing to measure)"
        lines = [list(self.rows[0]), *([_cell(value) for value in row.values()] for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        body = ["  " + "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([self.title, *body, *(f"  * {note}" for note in self.notes)])


def _cell(value: object) -> str:
    """A number with three significant digits, or as many as it has before the point."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")
    return str(value)
