"""Which samples of a study confuse one of its targets, and whether they are those that one would want to find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.analysis import Bootstrap, Confusion, ConfusionCourse, ConfusionRule, confusion
from harsanyi.analysis.confusion_rule import COMPLEX_CANCELLING, NON_GENERALIZABLE
from harsanyi.analysis.detection import Detection, detection, suspicion
from harsanyi.analysis.sides import LEAST
from harsanyi.analysis.transfer import Bools, encoded_by, transferred
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.interactions import Interactions
from harsanyi.report.cards import Transferred
from harsanyi.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SCORE_NAMES = {NON_GENERALIZABLE: "non-generalizable", COMPLEX_CANCELLING: "complex, cancelling"}
LOSS = "loss"
_CALLED = {"train": "training"}
WRONG_LABELS, WRONG_ANSWERS = "wrong labels", "wrong answers"


@dataclass(frozen=True, eq=False)
class Chosen:
    """Samples of a study that are asked about.

    Attributes:
        positions: in the study, (samples,).
        parts: name of each one's part, or nothing where there are none.
        within: position of each in its part, (samples,).
        mislabelled: which have a label that is wrong on purpose, bool (samples,); nothing where that is not known.
    """

    positions: Ints
    parts: tuple[str, ...] | None
    within: Ints
    mislabelled: Bools | None

    def place(self, sample: int) -> str:
        """Which sample one of them is: of its part, or of the study."""
        number = self.within[sample]
        if self.parts is not None:
            return f"sample {number} of {self.parts[sample]}"
        return f"sample {sample}" if number == sample else f"sample {sample} (number {number} of the study)"

    def label(self, sample: int, text: str) -> str:
        """The label of one of them as it is shown, marked where it is wrong on purpose."""
        wrong = self.mislabelled is not None and bool(self.mislabelled[sample])
        return f"{text} (wrong on purpose)".lstrip() if wrong else text

    @property
    def noun(self) -> str:
        """What one of them is called: by its part, where all are of one."""
        parts = set(self.parts or ())
        part = parts.pop() if len(parts) == 1 else ""
        return f"{_CALLED.get(part, part)} sample".lstrip()


@dataclass(frozen=True, eq=False)
class Confusing:
    """Which samples confuse one target.

    Attributes:
        name: of the target, for titles and file names.
        chosen: the samples.
        target: their interactions at the last checkpoint.
        found: how much each of them confuses the target.
        course: the same at every checkpoint; nothing where there is one.
        transferred: which of their effects generalize; nothing without baselines.
        usual: what the outputs themselves say, see `suspicion`; none where they are no logits.
        detections: how well the scores find samples that one would want to find, by what these are.
        refused: why that cannot be told, a sentence each.
        predicted: class that the network predicts of each sample, (samples,); nothing where that is not known, or where
            it is the label that is explained.
    """

    name: str
    chosen: Chosen
    target: Interactions
    found: Confusion
    course: ConfusionCourse | None
    transferred: Transferred | None
    usual: Mapping[str, Floats]
    detections: Mapping[str, Detection]
    refused: tuple[str, ...]
    predicted: Ints | None = None

    def table(self) -> pd.DataFrame:
        """`Confusion.table` with where each sample lies.

        Returns:
            Index: sample. Columns: those of `Confusion.table`; where outputs are logits max_softmax, the highest
            probability, margin, the highest logit less the second, entropy and loss; position (in the study), part and
            position_in_part (where there are parts), mislabelled (where it is known).
        """
        chosen = self.chosen
        columns: dict[str, Any] = dict(self.usual)
        if columns:  # as they are known, not as they tell doubt
            columns = {"max_softmax": 1 - columns.pop("max softmax"), "margin": -columns.pop("margin"), **columns}
        columns["position"] = chosen.positions
        columns |= {} if chosen.parts is None else {"part": chosen.parts, "position_in_part": chosen.within}
        columns |= {} if chosen.mislabelled is None else {"mislabelled": chosen.mislabelled}
        table = self.found.table()
        order = table.index.to_numpy()
        return table.assign(**{name: np.asarray(values)[order] for name, values in columns.items()})

    def effects_of(self, sample: int) -> Transferred | None:
        """Which effects of a sample generalize; nothing without baselines."""
        return None if self.transferred is None else self.transferred.of(sample)


def chosen_of(study: Study, parts: Sequence[str] = ()) -> Ints:
    """Positions of the samples of some parts, rising.

    Args:
        study: the study.
        parts: their names; none for the part "test" where there is one, else all samples.

    Raises:
        ArgumentError: a part that the study does not have.
    """
    there = study.parts
    unknown = [part for part in parts if part not in there]
    if unknown:
        accepted = f"some of {', '.join(there)}" if there else "nothing: the samples of the study have no parts"
        raise ArgumentError("part", repr(unknown[0]), accepted, did_you_mean(unknown[0], there))
    wanted = parts or (["test"] if "test" in there else [])
    return np.sort(np.concatenate([there[part] for part in wanted])) if wanted else np.arange(len(study))


def done_of(study: Study, targets: Sequence[str], positions: Ints, at: str | None = None) -> Ints:
    """Those of some samples that are done at every checkpoint of some targets and of all baselines, rising."""
    baselines = [name for name, role in study.roles.items() if role == "baseline"]
    return np.intersect1d(positions, study.done([*targets, *baselines], at))


def ask_confusing(
    study: Study,
    name: str,
    network: str,
    at: str | None,
    positions: Ints,
    rule: ConfusionRule = ConfusionRule(),
    bootstrap: Bootstrap = Bootstrap(),
) -> Confusing:
    """Ask a study which samples confuse one target.

    Args:
        study: with these samples done for the target and the baselines.
        name: of the target, for titles and file names.
        network: the target.
        at: the layer; nothing where there is only one.
        positions: of the samples, (samples,).
        rule: which score decides, and how many samples are confusing.
        bootstrap: of the intervals.

    Raises:
        ArgumentError: samples that are not done, or as `analysis.confusion`.
    """
    target = study.interactions(network, None, at, positions)
    others = [study.interactions(name, None, at, positions) for name, role in study.roles.items() if role == "baseline"]
    found, where = confusion(target, others, rule, bootstrap), samples_at(study, positions)
    shared = course = None
    if others:
        shared = Transferred(*transferred(target, encoded_by(others, target, rule.counting), rule.counting))
    if len(study.steps(network)) > 1:
        course = study.confusion_course(network, at, samples=positions, rule=rule, bootstrap=bootstrap)
    logits = study.logits(network, None, at, positions)
    usual, wanted, refused = _wanted(logits, target, where, study.labelled)
    predicted = logits.argmax(1) if usual and study.labelled and logits is not None else None
    detections = _detections(found, usual, wanted, bootstrap)
    refused += [_too_few(what, mask) for what, mask in wanted.items() if what not in detections]
    return Confusing(name, where, target, found, course, shared, usual, detections, tuple(refused),
                     predicted)  # fmt: skip


def samples_at(study: Study, positions: Ints) -> Chosen:
    """Samples of a study by their positions, and what is known of them.

    Args:
        study: the study.
        positions: of the samples, (samples,).
    """
    names, within = np.full(len(study), "", object), np.arange(len(study))
    for part, inside in study.parts.items():
        names[inside], within[inside] = part, np.arange(len(inside))
    wrong = study.mislabelled
    return Chosen(positions, tuple(names[positions].tolist()) if study.parts else None, within[positions],
                  None if wrong is None else wrong[positions])  # fmt: skip


# What one would want to find ------------------------------------------------------------------------------------------


def _wanted(
    logits: Floats | None, target: Interactions, chosen: Chosen, labelled: bool
) -> tuple[dict[str, Floats], dict[str, Bools], list[str]]:
    """What the outputs themselves say, which samples are to be found, and why that cannot be told."""
    wanted, refused = {}, []
    if chosen.mislabelled is not None and chosen.mislabelled.any():
        wanted[WRONG_LABELS] = chosen.mislabelled
    if logits is None or not np.isfinite(logits).all():
        refused.append("What the outputs themselves say (max softmax, margin, entropy, loss), and which answers are "
                       "wrong, is not known: the study holds no logits of all these samples.")  # fmt: skip
        return {}, wanted, refused
    if labelled:
        wanted[WRONG_ANSWERS] = logits.argmax(1) != target.labels
    else:
        refused.append("Which answers are wrong is not known: no labels were given, and the predicted ones are "
                       "explained.")  # fmt: skip
    return suspicion(logits, target.labels if labelled else None), wanted, refused


def _detections(
    found: Confusion, usual: Mapping[str, Floats], wanted: Mapping[str, Bools], bootstrap: Bootstrap
) -> dict[str, Detection]:
    """How well the scores find what is wanted, beside what is usual, where there are enough samples."""
    own = {SCORE_NAMES[name]: found.scores[name] for name in sorted(found.scores, key=lambda name: name != found.score)}
    return {what: detection(own | {name: usual[name] for name in usual if (what, name) != (WRONG_ANSWERS, LOSS)}, mask,
                            bootstrap=bootstrap)
            for what, mask in wanted.items() if min(mask.sum(), (~mask).sum()) >= LEAST}  # fmt: skip


def _too_few(what: str, mask: Bools) -> str:
    counts = int(mask.sum()), int((~mask).sum())
    return (f"How well the scores find {what} cannot be told: that needs at least {LEAST} samples with and {LEAST} "
            f"without, and there are {counts[0]} and {counts[1]}.")  # fmt: skip
