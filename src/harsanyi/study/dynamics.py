"""How the networks of a study change while they learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harsanyi.core.salience import SalienceRule
from harsanyi.study.stored import Choice, StoredStudy

if TYPE_CHECKING:
    from harsanyi.analysis import Dynamics, TheoryFit


class StudyDynamics(StoredStudy):
    """The methods of `Study` that follow one network through its training."""

    def dynamics(
        self,
        network: str | None = None,
        at: str | None = None,
        *,
        salience: SalienceRule | str | None = None,
        samples: Choice = None,
        mislabelled: bool = False,
        **options: Any,
    ) -> Dynamics:
        """How the interactions of a network change while it learns, beside its losses where they are known.

        Losses that are not known at every checkpoint that is done are left out, with a warning.

        Args:
            network: its name; nothing where there is only one target.
            at: masked layer; nothing where there is only one.
            salience: rule for the effects that count; nothing for that of `training_dynamics`.
            samples: positions, a slice, or the name of a part; nothing for the part "test" where there is one, else
                all.
            mislabelled: count training samples whose label is wrong on purpose in the loss gap; their loss falls late
                and hides where the gap of the others begins to grow.
            options: other arguments of `training_dynamics`.

        Returns:
            The `Dynamics` of the checkpoints that are done.

        Raises:
            ArgumentError: as `checkpoints` and `training_dynamics`.
        """
        from harsanyi.analysis import training_dynamics

        chosen = self._tested(samples)
        pairs = self.checkpoints(network, at, chosen)
        if "train_loss" not in options:
            options = {**self._known_losses(network, at, chosen, mislabelled), **options}
        if salience is not None:
            options["salience"] = salience
        return training_dynamics(pairs, **options)

    def theory(
        self,
        network: str | None = None,
        at: str | None = None,
        dynamics: Dynamics | None = None,
        *,
        salience: SalienceRule | str | None = None,
        samples: Choice = None,
    ) -> TheoryFit:
        """The noise of the parameters that explains the dynamics of a network, see `analysis.fit_theory`.

        Args:
            network: its name; nothing where there is only one target.
            at: masked layer; nothing where there is only one.
            dynamics: of these samples, where they are known already.
            salience: rule of the dynamics; nothing for that of `training_dynamics`.
            samples: as for `dynamics`.

        Returns:
            The `TheoryFit`, the last checkpoint that is done being the converged network.

        Raises:
            ArgumentError: as `dynamics` and `fit_theory`.
        """
        from harsanyi.analysis import fit_theory

        chosen = self._tested(samples)
        found = self.dynamics(network, at, salience=salience, samples=chosen) if dynamics is None else dynamics
        converged = self.interactions(network, int(found.steps[-1]), at, chosen)
        return fit_theory(found, converged) if salience is None else fit_theory(found, converged, salience=salience)
