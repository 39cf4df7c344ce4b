"""Whether the networks of a study are confused by the same samples, as a section of a page and as files."""

from __future__ import annotations

from pathlib import Path

from harsanyi.analysis import ConfusionOverlap, ConfusionRule
from harsanyi.analysis.confusion_rule import NON_GENERALIZABLE
from harsanyi.analysis.overlap_words import performance_sentences, set_sentences
from harsanyi.analysis.sides import LEAST
from harsanyi.plots.overlap import overlap_matrix
from harsanyi.plots.style import figure_of
from harsanyi.report.confusing import chosen_of, done_of
from harsanyi.report.factors import SCORE_WORDS, scores_of_study
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture
from harsanyi.study.study import Study

_SAME_BASELINES = (
    "Baselines are left out: what generalizes is measured against them. All networks are measured against the same "
    "ones, which makes these sets more alike than different baselines would; what is complex and cancels needs none."
)


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
    """The overlaps in words, and of three networks or more in pictures: sets in common, and predictions alike."""
    first = next(iter(found.values()))
    measured = any(score == NON_GENERALIZABLE for score, _ in found)
    left = [_SAME_BASELINES] if measured else []
    said = [sentence for (score, at), overlap in found.items() for sentence in _told(_title(score, at), overlap)]
    pictures = _pictures(found) if len(first.names) > 2 else []  # of two, the words hold all numbers
    return Section("Are the networks confused by the same samples?", pictures,
                   sentences=[*said, *performance_sentences(first), *left])  # fmt: skip


def _title(score: str, at: str) -> str:
    return f"By {SCORE_WORDS[score]}{f' at {at}' if at else ''}"


def _told(title: str, overlap: ConfusionOverlap) -> list[str]:
    """A paragraph of a single pair; of several, a sentence each."""
    opening, *others = set_sentences(overlap)
    return [" ".join([f"{title}: {opening}", *others])] if len(overlap.pairs) == 1 else [f"{title}: {opening}", *others]


def _pictures(found: dict[tuple[str, str], ConfusionOverlap]) -> list[Picture]:
    """Networks against networks."""
    pictures = [Picture(f"overlap-{_file(score, at)}", _title(score, at), "What the sets of the most confusing samples "
                        "of two networks have in common.", figure_of(overlap_matrix(overlap)))
                for (score, at), overlap in found.items()]  # fmt: skip
    first = next(iter(found.values()))
    if first.performance is None:
        return pictures
    return [*pictures, Picture("overlap-agreement", "Predictions of the same networks", "How often two networks "
                               "predict the same class.", figure_of(overlap_matrix(first, "agreement")))]  # fmt: skip


def _file(score: str, at: str) -> str:
    return f"{score}-{at}" if at else score


def write_overlap_tables(found: dict[tuple[str, str], ConfusionOverlap], path: Path) -> None:
    """The numbers of the section as CSV files: pairs of networks, and networks."""
    for (score, at), overlap in found.items():
        name = _file(score, at)
        overlap.table().to_csv(path / f"overlap-{name}.csv")
        overlap.networks().to_csv(path / f"overlap-networks-{name}.csv")
