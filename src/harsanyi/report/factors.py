"""What two networks must share for the same samples to confuse them, as a section of a page and as files."""

from __future__ import annotations

from pathlib import Path

from harsanyi.analysis import ConfusionRule, FactorOverlap
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE
from harsanyi.plots.overlap import factor_bars
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture
from harsanyi.study.study import Study

SCORE_WORDS = {NON_GENERALIZABLE: "what does not generalize", COMPLEX_CANCELLING: "what is complex and cancels"}


def factor_overlaps(study: Study) -> dict[str, FactorOverlap]:
    """The factors of a study by every score that it allows; nothing where its plan has no pairs.

    Raises:
        ArgumentError: networks that are not done, or too few samples.
    """
    if study.factors is None:
        return {}
    return {score: study.factor_overlap(rule=ConfusionRule(score=score)) for score in scores_of_study(study)}


def scores_of_study(study: Study) -> list[str]:
    """The scores of confusion that a study allows: one of them needs baselines."""
    return [NON_GENERALIZABLE] * ("baseline" in study.roles.values()) + [COMPLEX_CANCELLING]


def factor_section(found: dict[str, FactorOverlap]) -> Section:
    """The factors of a study in words and pictures, a picture for each score."""
    pictures = [
        Picture(f"factors-{score}", f"By {SCORE_WORDS[score]}",
                "Overlap of the most confusing samples of two networks, and rank correlation of the scores, by what "
                "the two share. Dots are pairs; the dashed line is chance.", factor_bars(overlap))
        for score, overlap in found.items()
    ]  # fmt: skip
    said = [sentence for score, overlap in found.items() for sentence in _by(score, overlap)]
    return Section("What networks must share to be confused by the same samples", wide=pictures, sentences=said)


def factor_findings(found: dict[str, FactorOverlap]) -> list[str]:
    """What the section says, in a paragraph for each score."""
    return [" ".join(_by(score, overlap)) for score, overlap in found.items()]


def _by(score: str, overlap: FactorOverlap) -> list[str]:
    first, *others = overlap.sentences()
    return [f"By {SCORE_WORDS[score]}: {first}", *others]


def write_factor_tables(found: dict[str, FactorOverlap], path: Path) -> list[Path]:
    """The numbers of the section as CSV files: each factor, and every two of them compared."""
    files = []
    for score, overlap in found.items():
        for kind, table in (("factors", overlap.table()), ("factor-differences", overlap.differences())):
            files.append(path / f"{kind}-{score}.csv")
            table.to_csv(files[-1])
    return files
