"""Find the samples that confuse a network within a budget of time: what `harsanyi confusing` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harsanyi.analysis import ConfusionRule
from harsanyi.analysis.confusion_words import counted
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import is_whole
from harsanyi.report.confusing import Confusing, Ints, ask_confusing, chosen_of, done_of
from harsanyi.report.confusing_sections import confusing_sections, sentences_of, write_confusing_tables
from harsanyi.report.folder import replaced
from harsanyi.report.page import render_page, write_pictures
from harsanyi.report.target import courses
from harsanyi.study import NetworkPlan, Plan, Study
from harsanyi.study.record import read_record
from harsanyi.study.run import check_minutes
from harsanyi.study.sources import with_baselines

SUBFOLDER = "confusing"
_TITLE = "Samples that confuse the network"


@dataclass(frozen=True)
class Search:
    """What to look for, and for how long.

    Args:
        rule: which score decides, and how many samples are confusing.
        parts: names of the parts whose samples are ranked; none for "test" where there is one, else all samples.
        show: how many of the most and of the least confusing samples the page shows, 0 or more.
        minutes: after which nothing is begun; nothing has no limit.
        workers: processes that compute; nothing for one.

    Raises:
        ArgumentError: a number out of range.
    """

    rule: ConfusionRule = field(default_factory=ConfusionRule)
    parts: Sequence[str] = ()
    show: int = 6
    minutes: float | None = None
    workers: int | None = None

    def __post_init__(self) -> None:
        if not is_whole(self.show) or self.show < 0:
            raise ArgumentError("show", repr(self.show), "a whole number >= 0")
        check_minutes(self.minutes)


@dataclass(frozen=True)
class Found:
    """What was found: the page and the sentences, nothing yet where no sample is done."""

    page: Path | None
    sentences: list[str]


def find_confusing(plan: Plan, folder: Path, search: Search = Search()) -> Found:
    """Open or make a study, run it, and rank the samples that are done; run again, it goes on where it was.

    Args:
        plan: of the study; where it does not choose checkpoints of a target, only the last is computed.
        folder: of the study; page, tables and pictures go into its folder confusing/.
        search: what to look for, and for how long.

    Returns:
        The `Found`.

    Raises:
        ArgumentError: anything that cannot be used, before any long work.
    """
    study = Study(folder, at_the_end(plan, folder))
    _check(search, study)
    before = _done(study, search.parts)
    study.run(workers=search.workers, minutes=search.minutes)
    done = _done(study, search.parts)
    said = _told(study, before, done, len(chosen_of(study, search.parts)))
    if not len(done):
        return Found(None, said)
    asked = [ask_confusing(study, *course, done, search.rule) for course in courses(study)]
    return _written(study, asked, search, said, folder / SUBFOLDER)


def at_the_end(plan: Plan, folder: Path) -> Plan:
    """The plan without what ranking samples does not need and the study does not have.

    Args:
        plan: of the study.
        folder: of the study, which may be there.

    Returns:
        The plan: of a target whose checkpoints it does not choose the last, unless the study has several; of networks
        to compare with, baselines.
    """
    record = read_record(folder)
    known = {} if record is None else record.checkpoints
    networks = {name: _last(network, len(known.get(name, ()))) for name, network in with_baselines(plan).items()
                if network.role in ("target", "baseline") or name in known}  # fmt: skip
    pairs = any(network.role == "pair" for network in networks.values())
    return replace(plan, networks=networks, baselines=None, factors=plan.factors if pairs else None)


def _last(network: NetworkPlan, stored: int) -> NetworkPlan:
    chosen = network.steps is not None or network.role != "target" or stored > 1
    return network if chosen else replace(network, steps="last")


def _check(search: Search, study: Study) -> None:
    """Refuse what does not fit the study."""
    if not study.targets:
        raise ArgumentError("networks", "no target", 'at least one network with role "target"')
    search.rule.deciding(list(study.roles.values()).count("baseline"))
    search.rule.lowest_high(study.n)
    chosen_of(study, search.parts)


def _done(study: Study, parts: Sequence[str]) -> Ints:
    """Samples that are done for every target, layer and baseline."""
    wanted = chosen_of(study, parts)
    for at in study.asked:
        wanted = done_of(study, study.targets, wanted, at)
    return wanted


def _told(study: Study, before: Ints, done: Ints, asked: int) -> list[str]:
    """How far the study is, and how fast it was."""
    run, new = study.status().runs[-1], len(done) - len(before)
    pace = f", {new} of them new, {60 * new / max(run['seconds']['total'], 1e-9):.3g} a minute" if new else ""
    left = ["The time is up: run it again to go on, or give it more minutes."] * (run["state"] == "out of time")
    return [f"{len(done)} of {counted(asked)} {'is' if len(done) == 1 else 'are'} done{pace}.", *left]


def _written(study: Study, asked: Sequence[Confusing], search: Search, said: Sequence[str], path: Path) -> Found:
    """The page, tables and pictures; the folder is replaced as a whole."""
    named = len(asked) > 1
    findings = [*said, *(f"{each.name}: {text}" if named else text for each in asked for text in sentences_of(each))]
    sections = [section.bare() for each in asked for section in confusing_sections(each, search.show)]
    with replaced(path) as folder:
        render_page(folder / "index.html", title=_TITLE, findings=findings, sections=sections, record=study.record())
        write_pictures(sections, folder)
        for each in asked:
            write_confusing_tables(each, folder, f"confusing-{each.name}" if named else "confusing")
        (folder / "findings.txt").write_text("\n".join(findings) + "\n", encoding="utf-8")
    return Found(path / "index.html", findings)
