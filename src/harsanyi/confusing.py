"""Find the samples that confuse a network within a budget of time: what `harsanyi confusing` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harsanyi.analysis import ConfusionRule
from harsanyi.found import Answer, Found, at_the_end, check_limits, progress_sentences, require_target, write_found
from harsanyi.report.confusing import Ints, ask_confusing, chosen_of, done_of
from harsanyi.report.confusing_sections import (
    confusing_highlight,
    confusing_sections,
    sentences_of,
    write_confusing_tables,
)
from harsanyi.report.target import courses
from harsanyi.study import Plan, Study

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
        check_limits(self.show, self.minutes)


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
    study = Study(folder, at_the_end(plan, folder, ranking))
    _check(search, study)
    before = _done(study, search.parts)
    study.run(workers=search.workers, minutes=search.minutes)
    done = _done(study, search.parts)
    said = progress_sentences(study, len(before), len(done), len(chosen_of(study, search.parts)))
    if not len(done):
        return Found(None, said)
    asked = [ask_confusing(study, *course, done, search.rule) for course in courses(study)]
    answers = [Answer(x.name, sentences_of(x), confusing_sections(x, search.show), confusing_highlight(x),
                      partial(write_confusing_tables, x, name=f"confusing-{x.name}" if len(asked) > 1 else "confusing"))
               for x in asked]  # fmt: skip
    return write_found(study, folder / SUBFOLDER, _TITLE, said, answers)


def ranking(roles: Mapping[str, str]) -> list[str]:
    """Names of the networks that ranking samples needs, from the roles of all."""
    return [name for name, role in roles.items() if role in ("target", "baseline")]


def _check(search: Search, study: Study) -> None:
    """Refuse what does not fit the study."""
    require_target(study)
    search.rule.deciding(list(study.roles.values()).count("baseline"))
    search.rule.lowest_high(study.n)
    chosen_of(study, search.parts)


def _done(study: Study, parts: Sequence[str]) -> Ints:
    """Samples that are done for every target, layer and baseline."""
    wanted = chosen_of(study, parts)
    for at in study.asked:
        wanted = done_of(study, study.targets, wanted, at)
    return wanted
