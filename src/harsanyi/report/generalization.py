"""Which interactions generalize, as sections of a page and as files."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from harsanyi.analysis import (
    ClassSimilarity,
    Generalization,
    GeneralizationDynamics,
    GroupComparison,
    Intervention,
)
from harsanyi.plots.class_similarity import similarity_by_order
from harsanyi.plots.generalization import generalization_bars, generalization_rate
from harsanyi.plots.generalization_course import generalization_course
from harsanyi.plots.generalization_training import generalization_training
from harsanyi.plots.groups import group_comparison
from harsanyi.plots.intervention import intervention_bars
from harsanyi.plots.style import figure_of
from harsanyi.report.asked import Asked, what_can_be_told
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture
from harsanyi.study.parts import TEST
from harsanyi.study.study import Study


@dataclass(frozen=True, eq=False)
class Comparisons:
    """What a study tells of a target by comparing; nothing where it cannot be told.

    Attributes:
        course: what generalizes at every checkpoint.
        found: what generalizes at the last one.
        intervention: the loss gap without what does not generalize.
        similarity: of training and test samples of a class.
        groups: training samples with wrong against right labels.
        refused: why a part is missing, a sentence each.
    """

    course: GeneralizationDynamics | None = None
    found: Generalization | None = None
    intervention: Intervention | None = None
    similarity: ClassSimilarity | None = None
    groups: GroupComparison | None = None
    refused: tuple[str, ...] = ()

    def findings(self) -> list[str]:
        """What to say first."""
        course = [] if self.course is None else self.course.sentences()
        return [*course, *([] if self.intervention is None else self.intervention.sentences())]


def compare(study: Study, network: str, at: str | None) -> Comparisons | None:
    """Ask a study every comparison of one target; nothing where it has neither baselines nor parts to compare."""
    parts = set(study.parts) - {TEST, *study.noisy_parts}
    if "baseline" not in study.roles.values() and not parts:
        return None
    asked: dict[str, Asked] = {}
    if "baseline" in study.roles.values():
        asked["course"] = "What generalizes over the training", lambda: study.generalization_dynamics(network, at)
        asked["found"] = "What generalizes", lambda: study.generalization(network, None, at, references=False)
    if "baseline" in study.roles.values() and parts:
        asked["intervention"] = "The intervention", lambda: study.intervention(network, None, at)
    if parts:
        asked["similarity"] = "Train against test", lambda: study.class_similarity(network, None, at)
    if study.mislabelled is not None and study.mislabelled.any():
        asked["groups"] = "Wrong against right labels", lambda: study.mislabelled_against_clean(network, None, at)
    results, refused = what_can_be_told(asked)
    told = Comparisons(**results, refused=refused)
    if told.course is None or told.found is None:
        return told
    return replace(told, found=replace(told.found, references=told.course.references))  # the same, computed once


def comparison_sections(name: str, found: Comparisons) -> list[Section]:
    """The comparisons of one target: over its training and at its end, and of its training with its test samples.

    Args:
        name: of the target, for titles and file names.
        found: what its study tells.

    Returns:
        The sections that there are.
    """
    sections = [_generalization(name, found), _samples(name, found)]
    return [section for section in sections if section.wide or section.pictures or section.sentences]


def _generalization(name: str, found: Comparisons) -> Section:
    wide, pictures, said = [], [], list(found.refused)
    if found.course is not None:
        wide += [
            Picture(f"generalization-course-{name}", "What generalizes, in three phases",
                    "H, the share of the salient strength that networks trained on other samples encode too; below, "
                    "what was newly gained between checkpoints: upwards what generalizes, downwards what does not.",
                    generalization_course(found.course)),
            Picture(f"generalization-training-{name}", "Generalizable and other interactions by order",
                    "Upwards the strength that generalizes, downwards the strength that does not, of each order, at "
                    "chosen checkpoints.", generalization_training(found.course)),
        ]  # fmt: skip
    if found.found is not None:
        said += found.found.sentences()
        pictures += [
            Picture(f"generalization-rate-{name}", "The more complex, the less general",
                    "Share of the salient interactions of each order that generalize, at the last checkpoint. "
                    "Ceilings: what is shared even with a network trained alike, or with the same one extracted again; "
                    "floors: what chance shares.", figure_of(generalization_rate(found.found))),
            Picture(f"generalization-bars-{name}", "How strong both parts are", "At the last checkpoint, by order.",
                    figure_of(generalization_bars(found.found))),
        ]  # fmt: skip
    if found.intervention is not None:
        said += found.intervention.sentences()
        pictures.append(
            Picture(f"intervention-{name}", "What over-fitting is made of",
                    "Losses as they are, without the interactions that do not generalize, and without random "
                    "interactions of equal strength.", figure_of(intervention_bars(found.intervention)))
        )  # fmt: skip
    return Section(generalization_heading(name), pictures, wide, sentences=said)


def generalization_heading(name: str) -> str:
    """Heading of the section on what generalizes."""
    return f"Which interactions of {name} generalize"


def _samples(name: str, found: Comparisons) -> Section:
    wide, pictures, said = [], [], []
    if found.groups is not None:
        said += found.groups.sentences()
        wide.append(
            Picture(f"mislabelled-{name}", "Wrong labels against right ones",
                    "Strength and cancellation by order of training samples whose label is wrong on purpose, beside "
                    "the others.", group_comparison(found.groups))
        )  # fmt: skip
    if found.similarity is not None:
        said += found.similarity.sentences()
        pictures.append(
            Picture(f"similarity-{name}", "Training against test samples",
                    "Similarity of the mean interactions of a class in training and in test samples, by order.",
                    figure_of(similarity_by_order(found.similarity)))
        )  # fmt: skip
    return Section(f"Training and test samples of {name}", pictures, wide, sentences=said)


def write_comparison_tables(name: str, found: Comparisons, path: Path) -> list[Path]:
    """The numbers of the sections as CSV files, one or two a comparison."""
    files = []
    for field in fields(found):
        result = getattr(found, field.name)
        for kind in ("table", "by_order"):
            if hasattr(result, kind):
                label = f"{field.name}-orders-{name}" if kind == "by_order" else f"{field.name}-{name}"
                getattr(result, kind)().to_csv(path / f"{label}.csv")
                files.append(path / f"{label}.csv")
    return files
