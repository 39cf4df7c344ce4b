"""Which samples confuse a network over its training, and when those of the end were settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, mean_of_known
from harsanyi.analysis.confusion_rule import ConfusionRule
from harsanyi.analysis.confusion_scores import confusing, scores_of
from harsanyi.analysis.confusion_words import confusion_course_sentences
from harsanyi.analysis.estimates import since_before, with_ends
from harsanyi.analysis.ranks import correlations_of_samples
from harsanyi.analysis.references import as_list
from harsanyi.analysis.strengths import Checkpoints, pairs_of, rising_steps
from harsanyi.analysis.transfer import Bools, encoded_by
from harsanyi.core.errors import ArgumentError
from harsanyi.core.threads import one_thread
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.confusion import ConfusionCoursePlots

Counts = npt.NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConfusionCourse:
    """How much each sample confuses a network at the checkpoints of its training.

    Attributes:
        steps: training step or epoch of each checkpoint, rising, (checkpoints,).
        unit: what the steps count, in the singular.
        score: name of the score, see `Confusion`.
        scores: in [0, 1], (checkpoints, samples); NaN where a sample has no salient effect.
        members: which samples are confusing at each checkpoint, bool (checkpoints, samples).
        mean: of the scores that are known, (checkpoints,).
        correlation: Spearman's rank correlation of the scores at each checkpoint and the next, (checkpoints - 1,); NaN
            where fewer than three samples have both.
        rule: score, size of the set, high orders and salience.
        players: how many.
        baselines: how many networks it was asked of.
        bootstrap: draws, level and seed; intervals are over samples.

    Source: our definitions, after 2502.08625.
    """

    steps: npt.NDArray[Any]
    unit: str
    score: str
    scores: Floats
    members: Bools
    mean: Estimate
    correlation: Estimate
    rule: ConfusionRule
    players: int
    baselines: int
    bootstrap: Bootstrap

    @property
    def since(self) -> Floats:
        """For each sample that is confusing at the end, the step from which on it always is, (samples,); else NaN."""
        kept = np.logical_and.accumulate(self.members[::-1])[::-1].sum(0)  # last checkpoints at which it is, in a row
        steps = self.steps.astype(np.float64)
        return np.where(kept > 0, steps[np.minimum(len(steps) - kept, len(steps) - 1)], np.nan)

    @property
    def settled(self) -> float:
        """The step of the first checkpoint from which on the set is the same."""
        same = (self.members == self.members[-1]).all(1)
        return float(self.steps[len(same) - int(np.logical_and.accumulate(same[::-1]).sum())])

    @property
    def entering(self) -> Counts:
        """How many samples enter the set from each checkpoint to the next, (checkpoints - 1,)."""
        return np.asarray((self.members[1:] & ~self.members[:-1]).sum(1), dtype=np.int64)

    @property
    def leaving(self) -> Counts:
        """How many leave it, (checkpoints - 1,)."""
        return np.asarray((self.members[:-1] & ~self.members[1:]).sum(1), dtype=np.int64)

    @property
    def plot(self) -> ConfusionCoursePlots:
        """Pictures of this course, see `harsanyi.plots.confusion_course`."""
        from harsanyi.plots.confusion import ConfusionCoursePlots

        return ConfusionCoursePlots(self)

    def table(self) -> pd.DataFrame:
        """One row a checkpoint.

        Returns:
            Index: step. Columns: members (how many), entering and leaving (since the checkpoint before; missing at the
            first), mean, correlation (with the checkpoint before), each of the two also with _low and _high.
        """
        import pandas as pd

        found = pd.DataFrame({"members": self.members.sum(1)}, index=pd.Index(self.steps, name="step"))
        for name, counts in (("entering", self.entering), ("leaving", self.leaving)):
            found[name] = pd.Series(counts, index=found.index[1:], dtype="Int64")
        return found.assign(**with_ends({"mean": self.mean, "correlation": since_before(self.correlation)}))

    def sentences(self) -> list[str]:
        """When the set of the end was settled, and how samples came and went, in words."""
        return confusion_course_sentences(self)

    def __repr__(self) -> str:
        checkpoints, samples = self.scores.shape
        asked = f", {self.baselines} baseline network{'' if self.baselines == 1 else 's'}" if self.baselines else ""
        head = f"ConfusionCourse: {checkpoints} checkpoints x {samples} samples x {self.players} players{asked}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def confusion_course(
    checkpoints: Checkpoints,
    baselines: Interactions | Sequence[Interactions] = (),
    rule: ConfusionRule = ConfusionRule(),
    *,
    unit: str = "step",
    bootstrap: Bootstrap = Bootstrap(),
) -> ConfusionCourse:
    """Which samples confuse a network at each checkpoint of its training, and when those of the end were settled.

    Args:
        checkpoints: interactions by training step, or pairs of both, steps strictly rising; all of the same samples
            and players. Scores are kept and one checkpoint at a time, so an iterator need not hold them all at once.
        baselines: of one fully trained network or several, the same for all checkpoints; see `confusion`.
        rule: which score decides, and how many samples are confusing at each checkpoint.
        unit: what the steps count, in the singular, for words and pictures: "step", "epoch".
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `ConfusionCourse`.

    Raises:
        ArgumentError: no checkpoint, steps that do not rise; networks with other samples, players, labels or numbers of
            classes; a rule that needs baselines where there are none; a number out of range.

    Example:
        >>> import torch
        >>> from harsanyi import Columns, extract
        >>> _ = torch.manual_seed(0)
        >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        >>> x = extract(network, torch.randn(20, 4), players=Columns(), progress=False)
        >>> course = confusion_course({0: x, 10: x}, unit="epoch")
        >>> course.settled, course.members.sum(1).tolist(), course.entering.tolist()
        (0.0, [2, 2], [0])

    Source: see `ConfusionRule` and `ConfusionCourse`.
    """
    if not (isinstance(unit, str) and unit.strip() == unit != ""):
        raise ArgumentError("unit", repr(unit), 'a word such as "epoch"')
    networks = as_list(baselines)
    deciding = rule.deciding(len(networks))
    steps, scores, members, first, encoded = [], [], [], None, None
    with one_thread:
        for step, x in pairs_of(checkpoints):
            check_alike("checkpoints", f"at step {step}", x, x if first is None else first)
            if first is None:
                first, encoded = x, encoded_by(networks, x, rule.counting) if networks else None
            found = scores_of(x, encoded, rule)
            steps.append(step)
            scores.append(found[deciding])
            members.append(confusing(found, deciding, rule))
    rising, held = rising_steps(steps), np.stack(scores)
    assert first is not None  # there is a step
    return ConfusionCourse(
        rising, unit, deciding, held, np.stack(members),
        mean=bootstrap.estimate(mean_of_known(held.T), bootstrap.means(held.T)),
        correlation=correlations_of_samples(held, pairwise(range(len(held))), bootstrap), rule=rule,
        players=first.n, baselines=len(networks), bootstrap=bootstrap,
    )  # fmt: skip
