"""Whether the networks of a study are confused by the same samples, as a section of a page and as files."""

from __future__ import annotations

from pathlib import Path

from harsanyi.analysis import ConfusionOverlap, ConfusionRule
from harsanyi.analysis.sides import LEAST
from harsanyi.plots.overlap import overlap_matrix
from harsanyi.plots.style import figure_of
from harsanyi.report.confusing import chosen_of, done_of
from harsanyi.report.factors import SCORE_WORDS, scores_of_study
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture
from harsanyi.study.study import Study


def network_overlaps(study: Study) -> dict[tuple[str, str], ConfusionOverlap]:
    """The overlap of targets and ceilings by score and layer, "" for the only one; nothing where there are no two.

    Asked of the samples that are done in all of them; nothing where these are too few for sets.
    """
    networks = [name for name, role in study.roles.items() if role in ("target", "ceiling")]
    found = {}
    for at in study.asked if len(networks) > 1 else ():
        done = done_of(study, networks, chosen_of(study), at)
        for score in scores_of_study(study):
            rule = ConfusionRule(score=score, share=max(0.1, LEAST / max(len(done), 1)))
            if len(done) > 2 * LEAST:
                name = at if len(study.asked) > 1 else ""
                found[score, name] = study.confusion_overlap(networks, at=at, samples=done, rule=rule)
    return found


def overlap_section(found: dict[tuple[str, str], ConfusionOverlap]) -> Section:
    """The overlaps in words and pictures: sets in common, and predictions alike where these are known."""
    pictures, said = [], []
    for (score, at), overlap in found.items():
        name, place = _file(score, at), f" at {at}" if at else ""
        title = f"By {SCORE_WORDS[score]}{place}"
        pictures.append(Picture(f"overlap-{name}", title, "What the sets of the most confusing samples of two networks "
                                "have in common.", figure_of(overlap_matrix(overlap))))  # fmt: skip
        opening, *others = overlap.sentences()
        said += [f"{title}: {opening}", *others]
    first = next(iter(found.values()))
    if first.performance is not None:
        pictures.append(Picture("overlap-agreement", "Predictions of the same networks", "How often two networks "
                                "predict the same class.", figure_of(overlap_matrix(first, "agreement"))))  # fmt: skip
    return Section("Are the networks confused by the same samples?", pictures, sentences=said)


def _file(score: str, at: str) -> str:
    return f"{score}-{at}" if at else score


def write_overlap_tables(found: dict[tuple[str, str], ConfusionOverlap], path: Path) -> None:
    """The numbers of the section as CSV files: pairs of networks, and networks."""
    for (score, at), overlap in found.items():
        name = _file(score, at)
        overlap.table().to_csv(path / f"overlap-{name}.csv")
        overlap.networks().to_csv(path / f"overlap-networks-{name}.csv")
