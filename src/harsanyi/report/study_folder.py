"""What a study found, as a page, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import numpy as np

from harsanyi.analysis import ConfusionOverlap, FactorOverlap
from harsanyi.analysis.sharing_words import listed
from harsanyi.interactions import Interactions
from harsanyi.report.cards import card
from harsanyi.report.confusing import samples_at
from harsanyi.report.explorer import SAMPLES, explorer
from harsanyi.report.factors import factor_findings, factor_overlaps, factor_section, write_factor_tables
from harsanyi.report.folder import write_answer
from harsanyi.report.highlights import Highlight, warning
from harsanyi.report.overlap import network_overlaps, overlap_section, write_overlap_tables
from harsanyi.report.own import SINGLE, all_section
from harsanyi.report.own_highlights import certificates
from harsanyi.report.page import Page, Section
from harsanyi.report.setting import setting
from harsanyi.report.target import Told, courses, tell
from harsanyi.report.training import comparison
from harsanyi.sample import SampleInteractions
from harsanyi.study.study import Study

TITLE = "How the networks learned"
_CARDS = 2  # samples with a picture of their own
_TARGETS = 4  # with all their samples together


@dataclass(frozen=True, eq=False)
class StudyTold:
    """All that a study tells.

    Attributes:
        told: of each target and layer.
        factors: of pairs of networks, by score; none where the plan has no pairs.
        overlaps: of networks, by score and layer; none where there are no two.
        controls: names of networks of another task.
    """

    told: list[Told]
    factors: dict[str, FactorOverlap]
    overlaps: dict[tuple[str, str], ConfusionOverlap]
    controls: tuple[str, ...] = ()

    def findings(self) -> list[str]:
        """The sentences to say first."""
        one = len(self.told) == 1
        said = self.told[0].findings if one else [f"{each.name}: {' '.join(each.findings)}" for each in self.told]
        return [*factor_findings(self.factors), *said, *self.left()]

    def left(self) -> list[str]:
        """What is in the study and not asked here, for it takes as long as the extraction."""
        return [f"Nothing here asks {listed(self.controls)} (role control), of another task: Study.sharing() does, "
                "and splits the scores of all networks together."] if self.controls else []  # fmt: skip

    def write_tables(self, folder: Path) -> None:
        """The numbers, as CSV files."""
        for each in self.told:
            each.write_tables(folder)
        write_factor_tables(self.factors, folder)
        write_overlap_tables(self.overlaps, folder)


def ask_study(study: Study) -> StudyTold:
    """Ask a study all that it can tell.

    Args:
        study: with at least one checkpoint done.

    Raises:
        ArgumentError: no checkpoint is done.
    """
    told = [tell(study, *course) for course in courses(study)]
    controls = tuple(name for name, role in study.roles.items() if role == "control")
    return StudyTold(told, factor_overlaps(study), network_overlaps(study), controls)


def study_page(study: Study, asked: StudyTold, title: str = TITLE, samples: int = SAMPLES) -> Page:
    """The page of a study.

    Args:
        study: with at least one checkpoint done.
        asked: what it tells.
        title: heading of the page.
        samples: how many can be looked up at most, 1 or more.
    """
    told = asked.told
    sections = [comparison({each.name: each.dynamics for each in told})] if len(told) > 1 else []
    sections += [factor_section(asked.factors)] if asked.factors else []
    sections += [overlap_section(asked.overlaps)] if asked.overlaps else []
    sections += [section for each in told for section in each.sections]
    last, own = last_interactions(study), []
    sections += [Section("What networks share", sentences=asked.left())] if asked.controls else []
    for name, (x, _) in list(last.items())[:_TARGETS]:
        together = all_section(x, f"samples in {name}" if len(last) > 1 else "samples")
        sections.append(together)
        own += [one.of(name) if len(last) > 1 else one for one in certificates(x, together.heading)]
    sections += [single_section(study, last, samples)] if last else []
    record = study.record()
    lead = setting(record, next(iter(last.values()))[0].n) if last else []
    return Page(title, sections, record, [*by_turns(told), *own, *unfinished(study)], lead)


def by_turns(told: list[Told]) -> list[Highlight]:
    """The highlights of all targets, of each the first, then of each the second; named where there are several."""
    named = [[one.of(each.name) if len(told) > 1 else one for one in each.highlights] for each in told]
    most = max(map(len, named), default=0)
    return [one[place] for place in range(most) for one in named if place < len(one)]


def unfinished(study: Study) -> list[Highlight]:
    """A warning where samples are not done, or failed."""
    status = study.status()
    if status.done:
        return []
    why = f" Some failed, the first of them because: {next(iter(status.failures.values()))}" if status.failures else ""
    return [warning("The study is not finished: the findings are those of what is done.", f"{status.sentence()}.{why}")]


# Single samples -------------------------------------------------------------------------------------------------------


def last_interactions(study: Study) -> dict[str, tuple[Interactions, list[int]]]:
    """Interactions of each target at its last checkpoint, and the positions of their samples, where any is done.

    Of masked layers it is the first.
    """
    at = study.asked[0]
    done = {name: study.done([name], at) for name in study.targets}
    return {name: (study.interactions(name, None, at, some), some.tolist()) for name, some in done.items() if len(some)}


def single_section(study: Study, last: Mapping[str, tuple[Interactions, list[int]]], samples: int) -> Section:
    """Single samples at the last checkpoint.

    Args:
        study: whose they are.
        last: interactions of each target, and the positions of their samples in the study; of one target or more.
        samples: how many can be looked up at most, 1 or more.
    """
    each: list[SampleInteractions] = []
    places: list[str] = []
    kinds: list[str] = []
    labels: list[str] = []
    for name, (x, positions) in last.items():
        where, target = samples_at(study, np.asarray(positions)), f" in {name}" if len(last) > 1 else ""
        each += [x[i] for i in range(len(x))]
        places += [f"{where.place(i)}{target}" for i in range(len(x))]
        labels += [where.label(i, x[i].label_text) for i in range(len(x))]
        kinds += [f"{part}{target}" for part in where.parts or [""] * len(x)]
    found = explorer(each, places, samples, kinds if len(set(kinds)) > 1 else None, labels)
    cards = [card(each[i], ", ".join(filter(None, (places[i], labels[i])))) for i in range(min(_CARDS, len(each)))]
    left = f"The samples all together are those of the first {_TARGETS} of {len(last)} networks."
    return Section(SINGLE, sentences=[left] if len(last) > _TARGETS else [], cards=cards, explorer=found)


# Writing --------------------------------------------------------------------------------------------------------------


def write_study(study: Study, path: Path, title: str = TITLE) -> tuple[Path, list[str]]:
    """Write what the checkpoints that are done tell; the folder is replaced as a whole.

    Args:
        study: with at least one checkpoint done.
        path: the folder.
        title: heading of the page.

    Returns:
        The page, and the findings in sentences.

    Raises:
        ArgumentError: no checkpoint is done.
    """
    asked = ask_study(study)
    findings = [*asked.findings(), *_of_training(study)]
    return write_answer(study_page(study, asked, title), findings, path, asked.write_tables), findings


def _of_training(study: Study) -> list[str]:
    """How training samples are ranked, where test samples are."""
    both = {"test", "train"} <= study.parts.keys()
    return [f"Training samples: harsanyi confusing {quote(str(study.path))} --part train"] if both else []
