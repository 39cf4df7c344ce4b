"""The table of the claims: in Markdown, as a CSV file and as a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harsanyi.claims.claim import APPEARS, CANNOT_TELL, DOES_NOT_APPEAR, NOT_RUN, VERDICTS, Verdict
from harsanyi.report.page import Page, Section, render_page
from harsanyi.whole_files import write_whole

_COLUMNS = ("claim", "paper", "what was measured", "verdict", "seeds")
_TITLE = "The papers' claims, checked"
_COUNTED = {  # of one, of several
    APPEARS: ("appears", "appear"), DOES_NOT_APPEAR: ("does not appear", "do not appear"),
    CANNOT_TELL: ("cannot be told",) * 2, NOT_RUN: ("not run",) * 2,
}  # fmt: skip
_READING = (
    "A claim appears where the interval, or the test, excludes what would refute it, in more than half of the networks "
    "and in none the other way round; small networks on handwritten digits say nothing of others. In brackets: "
    "intervals of 95 %. Seeds are those of the networks, or the numbers of the pairs of networks."
)


def markdown(verdicts: Sequence[Verdict]) -> str:
    """The table in Markdown, a row a claim."""
    lines = [_COLUMNS, ["---"] * len(_COLUMNS), *map(_row, verdicts)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many claims came to what, in words.

    Example:
        >>> summary([])
        'Of 0 claims: none.'
    """
    counts = {kind: sum(each.verdict == kind for each in verdicts) for kind in VERDICTS}
    told = [f"{count} {_COUNTED[kind][count > 1]}" for kind, count in counts.items() if count]
    return f"Of {len(verdicts)} claims: {', '.join(told) or 'none'}."


def _sizes(sizes: Mapping[str, Any]) -> str:
    told = {name: " and ".join(value) if isinstance(value, list) else value for name, value in sizes.items()}
    return f"\nSizes: {', '.join(f'{name} {value}' for name, value in told.items())}.\n"


def write_tables(verdicts: Sequence[Verdict], folder: Path, record: Mapping[str, Any]) -> Path:
    """Write claims.csv, claims.md and index.html, each as a whole.

    Args:
        verdicts: one a claim.
        folder: where.
        record: how all was computed, "sizes" among it.

    Returns:
        The page.
    """
    text = "\n\n".join([f"# {_TITLE}", summary(verdicts), _READING, markdown(verdicts)]) + _sizes(record["sizes"])
    write_whole(folder / "claims.csv", lambda path: path.write_text(_csv(verdicts), encoding="utf-8", newline=""))
    write_whole(folder / "claims.md", lambda path: path.write_text(text, encoding="utf-8"))
    return render_page(
        Page(
            _TITLE, [_section(each) for each in verdicts if each.verdict != NOT_RUN], record, lead=_findings(verdicts)
        ),
        folder / "index.html",
    )


def _row(verdict: Verdict) -> list[str]:
    claim = verdict.claim
    words = f"{claim.number}: {claim.words}"
    return [words, claim.paper, verdict.measured, verdict.verdict, ", ".join(map(str, verdict.seeds))]


def _csv(verdicts: Sequence[Verdict]) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["number", "claim", "paper", "null", "measured", "verdict", "seeds", "seconds"])
    for each in verdicts:
        claim, seeds = each.claim, " ".join(map(str, each.seeds))
        rows.writerow([claim.number, claim.words, claim.paper, claim.null, each.measured, each.verdict, seeds,
                       f"{each.seconds:.1f}"])  # fmt: skip
    return text.getvalue()


def _findings(verdicts: Sequence[Verdict]) -> list[str]:
    """How many, and which came to what."""
    named = {kind: [each.claim.number for each in verdicts if each.verdict == kind] for kind in VERDICTS}
    listed = [f"{kind.capitalize()}: {', '.join(found)}." for kind, found in named.items() if found]
    return [summary(verdicts), _READING, *listed]


def _section(verdict: Verdict) -> Section:
    claim = verdict.claim
    rule = " ".join((claim.check.__doc__ or "").split()).removeprefix(f"{claim.number}. ")
    sentences = [
        verdict.measured,
        f"What would refute it: {claim.null}.",
        f"The check: {rule}",
        f"Paper: {claim.paper}.",
    ]
    return Section(f"{claim.number}, {verdict.verdict}: {claim.words}", sentences=sentences)
