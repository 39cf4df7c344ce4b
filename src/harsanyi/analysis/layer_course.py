"""Completeness and redundancy of every layer at every checkpoint of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import counted, with_ends
from harsanyi.analysis.generalization_words import percent
from harsanyi.analysis.layer_by_layer import layer_by_layer
from harsanyi.analysis.layer_input import LAYER_SALIENCE, Layers, check_layers, spoken
from harsanyi.analysis.layer_parts import part_shares
from harsanyi.analysis.order_trends import trend_sentences
from harsanyi.analysis.ranks import rank_correlation
from harsanyi.analysis.sharing_words import listed
from harsanyi.analysis.strengths import rising_steps
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.layer_heat_map import LayerCoursePlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class LayerCourse:
    """What layers know of the final inference of their own checkpoint, over a training.

    Attributes:
        steps: training step or epoch of each checkpoint, rising, (checkpoints,).
        unit: what the steps count, in the singular.
        names: of the layers, lowest first; the last is the network itself.
        completeness: share of the last layer's strength that each layer has already, in [0, 1], (checkpoints, layers).
        redundancy: share of each layer's strength that the last layer does not use, (checkpoints, layers); NaN for a
            layer without strength.
        completeness_trend: rank correlation of completeness with the step, in [-1, 1], (layers,); NaN for fewer than
            three checkpoints, and for the last layer, where it is always 1.
        redundancy_trend: likewise.
        samples: how many.
        bootstrap: draws, level and seed.

    Source: 2409.08712 for the measures; over a training is our definition.
    """

    steps: npt.NDArray[Any]
    unit: str
    names: tuple[str, ...]
    completeness: Estimate
    redundancy: Estimate
    completeness_trend: Estimate
    redundancy_trend: Estimate
    samples: int
    bootstrap: Bootstrap

    @property
    def plot(self) -> LayerCoursePlots:
        """Pictures of this course, see `harsanyi.plots`."""
        from harsanyi.plots.layer_heat_map import LayerCoursePlots

        return LayerCoursePlots(self)

    def table(self) -> pd.DataFrame:
        """One row a checkpoint and layer.

        Returns:
            Index: the unit, layer. Columns: completeness, redundancy, each also with _low and _high.
        """
        import pandas as pd

        index = pd.MultiIndex.from_product([self.steps, self.names], names=[self.unit, "layer"])
        columns = with_ends({"completeness": self.completeness, "redundancy": self.redundancy})
        return pd.DataFrame({name: ends.ravel() for name, ends in columns.items()}, index=index)

    def sentences(self) -> list[str]:
        """Completeness at the ends of the training, and in which layers both rise or fall with it, in words."""
        below = range(len(self.names) - 1)
        ends = [f"{percent(self.completeness.value[0, at])} to {percent(self.completeness.value[-1, at])} in "
                f"{spoken(self.names[at])}" for at in below]  # fmt: skip
        when = f"From {self.unit} {self.steps[0]} to {self.steps[-1]}"
        found = [f"{when}, completeness goes from {listed(ends)}."]
        if len(self.steps) < 3:
            return [*found, "Fewer than three checkpoints do not tell a trend."]
        return [*found, *(sentence for what, trend in (("Completeness", self.completeness_trend),
                                                       ("Redundancy", self.redundancy_trend))
                          for sentence in self._trend(what, trend))]  # fmt: skip

    def _trend(self, what: str, trend: Estimate) -> list[str]:
        below = Estimate(*(ends[:-1] for ends in (trend.value, trend.low, trend.high)))
        return trend_sentences(self.names[:-1], what, below, self.bootstrap.level, "over the training")

    def __repr__(self) -> str:
        many = f"{counted(len(self.steps), 'checkpoint')} x {counted(len(self.names), 'layer')}"
        head = f"LayerCourse: {many}, {counted(self.samples)}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def layer_course(
    checkpoints: Mapping[Any, Layers],
    *,
    salience: SalienceRule | str = LAYER_SALIENCE,
    normalized: bool = True,
    bootstrap: Bootstrap = Bootstrap(),
    unit: str = "step",
) -> LayerCourse:
    """Compare the layers of a network with its last layer at every checkpoint of its training.

    Args:
        checkpoints: interactions by step, rising, and by the name of the layer, as for `layer_by_layer`; the same
            layers, samples, players and labels everywhere.
        salience: as for `layer_by_layer`; each checkpoint has thresholds of its own.
        normalized: likewise.
        bootstrap: draws, level and seed of the intervals; the same samples are drawn at all checkpoints.
        unit: what the steps count, in the singular.

    Returns:
        The `LayerCourse`.

    Raises:
        ArgumentError: no checkpoint, steps that do not rise, other layers at one of them, or what `layer_by_layer`
            refuses.

    Example:
        >>> from harsanyi import extract_game
        >>> low, output = (extract_game(lambda x: 1.0 * x[:, 0] + size * x.all(1), 2, progress=False)
        ...                for size in (0.0, 1.0))
        >>> found = layer_course({0: {"low": low, "output": low}, 9: {"low": low, "output": output}}, normalized=False)
        >>> found.completeness.value.round(2).tolist()
        [[1.0, 1.0], [0.5, 1.0]]

    Source: 2409.08712 for the measures.
    """
    steps = rising_steps(list(checkpoints))
    names = _check(checkpoints)
    sums = []
    for layers in checkpoints.values():
        found = layer_by_layer(layers, salience=salience, normalized=normalized, bootstrap=Bootstrap(draws=1))
        sums.append(found.to_last.sums.sum((-2, -1)))  # (layers, samples, 3)
    rows = np.moveaxis(np.stack(sums), 2, 0)  # (samples, checkpoints, layers, 3)
    value, drawn = _measures(rows.mean(0)), _measures(bootstrap.means(rows))
    estimates = {name: bootstrap.estimate(value[name], drawn[name]) for name in value}
    return LayerCourse(steps, unit, names, **estimates, samples=len(rows), bootstrap=bootstrap)


def _check(checkpoints: Mapping[Any, Layers]) -> tuple[str, ...]:
    """Names of the layers, which are the same everywhere."""
    first = next(iter(checkpoints.values()))
    for step, layers in checkpoints.items():
        if list(layers) != list(first):
            given, accepted = (", ".join(map(repr, held)) for held in (layers, first))
            raise ArgumentError("checkpoints", f"the layers {given} at step {step}",
                                f"those of the first checkpoint in their order, {accepted}")  # fmt: skip
        named = {f"{name} at step {step}": x for name, x in layers.items()}
        check_layers("checkpoints", named, next(iter(first.values()), None), least=2)
    return tuple(first)


def _measures(means: Floats) -> dict[str, Floats]:
    """From means over samples, (..., checkpoints, layers, 3)."""
    shares = {name: held[..., 0, 0] for name, held in part_shares(means[..., None, None]).items()}
    trends = {f"{name}_trend": _trend(held) for name, held in shares.items()}
    return shares | trends


def _trend(shares: Floats) -> Floats:
    """Rank correlation with the step, (..., checkpoints, layers) to (..., layers)."""
    return rank_correlation(np.swapaxes(shares, -1, -2).round(9), np.arange(shares.shape[-2]))
