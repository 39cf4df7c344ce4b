"""Which samples of a study confuse its networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.core.errors import ArgumentError
from harsanyi.study.stored import Choice, StoredStudy

if TYPE_CHECKING:
    import numpy.typing as npt

    from harsanyi.analysis import (
        Bootstrap,
        Confusion,
        ConfusionCourse,
        ConfusionOverlap,
        ConfusionRule,
        FactorOverlap,
        Performance,
    )


class StudyConfusions(StoredStudy):
    """The methods of `Study` about single samples."""

    def confusion(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        *,
        samples: Choice = None,
        rule: ConfusionRule | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> Confusion:
        """Which samples confuse a target most, by its baselines where the study has some, see `analysis.confusion`.

        Args:
            network: name of the target; nothing where there is only one.
            step: of the checkpoint; nothing for the last.
            at: masked layer; nothing where there is only one.
            samples: positions, a slice, or the name of a part; nothing for the part "test" where there is one, else
                all.
            rule: which score decides, and how many samples are confusing; nothing for `ConfusionRule()`.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `Confusion`; its positions are those among the samples that are asked about.

        Raises:
            ArgumentError: cells that are not done, or as `analysis.confusion`.
        """
        from harsanyi.analysis import Bootstrap, ConfusionRule, confusion

        chosen = self._tested(samples)
        baselines = self._in_role("baseline", at, chosen)
        target = self.interactions(network, step, at, chosen)
        return confusion(target, baselines, rule or ConfusionRule(), bootstrap or Bootstrap())

    def confusion_course(
        self,
        network: str | None = None,
        at: str | None = None,
        *,
        samples: Choice = None,
        rule: ConfusionRule | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> ConfusionCourse:
        """Which samples confuse a target at each of its checkpoints, see `analysis.confusion_course`.

        Args:
            network: name of the target; nothing where there is only one.
            at: masked layer; nothing where there is only one.
            samples: as for `confusion`.
            rule: likewise.
            bootstrap: likewise.

        Returns:
            The `ConfusionCourse` of the checkpoints that are done.

        Raises:
            ArgumentError: as `confusion`.
        """
        from harsanyi.analysis import Bootstrap, ConfusionRule, confusion_course

        chosen = self._tested(samples)
        return confusion_course(self.checkpoints(network, at, chosen), self._in_role("baseline", at, chosen),
                                rule or ConfusionRule(), unit=self._unit(network),
                                bootstrap=bootstrap or Bootstrap())  # fmt: skip

    def confusion_overlap(
        self,
        networks: Sequence[str] | None = None,
        *,
        at: str | None = None,
        samples: Choice = None,
        rule: ConfusionRule | None = None,
        again: bool = True,
        bootstrap: Bootstrap | None = None,
    ) -> ConfusionOverlap:
        """Whether networks of the study are confused by the same samples, see `analysis.confusion_overlap`.

        Accuracy, loss and agreement stand beside it where labels were given and outputs are logits.

        Args:
            networks: names, two or more; nothing for targets and ceilings (the same recipe with another seed), or for
                pairs where there is no target. Each is taken at its last checkpoint.
            at: masked layer; nothing where there is only one.
            samples: as for `confusion`.
            rule: which score decides, and the share of the samples; nothing for `ConfusionRule()`.
            again: compare each network with itself too, its stored scores split from another starting point: a
                ceiling, which takes a few seconds a network.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `ConfusionOverlap`.

        Raises:
            ArgumentError: fewer than two networks, a rule with a threshold, cells that are not done, or as
                `analysis.confusion_overlap`.
        """
        from harsanyi.analysis import Bootstrap, confusion_overlap

        names = networks or self._named(*(("target", "ceiling") if self.targets else ("pair",)))
        found = self._scored(names, at, samples, rule, again)
        performance = self._performance(names, at, self._tested(samples), found.labels)
        return confusion_overlap(found.scores, share=found.share, again=found.again if again else None,
                                 performance=performance, bootstrap=bootstrap or Bootstrap())  # fmt: skip

    def factor_overlap(
        self,
        factors: str | Path | None = None,
        *,
        at: str | None = None,
        samples: Choice = None,
        rule: ConfusionRule | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> FactorOverlap:
        """What two networks must share for the same samples to confuse them, see `analysis.factor_overlap`.

        Args:
            factors: the folder of the pairs; nothing for that of the plan.
            at: masked layer; nothing where there is only one.
            samples: as for `confusion`.
            rule: which score decides, and the share of the samples; nothing for `ConfusionRule()`.
            bootstrap: level of the intervals and seed of the tests; nothing for `Bootstrap()`.

        Returns:
            The `FactorOverlap`.

        Raises:
            ArgumentError: no folder of pairs, or as `confusion_overlap`.
        """
        from harsanyi.analysis import Bootstrap, factor_overlap
        from harsanyi.training.factor_index import read_factors

        folder = factors or self.factors
        if folder is None:
            raise ArgumentError("factors", "nothing", "a folder of pairs of networks: factors=FOLDER of the plan",
                                "harsanyi train digits-cnn --out FOLDER trains some")  # fmt: skip
        index = read_factors(folder)
        found = self._scored(list(index.networks), at, samples, rule)
        pairs = {factor: [(found.scores[pair.first], found.scores[pair.second]) for pair in held]
                 for factor, held in index.by_factor().items()}  # fmt: skip
        return factor_overlap(pairs, share=found.share, bootstrap=bootstrap or Bootstrap())

    def _performance(
        self, names: Sequence[str], at: str | None, samples: Choice, labels: npt.NDArray[np.int64]
    ) -> dict[str, Performance] | None:
        """What each network makes of the samples; nothing where that is not known."""
        from harsanyi.analysis.performance import performance_of

        found = {}
        for name in names:
            logits = self.logits(name, None, at, samples) if self.labelled else None
            if logits is None or not np.isfinite(logits).all():
                return None
            found[name] = performance_of(logits, labels)
        return found

    def _scored(
        self, networks: Sequence[str], at: str | None, samples: Choice, rule: ConfusionRule | None, again: bool = False
    ) -> _Scored:
        """How much each sample confuses each network; everything is read once."""
        from harsanyi.analysis import ConfusionRule
        from harsanyi.analysis.alike import check_alike
        from harsanyi.analysis.confusion_rule import SHARE
        from harsanyi.analysis.confusion_scores import scores_of
        from harsanyi.analysis.references import extracted_again
        from harsanyi.analysis.transfer import encoded_by

        rule = rule or ConfusionRule()
        if rule.threshold is not None:
            raise ArgumentError(
                "rule", f"the threshold {rule.threshold}", "a share: sets of the same size are compared"
            )
        chosen = self._tested(samples)
        baselines = self._in_role("baseline", at, chosen)
        deciding = rule.deciding(len(baselines))
        found = _Scored({}, {}, np.zeros(0, np.int64), rule.share or SHARE)
        first, encoded = None, None
        for name in networks:
            x = self.interactions(name, None, at, chosen)
            check_alike("networks", f"in {name}", x, x if first is None else first)
            if first is None:  # the baselines are read once
                first, encoded = x, encoded_by(baselines, x, rule.counting) if baselines else None
                found = replace(found, labels=x.labels)
            found.scores[name] = scores_of(x, encoded, rule)[deciding]
            if again:
                found.again[name] = scores_of(extracted_again(x), encoded, rule)[deciding]
        return found


@dataclass(frozen=True, eq=False)
class _Scored:
    """The score that decides, by the network, (samples,) each.

    Attributes:
        scores: as stored.
        again: of the stored scores split from another starting point, where that was asked for.
        labels: of the samples.
        share: of the samples in a set.
    """

    scores: dict[str, npt.NDArray[np.float64]]
    again: dict[str, npt.NDArray[np.float64]]
    labels: npt.NDArray[np.int64]
    share: float
