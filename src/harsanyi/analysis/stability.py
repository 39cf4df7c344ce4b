"""Whether the interactions of a layer stay what they are when noise is added to the sample: by order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, mean_of_known
from harsanyi.analysis.estimates import counted, part, told, with_ends
from harsanyi.analysis.layer_input import LAYER_SALIENCE, Layers, check_layers, kept_effects, spoken
from harsanyi.analysis.layer_parts import by_order, with_totals
from harsanyi.analysis.order_trends import order_table, order_trends, trend_sentences
from harsanyi.analysis.stability_parts import sample_means, steadiness, steadiness_without
from harsanyi.analysis.transfer import both_types
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.layer_orders import StabilityPlots

LEAST_DRAWS = 2


@final
@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """Stability of the salient interactions of each layer: |mean| / standard deviation over noisy draws of the sample.

    It is the mean over the salient effects of the clean sample, then over the samples. Types are AND, OR and both
    together; the orders 1 to n are followed by all of them together. The fewer draws, the larger it comes out: compare
    stabilities of as many draws. An effect that is nothing but noise has about 0.8 / sqrt(draws), not 0.

    Attributes:
        names: of the layers, lowest first.
        stability: >= 0, (layers, 3, n + 1): layer, type, order; NaN where nothing is salient.
        sample_stability: of each sample, (layers, samples, 3, n + 1); NaN where nothing is salient.
        standard_error: of the stability, over the draws (jackknife), (layers, 3, n + 1); NaN for fewer than three
            draws.
        unchanging: salient effects that are the same in all draws, of all samples, which are left out, int64
            (layers, 3, n + 1).
        trend: rank correlation of the stability of both types with the order, in [-1, 1], (layers,); NaN for fewer than
            three orders.
        draws: of noise for each sample.
        salience: rule for the effects that count.
        bootstrap: draws, level and seed of the intervals over samples.

    Source: 2409.08712; intervals, standard error and the trend are our additions.
    """

    names: tuple[str, ...]
    stability: Estimate
    sample_stability: Floats
    standard_error: Floats
    unchanging: npt.NDArray[np.int64]
    trend: Estimate
    draws: int
    salience: SalienceRule | str
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.stability.value.shape[-1]) - 1

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.sample_stability.shape[1])

    @property
    def plot(self) -> StabilityPlots:
        """Pictures of this stability, see `harsanyi.plots`."""
        from harsanyi.plots.layer_orders import StabilityPlots

        return StabilityPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a layer, of all types and orders together.

        Returns:
            Index: layer. Columns: stability and trend, each also with _low and _high, standard_error, unchanging.
        """
        import pandas as pd

        whole = Estimate(*(ends[:, -1, -1] for ends in (self.stability.value, self.stability.low, self.stability.high)))
        index = pd.Index(self.names, name="layer")
        found = pd.DataFrame(with_ends({"stability": whole, "trend": self.trend}), index)
        return found.assign(standard_error=self.standard_error[:, -1, -1], unchanging=self.unchanging[:, -1, -1])

    def by_order(self) -> pd.DataFrame:
        """One row a layer, type and order.

        Returns:
            Index: layer, type (AND, OR, both), order. Columns: stability, stability_low, stability_high,
            standard_error, unchanging.
        """
        extra = {"standard_error": self.standard_error, "unchanging": self.unchanging}
        return order_table(self.names, {"stability": self.stability}, extra)

    def sentences(self) -> list[str]:
        """The stability of the lowest and of the highest layer, and whether it falls with the order, in words."""
        level = self.bootstrap.level
        ends = [f"{told(part(self.stability, at, -1, -1), level)} in {spoken(self.names[at])}"
                for at in sorted({0, len(self.names) - 1})]  # fmt: skip
        found = f"Over {self.draws} noisy draws a sample, |mean| / standard deviation is {' and '.join(ends)}."
        return [found, *self._unchanging(), *trend_sentences(self.names, "Stability", self.trend, level)]

    def _unchanging(self) -> list[str]:
        count = int(self.unchanging[:, -1, -1].sum())
        return (
            [f"{counted(count, 'salient effect')} {'is' if count == 1 else 'are'} the same in all draws, and left out."]
            if count
            else []
        )

    def __repr__(self) -> str:
        many = f"{counted(len(self.names), 'layer')}, {counted(self.samples)} x {counted(self.n, 'player')}"
        return "\n".join([f"Stability: {many}", *(f"  {sentence}" for sentence in self.sentences())])


def stability(
    layers: Layers,
    noisy: Sequence[Layers],
    *,
    salience: SalienceRule | str = LAYER_SALIENCE,
    bootstrap: Bootstrap = Bootstrap(),
) -> Stability:
    """Tell how stable the salient interactions of each layer are under noise that is added to the samples.

    Args:
        layers: interactions of the clean samples by the name of the layer, lowest first; what is salient here counts.
        noisy: the same with noise added to the samples, one mapping a draw, two draws or more (ten tell more). The
            paper draws it from N(0, 0.02**2) for inputs of a range of about 1.
        salience: rule for the effects that count.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Stability`.

    Raises:
        ArgumentError: no layer, fewer than two draws, a draw that lacks a layer, other players or labels.

    Example:
        >>> from harsanyi import extract_game
        >>> clean, *noisy = ({"output": extract_game(lambda x: size * x[:, 0], 2, progress=False)}
        ...                  for size in (2.0, 1.0, 3.0))
        >>> round(float(stability(clean, noisy).stability.value[0, 0, 0]), 3)  # 2 / 1.414
        1.414

    Source: 2409.08712.
    """
    check_layers("layers", layers)
    _check_noisy(layers, noisy)
    found = [_of_layer(x, [draw[name] for draw in noisy], salience) for name, x in layers.items()]
    samples, without, unchanging = (np.stack(each) for each in zip(*found, strict=True))
    by_sample = np.moveaxis(samples, 1, 0)
    value, drawn = mean_of_known(by_sample), bootstrap.means(by_sample)
    return Stability(
        tuple(layers), bootstrap.estimate(value, drawn), samples, _jackknife(np.moveaxis(without, 1, 0)), unchanging,
        order_trends(value, drawn, bootstrap), len(noisy), salience, bootstrap,
    )  # fmt: skip


def _check_noisy(layers: Layers, noisy: Sequence[Layers]) -> None:
    if len(noisy) < LEAST_DRAWS:
        raise ArgumentError("noisy", counted(len(noisy), "draw"),
                            f"{LEAST_DRAWS} draws or more: a deviation needs as many")  # fmt: skip
    for at, draw in enumerate(noisy):
        if lacking := [name for name in layers if name not in draw]:
            raise ArgumentError("noisy", f"draw {at} without the layer {lacking[0]!r}", "all layers in every draw")
        for name, x in layers.items():  # the samples differ by their noise, all else must be the same
            check_layers("noisy", {f"draw {at}, {name}": replace(draw[name], inputs=None)}, x)


def _of_layer(
    clean: Interactions, noisy: Sequence[Interactions], rule: SalienceRule | str
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Stability of each sample, the mean over the samples without each draw in turn, effects that do not change."""
    salient = (kept_effects(clean, rule) != 0).astype(np.float64)
    drawn = np.stack([both_types(x) for x in noisy])  # (draws, 2, samples, 2**n)
    steady = steadiness(drawn)
    samples = sample_means(steady, salient)
    unchanging = with_totals(by_order(salient * np.isnan(steady)).sum(1)).astype(np.int64)
    if len(drawn) < LEAST_DRAWS + 1:
        return samples, np.full((len(drawn), *samples.shape[1:]), np.nan), unchanging
    without = sample_means(steadiness_without(drawn), salient)
    return samples, mean_of_known(np.moveaxis(without, 1, 0)), unchanging


def _jackknife(without: Floats) -> Floats:
    """Standard error of a number that is computed without each of the draws in turn, (draws, ...)."""
    draws = len(without)
    return np.asarray(np.sqrt((draws - 1) / draws * ((without - without.mean(0)) ** 2).sum(0)))
