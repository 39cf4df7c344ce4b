"""What the networks of a study say about each other, and its training samples beside its test samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions
from harsanyi.study.parts import MISLABELLED, TEST, TRAIN
from harsanyi.study.stored import Choice, StoredStudy

if TYPE_CHECKING:
    from harsanyi.analysis import (
        Bootstrap,
        ClassSimilarity,
        Generalization,
        GeneralizationDynamics,
        GroupComparison,
        Intervention,
        Sharing,
        TransferRule,
    )

Ints = npt.NDArray[np.int64]


class StudyComparisons(StoredStudy):
    """The methods of `Study` that compare; each reads stored interactions and asks one analysis."""

    def generalization(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        *,
        samples: Choice = None,
        **options: Any,
    ) -> Generalization:
        """Which salient interactions of a target generalize to the baselines of the study, see `analysis.generalizes`.

        Args:
            network: name of the target; nothing where there is only one.
            step: of the checkpoint; nothing for the last. Of the others the last counts, of floors the first.
            at: masked layer; nothing where there is only one.
            samples: positions, a slice, or the name of a part; nothing for the part "test" where there is one, else
                all.
            options: other arguments of `analysis.generalizes`: rule, bootstrap, references.

        Returns:
            The `Generalization`, beside ceilings and floors.

        Raises:
            ArgumentError: no baseline, cells that are not done, or as `analysis.generalizes`.
        """
        from harsanyi.analysis import generalizes

        chosen = self._tested(samples)
        baselines = self._baselines(at, chosen)
        ceilings, floors = (self._in_role(role, at, chosen) for role in ("ceiling", "floor"))
        target = self.interactions(network, step, at, chosen)
        return generalizes(target, baselines, ceilings=ceilings, floors=floors, **options)

    def generalization_dynamics(
        self,
        network: str | None = None,
        at: str | None = None,
        *,
        samples: Choice = None,
        mislabelled: bool = False,
        **options: Any,
    ) -> GeneralizationDynamics:
        """What generalizes at every checkpoint of a target, and in which phases: `analysis.generalization_dynamics`.

        Args:
            network: name of the target; nothing where there is only one.
            at: masked layer; nothing where there is only one.
            samples: as for `generalization`.
            mislabelled: count training samples whose label is wrong on purpose in the loss gap.
            options: other arguments of `analysis.generalization_dynamics`: rule, bootstrap, majority.

        Returns:
            The `GeneralizationDynamics` of the checkpoints that are done.

        Raises:
            ArgumentError: as `generalization`.
        """
        from harsanyi.analysis import generalization_dynamics

        chosen = self._tested(samples)
        baselines = self._baselines(at, chosen)
        ceilings, floors = (self._in_role(role, at, chosen) for role in ("ceiling", "floor"))
        losses = self._known_losses(network, at, chosen, mislabelled)
        return generalization_dynamics(self.checkpoints(network, at, chosen), baselines, ceilings=ceilings,
                                       floors=floors, **losses, **options)  # fmt: skip

    def intervention(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        *,
        rule: TransferRule | None = None,
        mislabelled: bool = True,
        draws: int = 100,
        bootstrap: Bootstrap | None = None,
    ) -> Intervention:
        """What the loss gap is without the interactions that do not generalize, see `analysis.intervention`.

        Args:
            network: name of the target; nothing where there is only one.
            step: of the checkpoint; nothing for the last.
            at: masked layer; nothing where there is only one.
            rule: when an interaction generalizes; nothing for `TransferRule()`.
            mislabelled: count training samples whose label is wrong on purpose: over-fitting is mostly of these.
            draws: random removals of each sample in the control.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `Intervention`, on the samples of the parts "train" and "test".

        Raises:
            ArgumentError: samples without these parts, no baseline, or as `analysis.intervention`.
        """
        from harsanyi.analysis import Bootstrap, TransferRule, generalizes, intervention

        rule, bootstrap = rule or TransferRule(), bootstrap or Bootstrap()
        samples, train, test = _together(*self._train_and_test(mislabelled))
        target = self.interactions(network, step, at, samples)  # together, so that thresholds are common to both parts
        found = generalizes(target, self._baselines(at, samples), rule, bootstrap, references=False)
        return intervention(target, found, train, test, draws=draws, bootstrap=bootstrap)

    def class_similarity(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        *,
        salience: SalienceRule | str | None = None,
        mislabelled: bool = False,
        bootstrap: Bootstrap | None = None,
    ) -> ClassSimilarity:
        """How alike training and test samples of a class are, order by order, see `analysis.class_similarity`.

        Args:
            network: name of the target; nothing where there is only one.
            step: of the checkpoint; nothing for the last.
            at: masked layer; nothing where there is only one.
            salience: rule for the effects that count; nothing counts every effect.
            mislabelled: count training samples whose label is wrong on purpose.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `ClassSimilarity` of the parts "train" and "test".

        Raises:
            ArgumentError: samples without these parts, or as `analysis.class_similarity`.
        """
        from harsanyi.analysis import Bootstrap, class_similarity

        samples, train, test = _together(*self._train_and_test(mislabelled))
        target = self.interactions(network, step, at, samples)
        return class_similarity(target, train, test, salience=salience, bootstrap=bootstrap or Bootstrap())

    def mislabelled_against_clean(
        self,
        network: str | None = None,
        step: int | None = None,
        at: str | None = None,
        *,
        salience: SalienceRule | str | None = "score_range",
        bootstrap: Bootstrap | None = None,
    ) -> GroupComparison:
        """Whether training samples with wrong labels have more complex interactions, see `analysis.compare_groups`.

        Args:
            network: name of the target; nothing where there is only one.
            step: of the checkpoint; nothing for the last.
            at: masked layer; nothing where there is only one.
            salience: rule for the effects that count; nothing counts every effect.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `GroupComparison` of the part "mislabelled", or else of all samples known to be so, and of the part
            "train" without them.

        Raises:
            ArgumentError: no sample is known to have a wrong label, or too few samples.
        """
        from harsanyi.analysis import Bootstrap, compare_groups

        wrong = self.mislabelled
        if wrong is None or not wrong.any():
            accepted = "samples such as {split: [train, mislabelled]} of a data set with label_noise"
            raise ArgumentError("study", "no sample whose label is known to be wrong on purpose", accepted)
        chosen = self.parts.get(MISLABELLED, np.flatnonzero(wrong))
        clean = self.parts.get(TRAIN, np.arange(len(self)))
        samples, own, rest = _together(chosen, clean[~wrong[clean]])
        target = self.interactions(network, step, at, samples)
        return compare_groups(target, own, rest, salience=salience, bootstrap=bootstrap or Bootstrap())

    def sharing(
        self,
        networks: Sequence[str] | None = None,
        *,
        control: str | None = None,
        at: str | None = None,
        samples: Choice = None,
        **options: Any,
    ) -> Sharing:
        """What several networks share when their scores are split together, see `analysis.sharing`.

        This is an extraction of its own, of the last checkpoints, and takes about as long as theirs.

        Args:
            networks: names, two or more; nothing for targets and baselines.
            control: name of a network of another task; nothing for the network with role "control", if there is one.
            at: masked layer; nothing where there is only one.
            samples: as for `generalization`.
            options: other arguments of `analysis.sharing`.

        Returns:
            The `Sharing`.

        Raises:
            ArgumentError: fewer than two networks, cells that are not done, or as `analysis.sharing`.
        """
        from harsanyi.analysis import sharing

        names = networks or self._named("target", "baseline")
        if len(names) < 2:
            raise ArgumentError("networks", ", ".join(names) or "none", "two networks of the study or more")
        chosen, controls = self._tested(samples), [control] if control else self._named("control")[:1]
        task, other = ({name: self.interactions(name, None, at, chosen) for name in part} for part in (names, controls))
        return sharing(task, control=other or None, **options)

    def _baselines(self, at: str | None, samples: Choice) -> list[Interactions]:
        """The networks trained on other samples.

        Raises:
            ArgumentError: there is none.
        """
        if not self._named("baseline"):
            raise ArgumentError("study", "one without a baseline", 'a network with role "baseline" beside the target',
                                "harsanyi train RECIPE --baselines 1 trains some; baselines=FOLDER adds them"
                                )  # fmt: skip
        return self._in_role("baseline", at, samples)

    def _train_and_test(self, mislabelled: bool) -> tuple[Ints, Ints]:
        """Positions of the training samples, those with a wrong label or not, and of the test samples."""
        lacking = [name for name in (TRAIN, TEST) if name not in self.parts]
        if lacking:
            given = f"samples of the parts {', '.join(self.parts)}" if self.parts else "samples without parts"
            raise ArgumentError("study", given, 'samples with the parts "train" and "test"',
                                "Such as samples: {split: [test, train]}")  # fmt: skip
        train, wrong = self.parts[TRAIN], self.mislabelled
        return (train if mislabelled or wrong is None else train[~wrong[train]]), self.parts[TEST]


def _together(one: Ints, other: Ints) -> tuple[Ints, Ints, Ints]:
    """Samples of both sides, and where in them each side is."""
    samples = np.concatenate((one, other))
    return samples, np.arange(len(one)), np.arange(len(one), len(samples))
