"""Check the claims one after the other, store what each came to, and write the table: what `harsanyi claims` does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from harsanyi.claims.catalogue import CLAIMS, chosen_claims
from harsanyi.claims.claim import CANNOT_TELL, NOT_RUN, Claim, Finding, Verdict
from harsanyi.claims.material import Material, OutOfTimeError
from harsanyi.claims.sizes import QUICK, Sizes
from harsanyi.claims.table import write_tables
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.progress import Progress
from harsanyi.study.run import check_minutes
from harsanyi.whole_files import write_whole

_RECORD, _FORMAT = "verdicts.json", 1


@final
@dataclass(frozen=True)
class Checked:
    """What was checked.

    Attributes:
        verdicts: of all claims, by their number; those that were not asked for or not reached are "not run".
        page: where the page is.
    """

    verdicts: tuple[Verdict, ...]
    page: Path


def check_claims(
    out: str | Path,
    only: Sequence[str] = (),
    sizes: Sizes = QUICK,
    *,
    minutes: float | None = None,
    workers: int = 1,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress = True,
) -> Checked:
    """Check the papers' claims on small networks of handwritten digits; run again, it goes on where it was.

    Args:
        out: a folder, new, or of the same sizes.
        only: numbers of claims, such as "C5"; none for all.
        sizes: how many networks, samples and draws.
        minutes: after which nothing is begun; nothing has no limit.
        workers: processes that extract, 1 or more.
        say: told each step in words.
        progress: bars of trainings and studies (True), none (False), or a function of (done, total).

    Returns:
        The `Checked`; the folder holds claims.csv, claims.md, index.html and all that was computed.

    Raises:
        ArgumentError: an unknown claim, a number out of range, or a folder that holds something else; before any work.
        HarsanyiError: a study failed.
    """
    claims, out = chosen_claims(only), Path(out)
    check_minutes(minutes)
    require_whole(workers=workers)
    known = _open(out, sizes)
    end = float("inf") if minutes is None else time.monotonic() + 60 * minutes
    material = Material(out, sizes, workers, end, say, progress)
    todo = [claim for claim in claims if claim.number not in known]
    made: set[str] = set()
    for place, claim in enumerate(todo):
        try:
            found = _checked(claim, material, made)
        except OutOfTimeError:
            say(f"The time is up before {claim.number} …")
            continue
        say(f"{claim.number} {found.verdict} ({place + 1} of {len(todo)}): {found.measured}")
        known[claim.number] = found
        _store(out, sizes, known)
    verdicts = tuple(known.get(claim.number, Verdict(claim, "", NOT_RUN, (), 0.0)) for claim in CLAIMS.values())
    return Checked(verdicts, write_tables(verdicts, out, {"sizes": dict(sizes.to_mapping())}))


def _checked(claim: Claim, material: Material, made: set[str]) -> Verdict:
    """Make what a claim needs and is not made yet, and check it; what so few samples cannot be asked cannot be told."""
    began = time.perf_counter()
    for need in set(claim.needs) - made:
        material.make(need)
        made.add(need)
    if time.monotonic() >= material.end:
        raise OutOfTimeError(claim.number)
    try:
        found = claim.check(material)
    except ArgumentError as error:
        found = Finding(f"It cannot be asked: {error}.", CANNOT_TELL)
    return Verdict(claim, found.measured, found.verdict, found.seeds, time.perf_counter() - began)


# The folder -----------------------------------------------------------------------------------------------------------


def _open(out: Path, sizes: Sizes) -> dict[str, Verdict]:
    """What the folder has already, by number.

    Raises:
        ArgumentError: it holds something else, or other sizes.
    """
    path = out / _RECORD
    if not path.is_file():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise ArgumentError("out", out, "a new folder, or one that this command has made")
        out.mkdir(parents=True, exist_ok=True)
        _store(out, sizes, {})
        return {}
    record = _read(path)
    differing = [name for name, value in sizes.to_mapping().items() if record["sizes"].get(name) != value]
    if differing:
        raise ArgumentError("out", f"{out}, made with other sizes ({', '.join(differing)})", "the same again, or a new "
                            "folder", "--full and its absence need a folder each")  # fmt: skip
    return {number: Verdict(CLAIMS[number], **{**kept, "seeds": tuple(kept["seeds"])})
            for number, kept in record["verdicts"].items()}  # fmt: skip


def _read(path: Path) -> Mapping[str, Any]:
    try:
        record: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != _FORMAT:
            raise ValueError(f"format {record['format']}")
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError("out", f"{path} ({error})", "a folder as this command has left it") from error
    return record


def _store(out: Path, sizes: Sizes, known: Mapping[str, Verdict]) -> None:
    kept = {number: {"measured": each.measured, "verdict": each.verdict, "seeds": list(each.seeds),
                     "seconds": each.seconds} for number, each in known.items()}  # fmt: skip
    text = json.dumps({"format": _FORMAT, "sizes": dict(sizes.to_mapping()), "verdicts": kept}, indent=1)
    write_whole(out / _RECORD, lambda path: path.write_text(text, encoding="utf-8"))
