"""Which samples of a study confuse its networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harsanyi.study.stored import Choice, StoredStudy

if TYPE_CHECKING:
    from harsanyi.analysis import Bootstrap, Confusion, ConfusionCourse, ConfusionRule


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
        baselines = self._others(at, chosen)[0]
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

        chosen, losses = self._tested(samples), self.losses(network)
        return confusion_course(self.checkpoints(network, at, chosen), self._others(at, chosen)[0],
                                rule or ConfusionRule(), unit="step" if losses is None else losses.unit,
                                bootstrap=bootstrap or Bootstrap())  # fmt: skip
