"""Samples that confuse a target, as sections of a page and as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from harsanyi.analysis.estimates import counted
from harsanyi.plots.confusion import confusion_course, confusion_scatter
from harsanyi.plots.detection import detection_curves
from harsanyi.plots.style import figure_of
from harsanyi.report.cards import Card, card
from harsanyi.report.confusing import SCORE_NAMES, WRONG_ANSWERS, WRONG_LABELS, Confusing
from harsanyi.report.highlights import Highlight, confusing
from harsanyi.report.page import Section
from harsanyi.report.pictures import Picture

_WANTED = {
    WRONG_LABELS: "samples whose label is known to be wrong",
    WRONG_ANSWERS: "samples for which the network predicts another class than the label; the loss looks at the label, "
    "and is left out",
}
_BESIDE = (
    "Beside the scores stands what needs no interactions: max softmax (1 − the highest probability), margin (the "
    "second highest logit − the highest), entropy of the probabilities, and the loss of the label."
)


def confusing_sections(x: Confusing, show: int) -> list[Section]:
    """The samples that confuse a target: scores in words and pictures, a gallery, and what the scores find.

    Args:
        x: what a study tells.
        show: how many of the most and of the least confusing samples are shown, 0 or more.

    Returns:
        One section, and one more where it can be told what the scores find.
    """
    wide, pictures = [], [_scatter(x)]
    if x.course is not None:
        wide.append(
            Picture(f"confusing-course-{x.name}", "Over the training",
                    "The score of each sample at every checkpoint; below, how many samples enter and leave the "
                    "confusing ones.", confusion_course(x.course))
        )  # fmt: skip
    first = Section(_heading(x), pictures, wide, gallery(x, show), ranking_sentences(x))
    told = detection_sentences(x)
    return [first, *([Section(f"What the scores of {x.name} find", _curves(x), sentences=told)] if told else [])]


def confusing_highlight(x: Confusing) -> Highlight | None:
    """The finding that a page opens with; nothing where no sample has a score."""
    found = confusing(x.found, [x.chosen.place(sample) for sample in range(len(x.found))], _heading(x))
    return None if found is None else replace(found, sentence=_of_part(x, found.sentence))


def _heading(x: Confusing) -> str:
    return f"Which samples confuse {x.name}"


def sentences_of(x: Confusing) -> list[str]:
    """All that the sections say."""
    return [*ranking_sentences(x), *detection_sentences(x)]


def ranking_sentences(x: Confusing) -> list[str]:
    """Which samples are confusing, at the end and over the training."""
    course = [] if x.course is None else x.course.sentences()[1:]  # the rule stands there
    return [*(_of_part(x, sentence) for sentence in x.found.sentences()), *course]


def _of_part(x: Confusing, sentence: str) -> str:
    """A sentence that says of which part the samples are that it counts."""
    count = len(x.found.ranking)
    return sentence.replace(f"of {counted(count)}", f"of {counted(count, x.chosen.noun)}")


def _scatter(x: Confusing) -> Picture:
    return Picture(f"confusing-{x.name}", "One circle a sample",
                   "Filled where the sample is confusing. Above: the score that decides.",
                   figure_of(confusion_scatter(x.found)))  # fmt: skip


def _curves(x: Confusing) -> list[Picture]:
    return [
        Picture(f"finding-{what.replace(' ', '-')}-{x.name}", f"Finding {what}",
                f"Positive are {_WANTED[what]}.", figure_of(detection_curves(found)))
        for what, found in x.detections.items()
    ]  # fmt: skip


def detection_sentences(x: Confusing) -> list[str]:
    """How well the scores find wrong labels and wrong answers, beside what is usual."""
    told = [_BESIDE] * bool(x.usual and x.detections)
    for what, found in x.detections.items():
        best, *others = found.sentences()
        told += [f"{what.capitalize()} ({_WANTED[what]}): {best}", *others]
    return [*told, *x.refused]


# Single samples -------------------------------------------------------------------------------------------------------


def gallery(x: Confusing, show: int) -> list[Card]:
    """The most and then the least confusing samples, none twice; nothing where none stands out."""
    if x.found.rule.threshold is None and not x.found.members.any():
        return []
    most = x.found.most(show).tolist()
    least = [sample for sample in x.found.least(show).tolist() if sample not in most]
    return [*(_card(x, sample, "Most confusing") for sample in most),
            *(_card(x, sample, "Least confusing") for sample in least)]  # fmt: skip


def _card(x: Confusing, sample: int, kind: str) -> Card:
    rank = int(np.flatnonzero(x.found.ranking == sample)[0]) + 1
    one = x.target[sample]
    label = x.chosen.label(sample, one.label_text)
    scores = "; ".join(f"{SCORE_NAMES[name]} {values[sample]:.2f}" for name, values in x.found.scores.items())
    predicted = "" if x.predicted is None else f", predicted {x.predicted[sample]}"
    title = f"{kind}: {x.chosen.place(sample)}{', ' * bool(label)}{label}{predicted}"
    whole = f"{one.scores[-1]:.3g}".replace("-", "−")
    said = f"Rank {rank} of {counted(len(x.found.ranking), x.chosen.noun)}: {scores}; v(N) = {whole}."
    return card(one, title, said, x.effects_of(sample))


def write_confusing_tables(x: Confusing, path: Path, name: str) -> None:
    """The numbers as CSV files: one row a sample, a checkpoint, and a score that finds samples.

    Args:
        x: what a study tells.
        path: an existing folder.
        name: of the files.
    """
    x.table().to_csv(path / f"{name}.csv")
    if x.course is not None:
        x.course.table().to_csv(path / f"{name}-course.csv")
    for what, found in x.detections.items():
        found.table().to_csv(path / f"{name}-finding-{what.replace(' ', '-')}.csv")
