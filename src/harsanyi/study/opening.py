"""From a plan to a study on disk: made or extended at one go, by one process at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.study.cast import Cast, save_cast
from harsanyi.study.draft import Draft, drafted, idle_steps
from harsanyi.study.full_disk import told_when_full
from harsanyi.study.journal import mark_killed
from harsanyi.study.locks import Locks
from harsanyi.study.losses import keep_losses
from harsanyi.study.plan import FILE as PLAN
from harsanyi.study.plan import Plan
from harsanyi.study.question import Question
from harsanyi.study.record import Record, check_identity, read_record
from harsanyi.study.samples import save_samples
from harsanyi.study.sources import settled
from harsanyi.study.store import ROOT, create_grid, extend_grid, write_labels, write_players
from harsanyi.whole_files import remove_torn, write_whole

LOCK = "lock"
_UNFINISHED = "unfinished"  # there while a study is being made or extended
_OPENING = 0.5  # seconds that others who only open the study may take


@dataclass(frozen=True, eq=False)
class Opened:
    """A study ready to be computed: on disk, and shared with other processes until its locks are closed."""

    folder: Path
    question: Question
    record: Record
    locks: Locks


def open_study(folder: Path, plan: Plan) -> Opened:
    """Check a plan against its files and networks, and make the study or extend it by what is new in the plan.

    Args:
        folder: of the study; new, empty, or a study.
        plan: of the study.

    Returns:
        The `Opened`.

    Raises:
        ArgumentError: anything that cannot be used, before anything on disk is changed (but for copies of what an
            iterator gives); a study that another process works on and that would have to be extended.
        NetworkError: a network fails on the samples.
        HarsanyiError: the disk is full.
    """
    if folder.exists() and not folder.is_dir():
        raise ArgumentError("study", folder, "a folder, new or there")
    known = read_record(folder)
    if known is None and folder.is_dir() and any(_foreign(inner.name) for inner in folder.iterdir()):
        raise ArgumentError("study", f"{folder}, which holds something else", "a new or empty folder, or a study")
    with told_when_full(folder):
        plan = settled(plan, folder, known)
        draft = drafted(folder, plan, known)
        folder.mkdir(parents=True, exist_ok=True)
        locks = Locks(folder / LOCK)
        try:
            draft = _entered(folder, plan, draft, known, locks)
        except BaseException:
            locks.close()
            raise
    return Opened(folder, draft.question, draft.record, locks)


def _foreign(name: str) -> bool:
    """Whether a file is none of a study that is being made."""
    own = (LOCK, PLAN, _UNFINISHED, ROOT, "checkpoints", "samples.npz", "players", "losses", "probes")
    return name not in own and name[0] != "."


def _entered(folder: Path, plan: Plan, draft: Draft, known: Record | None, locks: Locks) -> Draft:
    """Go behind the door, bring the study up to date, and come out with a share of it."""
    if not locks.enter():
        raise _busy(folder)
    now = read_record(folder)
    if now != known:  # another process came first
        if now is not None:
            check_identity(now.identity, draft.record.identity)
        draft = drafted(folder, plan, now)
    _bring_up_to_date(folder, plan, draft, now, locks)
    if [name for name, losses in draft.losses.items() if keep_losses(folder, name, losses)]:
        _write_plan(folder, plan)
    locks.share()
    locks.leave()
    return draft


def _bring_up_to_date(folder: Path, plan: Plan, draft: Draft, known: Record | None, locks: Locks) -> None:
    """Make or extend a study, alone; one that is as drafted already may be joined."""
    there = known is not None and _cells(known) == _cells(draft.record) and not (folder / _UNFINISHED).exists()
    if not locks.alone(0.0 if there else _OPENING):
        if there:
            return
        raise _busy(folder)
    _remove_torn(folder)
    mark_killed(folder)
    if known is not None:
        _check_replaced(folder, known, draft.record)
    if not there:
        _write(folder, plan, draft, known)
    elif known != draft.record:  # files elsewhere, or written anew with the same content, or other roles or units
        if known is not None and (known.roles, known.units) != (draft.record.roles, draft.record.units):
            _write_plan(folder, plan)
        draft.record.write(folder)


def _busy(folder: Path) -> ArgumentError:
    return ArgumentError("study", f"{folder}, which another process is working on", "a study at rest, to extend it",
                         "The same plan joins that work; new samples, checkpoints or networks wait for its end"
                         )  # fmt: skip


def _cells(record: Record) -> Any:
    """What tells whether two records are of the same cells."""
    rows = {name: [(stored.step, stored.sha256) for stored in rows] for name, rows in record.checkpoints.items()}
    return record.shape, rows


def _check_replaced(folder: Path, known: Record, new: Record) -> None:
    """Nothing is done of checkpoints that are replaced; another process may have worked since the draft."""
    for name, rows in known.checkpoints.items():
        changed = {old.step for old, stored in zip(rows, new.checkpoints[name], strict=False)
                   if old.sha256 != stored.sha256}  # fmt: skip
        if changed and changed - idle_steps(folder, name, known):
            raise _busy(folder)


def _write(folder: Path, plan: Plan, draft: Draft, known: Record | None) -> None:
    """Arrays first, the record last: as long as the mark stands, the same is written again at the next opening."""
    record, mark = draft.record, folder / _UNFINISHED
    mark.touch()
    save_samples(folder, draft.question.samples)
    for name, rows in record.checkpoints.items():
        steps, contents = [stored.step for stored in rows], [stored.sha256 for stored in rows]
        if known is None or name not in known.checkpoints:
            create_grid(folder, name, record.shape, steps, contents)
        else:
            extend_grid(folder, name, record.shape.samples, steps, contents)
    for (name, at), cast in draft.casts.items():
        save_cast(folder, name, at, cast)
        write_labels(folder, name, cast.answers)
        write_players(folder, name, _players_attribute(cast))
    _write_plan(folder, plan)
    record.write(folder)
    mark.unlink()


def _remove_torn(folder: Path) -> None:
    """Remove what writers that were killed left half written."""
    for place, _, files in os.walk(folder / ROOT):
        for name in files:
            if name.endswith(".partial"):
                (Path(place) / name).unlink(missing_ok=True)
    for inner in (folder, *folder.glob("*/"), *(folder / "checkpoints").glob("*/")):
        remove_torn(inner)


def _players_attribute(cast: Cast) -> dict[str, Any]:
    shared = bool((cast.names == cast.names[:1]).all())
    return {"players": cast.names[0].tolist() if shared else "see the folder players: they differ between samples"}


def _write_plan(folder: Path, plan: Plan) -> None:
    import yaml

    options = plan.to_mapping()
    if options is None:
        (folder / PLAN).unlink(missing_ok=True)
        return
    text = yaml.safe_dump(options, sort_keys=False)
    write_whole(folder / PLAN, lambda temporary: temporary.write_text(text, encoding="utf-8"))
