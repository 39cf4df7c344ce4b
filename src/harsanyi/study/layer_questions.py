"""What the layers of a study's networks know, keep and forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions
from harsanyi.study.parts import TEST
from harsanyi.study.reading import row_of
from harsanyi.study.samples import NOISE
from harsanyi.study.stored import Choice, StoredStudy

if TYPE_CHECKING:
    import numpy.typing as npt

    from harsanyi.analysis import Bootstrap, GeneralizationCapacity, LayerByLayer, LayerCourse, Stability
    from harsanyi.core.salience import SalienceRule
    from harsanyi.game.probes import Probes


class StudyLayers(StoredStudy):
    """The methods of `Study` about layers that are read by probes."""

    def layer_interactions(
        self, network: str | None = None, step: int | None = None, samples: Choice = None
    ) -> dict[str, Interactions]:
        """The interactions of every layer at one checkpoint, the lowest first, the output last.

        Args:
            network: name of a network; nothing where there is only one target.
            step: of the checkpoint; nothing for the last.
            samples: positions, a slice, or the name of a part; nothing for the part "test" where there is one, else
                all.

        Returns:
            `Interactions` by the name of the layer.

        Raises:
            ArgumentError: a study that reads no layers, or cells that are not done.
        """
        self._require_layers()
        chosen = self._tested(samples)
        return {layer: self.interactions(network, step, layer, chosen) for layer in self.layers}

    def probes(self, network: str | None = None, step: int | None = None) -> Probes:
        """The probes of one checkpoint.

        Args:
            network: name of a network; nothing where there is only one target.
            step: of the checkpoint; nothing for the last.

        Returns:
            The `Probes`, with how well each does.

        Raises:
            ArgumentError: a study that reads no layers, an unknown step, or probes that are not trained yet.
        """
        from harsanyi.game.probes import Probes
        from harsanyi.study.probing import FOLDER, probes_path

        self._require_layers()
        name = self._name(network)
        checkpoints = self._record.checkpoints[name]
        chosen = checkpoints[row_of(checkpoints, step)]
        path = probes_path(self.path / FOLDER, name, chosen.sha256)
        if not path.is_file():
            raise ArgumentError("study", f"{self.path}, where the probes of {name} at step {chosen.step} are not "
                                "trained yet", "a study that has run")  # fmt: skip
        return Probes.load(path)

    def layer_by_layer(
        self,
        network: str | None = None,
        step: int | None = None,
        *,
        samples: Choice = None,
        salience: SalienceRule | str | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> LayerByLayer:
        """What each layer knows of the output, carries needlessly and forgets, see `analysis.layer_by_layer`.

        Args:
            network: as for `layer_interactions`.
            step: likewise.
            samples: likewise.
            salience: rule for the effects that count; nothing for that of the paper.
            bootstrap: of the intervals; nothing for `Bootstrap()`.

        Returns:
            The `LayerByLayer`, which passes on what is wrong with probes.

        Raises:
            ArgumentError: as `layer_interactions` and `analysis.layer_by_layer`.
        """
        from harsanyi.analysis import Bootstrap, layer_by_layer
        from harsanyi.analysis.layer_input import LAYER_SALIENCE

        found = self.layer_interactions(network, step, samples)
        wrong = {probe.layer: " ".join(probe.warnings) for probe in self.probes(network, step) if probe.warnings}
        return layer_by_layer(found, salience=salience or LAYER_SALIENCE, bootstrap=bootstrap or Bootstrap(),
                              warnings=wrong)  # fmt: skip

    def layer_course(
        self,
        network: str | None = None,
        *,
        samples: Choice = None,
        salience: SalienceRule | str | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> LayerCourse:
        """Completeness and redundancy of every layer over the checkpoints, see `analysis.layer_course`.

        Args:
            network: as for `layer_interactions`.
            samples: likewise.
            salience: as for `layer_by_layer`.
            bootstrap: likewise.

        Returns:
            The `LayerCourse` of the checkpoints at which every layer is done.

        Raises:
            ArgumentError: as `layer_interactions` and `analysis.layer_course`.
        """
        from harsanyi.analysis import Bootstrap, layer_course
        from harsanyi.analysis.layer_input import LAYER_SALIENCE

        self._require_layers()
        chosen = self._tested(samples)
        done = [step for step, _ in self._reader(network, None, chosen).done()]
        found = {step: self.layer_interactions(network, step, chosen) for step in done}
        return layer_course(found, salience=salience or LAYER_SALIENCE, bootstrap=bootstrap or Bootstrap(),
                            unit=self._unit(network))  # fmt: skip

    def generalization_capacity(
        self,
        one: str,
        other: str,
        *,
        samples: Choice = None,
        salience: SalienceRule | str | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> GeneralizationCapacity:
        """What the layers of two networks have in common by order, see `analysis.generalization_capacity`.

        Args:
            one: name of a network, at its last checkpoint.
            other: name of another one, likewise.
            samples: as for `layer_interactions`.
            salience: as for `layer_by_layer`.
            bootstrap: likewise.

        Returns:
            The `GeneralizationCapacity`.

        Raises:
            ArgumentError: as `layer_interactions` and `analysis.generalization_capacity`.
        """
        from harsanyi.analysis import Bootstrap, generalization_capacity
        from harsanyi.analysis.layer_input import LAYER_SALIENCE

        found = [self.layer_interactions(name, None, samples) for name in (one, other)]
        return generalization_capacity(*found, salience=salience or LAYER_SALIENCE,
                                       bootstrap=bootstrap or Bootstrap())  # fmt: skip

    def stability(
        self,
        network: str | None = None,
        step: int | None = None,
        *,
        samples: Choice = None,
        salience: SalienceRule | str | None = None,
        bootstrap: Bootstrap | None = None,
    ) -> Stability:
        """How the interactions of the test samples stand small noise, see `analysis.stability`.

        Args:
            network: as for `layer_interactions`.
            step: likewise.
            samples: likewise; test samples alone have noisy copies.
            salience: as for `layer_by_layer`.
            bootstrap: likewise.

        Returns:
            The `Stability`.

        Raises:
            ArgumentError: a plan without noisy copies of the samples (layers.draws), or as `layer_interactions` and
                `analysis.stability`.
        """
        from harsanyi.analysis import Bootstrap, stability
        from harsanyi.analysis.layer_input import LAYER_SALIENCE

        self._require_layers()
        if not self.noisy_parts:
            raise ArgumentError(
                "study", f"{self.path}, without noisy copies of its samples", "a plan with layers.draws"
            )
        chosen = self._samples(self._tested(samples))
        draws = [self.layer_interactions(network, step, copies) for copies in self.noisy_copies(chosen)]
        return stability(self.layer_interactions(network, step, chosen), draws, salience=salience or LAYER_SALIENCE,
                         bootstrap=bootstrap or Bootstrap())  # fmt: skip

    @property
    def noisy_parts(self) -> list[str]:
        """Names of the parts that are copies of the test samples with noise, in the order of the draws."""
        return [part for part in self.parts if part.startswith(f"{NOISE} ")]

    def noisy_copies(self, samples: Choice = None) -> npt.NDArray[np.int64]:
        """Positions of the copies of test samples with noise, in the study.

        Args:
            samples: positions of test samples; nothing for all of them.

        Returns:
            (draws, samples).

        Raises:
            ArgumentError: another sample.
        """
        chosen, tested = self._samples(self._tested(samples)), self.parts.get(TEST, np.arange(0))
        if other := np.setdiff1d(chosen, tested).tolist():
            raise ArgumentError("samples", f"{other[0]}, which has no noisy copies", "samples of the part 'test'")
        within = np.searchsorted(tested, chosen)
        return np.array([self.parts[part][within] for part in self.noisy_parts], np.int64).reshape(-1, len(chosen))

    def _require_layers(self) -> None:
        if not self.reads_layers:
            raise ArgumentError("study", f"{self.path}, which reads no layers", "a study of a plan with layers")
