"""What commands that ask a study one question have in common: a study of what it needs, a folder with the answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harsanyi.analysis.estimates import counted
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import is_whole
from harsanyi.report.folder import write_answer
from harsanyi.report.highlights import Highlight
from harsanyi.report.page import Page, Section
from harsanyi.study import NetworkPlan, Plan, Study
from harsanyi.study.record import read_record
from harsanyi.study.run import check_minutes
from harsanyi.study.sources import with_baselines

Wanted = Callable[[Mapping[str, str]], Collection[str]]  # names of networks, from the roles of all


@dataclass(frozen=True)
class Found:
    """What was found: the page and the sentences, nothing yet where no sample is done."""

    page: Path | None
    sentences: list[str]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a study tells of one target.

    Attributes:
        name: of the target.
        sentences: all that is said.
        sections: of the page.
        highlight: what the page opens with, or nothing.
        write_tables: writes the numbers into a folder.
    """

    name: str
    sentences: Sequence[str]
    sections: Sequence[Section]
    highlight: Highlight | None
    write_tables: Callable[[Path], object]


def check_limits(show: int, minutes: float | None) -> None:
    """Refuse a number of samples to show, or of minutes, that is out of range."""
    if not is_whole(show) or show < 0:
        raise ArgumentError("show", repr(show), "a whole number >= 0")
    check_minutes(minutes)


def at_the_end(plan: Plan, folder: Path, wanted: Wanted) -> Plan:
    """The plan without what the question does not need and the study does not have.

    Args:
        plan: of the study.
        folder: of the study, which may be there.
        wanted: which networks the question needs.

    Returns:
        The plan: of a target whose checkpoints it does not choose the last, unless the study has several; the networks
        that are wanted, and those of the study.
    """
    record = read_record(folder)
    known = {} if record is None else record.checkpoints
    every = with_baselines(plan)
    kept = {*wanted({name: network.role for name, network in every.items()}), *known}
    networks = {name: _last(network, len(known.get(name, ()))) for name, network in every.items() if name in kept}
    pairs = any(network.role == "pair" for network in networks.values())
    return replace(plan, networks=networks, baselines=None, factors=plan.factors if pairs else None)


def _last(network: NetworkPlan, stored: int) -> NetworkPlan:
    chosen = network.steps is not None or network.role != "target" or stored > 1
    return network if chosen else replace(network, steps="last")


def require_target(study: Study) -> None:
    """Refuse a study without a network that is asked about."""
    if not study.targets:
        raise ArgumentError("networks", "no target", 'at least one network with role "target"')


def progress_sentences(study: Study, before: int, done: int, asked: int) -> list[str]:
    """How far a study is, and how fast its last run was.

    Args:
        study: after a run.
        before: samples that were done before it.
        done: samples that are done.
        asked: samples in all.
    """
    run, new = study.status().runs[-1], done - before
    pace = f", {new} of them new, {60 * new / max(run['seconds']['total'], 1e-9):.3g} a minute" if new else ""
    left = ["The time is up: run it again to go on, or give it more minutes."] * (run["state"] == "out of time")
    return [f"{done} of {counted(asked)} {'is' if done == 1 else 'are'} done{pace}.", *left]


def write_found(study: Study, path: Path, title: str, lead: Sequence[str], answers: Sequence[Answer]) -> Found:
    """Write the page, tables and pictures; the folder is replaced as a whole.

    Args:
        study: which was asked.
        path: the folder.
        title: heading of the page.
        lead: sentences that no section says.
        answers: of the targets.
    """
    named = len(answers) > 1
    findings = [*lead, *(f"{each.name}: {text}" if named else text for each in answers for text in each.sentences)]
    sections = [section for each in answers for section in each.sections]
    shown = [(each.name, each.highlight) for each in answers if each.highlight is not None]
    highlights = [highlight.of(name) if named else highlight for name, highlight in shown]

    def write_tables(folder: Path) -> None:
        for each in answers:
            each.write_tables(folder)

    page = Page(title, sections, study.record(), highlights, lead)
    return Found(write_answer(page, findings, path, write_tables), findings)
