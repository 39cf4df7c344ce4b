"""What a study found, as a page, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harsanyi.analysis import ConfusionOverlap, FactorOverlap
from harsanyi.interactions import Interactions
from harsanyi.report.cards import card
from harsanyi.report.confusing import samples_at
from harsanyi.report.explorer import SAMPLES, explorer
from harsanyi.report.factors import factor_findings, factor_overlaps, factor_section, write_factor_tables
from harsanyi.report.folder import write_answer
from harsanyi.report.highlights import Highlight, certificates, warning
from harsanyi.report.overlap import network_overlaps, overlap_section, write_overlap_tables
from harsanyi.report.own import SINGLE, all_section
from harsanyi.report.page import Page, Section
from harsanyi.report.target import Told, courses, tell
from harsanyi.report.training import comparison
from harsanyi.study.study import Study

TITLE = "How the networks learned"
_CARDS = 2  # samples with a picture of their own


@dataclass(frozen=True, eq=False)
class StudyTold:
    """All that a study tells.

    Attributes:
        told: of each target and layer.
        factors: of pairs of networks, by score; none where the plan has no pairs.
        overlaps: of networks, by score and layer; none where there are no two.
    """

    told: list[Told]
    factors: dict[str, FactorOverlap]
    overlaps: dict[tuple[str, str], ConfusionOverlap]

    def findings(self) -> list[str]:
        """The sentences to say first."""
        one = len(self.told) == 1
        said = self.told[0].findings if one else [f"{each.name}: {' '.join(each.findings)}" for each in self.told]
        return [*factor_findings(self.factors), *said]

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
    return StudyTold(told, factor_overlaps(study), network_overlaps(study))


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
    if last is not None:
        sections += [all_section(last[0], f"samples{_in_target(study)}"), single_section(study, *last, samples)]
        own = certificates(last[0], sections[-2].heading)
    return Page(title, sections, study.record(), [*by_turns(told), *own, *unfinished(study)])


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


def last_interactions(study: Study) -> tuple[Interactions, list[int]] | None:
    """Interactions of the first target at its last checkpoint, and the positions of their samples; nothing if none is.

    Of masked layers it is the first.
    """
    if not study.targets:
        return None
    done = study.done(study.targets[:1], study.asked[0])
    return (study.interactions(study.targets[0], None, study.asked[0], done), done.tolist()) if len(done) else None


def single_section(study: Study, x: Interactions, positions: list[int], samples: int) -> Section:
    """Single samples at the last checkpoint.

    Args:
        study: whose they are.
        x: the interactions.
        positions: of their samples in the study.
        samples: how many can be looked up at most, 1 or more.
    """
    where = samples_at(study, np.asarray(positions))
    places = [where.place(sample) for sample in range(len(x))]
    found = explorer(x, places, samples, where.parts)
    cards = [
        card(x[i], f"{places[i]}{', ' * bool(x[i].label_text)}{x[i].label_text}") for i in range(min(_CARDS, len(x)))
    ]
    return Section(f"{SINGLE}{_in_target(study)}", cards=cards, explorer=found)


def _in_target(study: Study) -> str:
    """Which target single samples are of, where there are several."""
    return "" if len(study.targets) == 1 else f" in {study.targets[0]}"


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
    findings = asked.findings()
    return write_answer(study_page(study, asked, title), findings, path, asked.write_tables), findings
