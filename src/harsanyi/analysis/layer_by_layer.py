"""What each layer of a network already knows of the final inference, what it carries needlessly, what is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import counted, with_ends
from harsanyi.analysis.layer_effects import changed, followed
from harsanyi.analysis.layer_input import LAYER_SALIENCE, Layers, check_known, check_layers, in_units, kept_effects
from harsanyi.analysis.layer_pairs import LayerPairs, compare_pairs, drawn_means, layer_pairs
from harsanyi.analysis.layer_trends import LayerTrends, layer_trends
from harsanyi.analysis.layer_words import layer_sentences
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.layers_accessor import LayerPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class LayerByLayer:
    """Salient interactions of the layers of a network, each compared with the last layer and with the next.

    Attributes:
        layers: interactions by the name of the layer, lowest first, the network itself last; in the unit of each layer
            where they are normalized.
        effects: salient effects of each layer, the others 0, (2, samples, 2**n), AND first.
        to_last: every layer against the last one, the last against itself included.
        to_next: every layer but the last against the next one.
        count: salient effects a sample, the mean over the samples, (layers, 3): AND, OR, both.
        trends: how completeness and redundancy change with depth.
        warnings: what is known against the probe of a layer, a sentence each, by layer.
        salience: rule for the effects that count.
        normalized: whether effects are divided by the mean of |v(N) - v(empty)| of their layer.
        bootstrap: draws, level and seed.

    Source: 2409.08712; trends and intervals are our definitions.
    """

    layers: Layers
    effects: Mapping[str, Floats]
    to_last: LayerPairs
    to_next: LayerPairs
    count: Estimate
    trends: LayerTrends
    warnings: Mapping[str, str]
    salience: SalienceRule | str
    normalized: bool
    bootstrap: Bootstrap

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers, lowest first."""
        return tuple(self.layers)

    @property
    def n(self) -> int:
        """Number of players."""
        return self.to_last.n

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(self._last)

    @property
    def completeness(self) -> Estimate:
        """Share of the last layer's strength that each layer has already, in [0, 1], (layers,)."""
        return _whole(self.to_last.completeness)

    @property
    def redundancy(self) -> Estimate:
        """Share of each layer's strength that the last layer does not use, in [0, 1], (layers,)."""
        return _whole(self.to_last.redundancy)

    @property
    def plot(self) -> LayerPlots:
        """Pictures of these layers, see `harsanyi.plots`."""
        from harsanyi.plots.layers_accessor import LayerPlots

        return LayerPlots(self)

    def between(self, lower: str, higher: str) -> LayerPairs:
        """Any two layers compared.

        Args:
            lower: name of a layer.
            higher: name of the layer that it is compared with.

        Raises:
            ArgumentError: no such layer.
        """
        check_known("lower", lower, self.names)
        check_known("higher", higher, self.names)
        pairs = [(lower, higher)]
        sums = compare_pairs(self.effects, pairs)
        return layer_pairs(pairs, sums, drawn_means(sums, self.bootstrap), self.bootstrap)

    def table(self) -> pd.DataFrame:
        """One row a layer, against the last one.

        Returns:
            Index: layer. Columns: overlap, forget, new, completeness, redundancy, salient_and, salient_or, salient
            (effects a sample), each also with _low and _high, and effects, how many there are to be salient, 2**(n+1).
        """
        import pandas as pd

        counts = {name: _column(self.count, at) for at, name in enumerate(("salient_and", "salient_or", "salient"))}
        found = self.to_last.table().droplevel("higher").rename_axis("layer")
        counted = pd.DataFrame(with_ends(counts), index=found.index)
        return pd.concat((found, counted), axis=1).assign(effects=2 << self.n)

    def by_order(self) -> pd.DataFrame:
        """One row a layer, type and order, against the last layer.

        Returns:
            Index: layer, type (AND, OR, both), order. Columns: overlap, forget, new, completeness, redundancy, each
            also with _low and _high.
        """
        return self.to_last.by_order().droplevel("higher").rename_axis(["layer", "type", "order"])

    def steps(self) -> pd.DataFrame:
        """One row for each layer but the last, against the next one, see `LayerPairs.table`."""
        return self.to_next.table()

    def emerged(self, layer: str, sample: int | None = None, *, until: str | None = None) -> pd.DataFrame:
        """Interactions that a higher layer has and this one lacks, in whole or in part, strongest first.

        Args:
            layer: name of a layer.
            sample: position of one, or nothing for sums over all samples, whose players must be the same things.
            until: name of the other layer; nothing takes the next one.

        Returns:
            Columns: players, type, order, lower and higher (effects in the two layers, 0 where not salient), kept (what
            both share of it, with its sign), emerged (strength), samples (in how many), coalition.

        Raises:
            ArgumentError: no such layer or sample, or no next layer.
        """
        return self._changed("emerged", layer, sample, until)

    def forgotten(self, layer: str, sample: int | None = None, *, until: str | None = None) -> pd.DataFrame:
        """Interactions of a layer that a higher one drops, in whole or in part, strongest first.

        Args:
            layer: as for `emerged`.
            sample: likewise.
            until: likewise.

        Returns:
            As `emerged`, with the column forgotten in the place of emerged.

        Raises:
            ArgumentError: as `emerged`.
        """
        return self._changed("forgotten", layer, sample, until)

    def follow(self, sample: int, count: int = 10) -> pd.DataFrame:
        """The interactions of a sample that are the strongest in any layer, through all layers.

        Args:
            sample: position.
            count: how many at most.

        Returns:
            Index: players, type, order, coalition. Columns: layer, then effect and salient (bool).

        Raises:
            ArgumentError: no such sample; a count below 1.
        """
        return followed(self.layers, self.effects, sample, count)

    def sentences(self) -> list[str]:
        """Whether completeness rises and redundancy rises and falls, what forgets most, what probes warn of."""
        return layer_sentences(self)

    def _changed(self, part: str, layer: str, sample: int | None, until: str | None) -> pd.DataFrame:
        check_known("layer", layer, self.names if until is not None else self.names[:-1])
        higher = self.names[self.names.index(layer) + 1] if until is None else until
        check_known("until", higher, self.names)
        return changed(self._last, self.effects[layer], self.effects[higher], part, sample)

    @property
    def _last(self) -> Interactions:
        return self.layers[self.names[-1]]

    def __repr__(self) -> str:
        many = f"{counted(len(self.names), 'layer')}, {counted(self.samples)} x {counted(self.n, 'player')}"
        return "\n".join([f"LayerByLayer: {many}", *(f"  {sentence}" for sentence in self.sentences())])


def layer_by_layer(
    layers: Layers,
    *,
    salience: SalienceRule | str = LAYER_SALIENCE,
    normalized: bool = True,
    bootstrap: Bootstrap = Bootstrap(),
    warnings: Mapping[str, str] | None = None,
) -> LayerByLayer:
    """Compare the interactions of each layer of a network with those of the last layer and of the next.

    An effect I of a layer and J of a higher one, both salient and of the same sign, share sign * min(|I|, |J|), others
    share nothing. What is shared is the overlap; the rest of I is forgotten, the rest of J is new.

    Args:
        layers: interactions by the name of the layer, lowest first, the network itself last; of the same samples,
            players and labels. Those of a layer are of the scores of a probe that reads its features.
        salience: rule for the effects that count; each layer has thresholds of its own, from all samples by default.
        normalized: whether the effects of each layer are first divided by its mean of |v(N) - v(empty)|.
        bootstrap: draws, level and seed of the intervals.
        warnings: what is known against the probe of a layer, a sentence each, by layer; handed through into words.

    Returns:
        The `LayerByLayer`.

    Raises:
        ArgumentError: fewer than two layers, other samples, players or labels, a layer whose scores do not change, a
            last layer without a salient effect, a warning of an unknown layer.

    Example:
        >>> from harsanyi import extract_game
        >>> low = extract_game(lambda x: 1.0 * x[:, 0] + x[:, 1], 2, progress=False)
        >>> output = extract_game(lambda x: 1.0 * x[:, 0] + x.all(1), 2, progress=False)
        >>> found = layer_by_layer({"hidden": low, "output": output})
        >>> found.completeness.value.round(2).tolist(), found.redundancy.value.round(2).tolist()
        ([0.5, 1.0], [0.5, 0.0])

    Source: 2409.08712, with its threshold, 5 % of the largest effect of all samples, one for each layer.
    """
    check_layers("layers", layers, least=2)
    for name in warnings or {}:
        check_known("warnings", name, layers)
    scaled = in_units("layers", layers) if normalized else dict(layers)
    effects = {name: kept_effects(x, salience) for name, x in scaled.items()}
    names = list(scaled)
    if not effects[names[-1]].any():
        raise ArgumentError("layers", f"no salient effect in {names[-1]!r}, the last", "one effect or more",
                            "Lower the share of the salience rule")  # fmt: skip
    to_last, to_next = [(name, names[-1]) for name in names], list(pairwise(names))
    sums = compare_pairs(effects, to_last + to_next)
    drawn, cut = drawn_means(sums, bootstrap), len(names)
    means = sums.mean(1)
    return LayerByLayer(
        scaled, effects,
        layer_pairs(to_last, sums[:cut], drawn[:, :cut], bootstrap),
        layer_pairs(to_next, sums[cut:], drawn[:, cut:], bootstrap),
        _counts(effects, bootstrap), layer_trends(means[:cut], means[cut:], drawn, bootstrap),
        dict(warnings or {}), salience, normalized, bootstrap,
    )  # fmt: skip


def _counts(effects: Mapping[str, Floats], bootstrap: Bootstrap) -> Estimate:
    """Salient effects a sample, (layers, 3)."""
    counts = np.stack([(kept != 0).sum(-1).T for kept in effects.values()], 1)  # (samples, layers, 2)
    counts = np.concatenate((counts, counts.sum(-1, keepdims=True)), -1).astype(np.float64)
    return bootstrap.estimate(counts.mean(0), bootstrap.means(counts))


def _whole(single: Estimate) -> Estimate:
    return Estimate(*(ends[:, -1, -1] for ends in (single.value, single.low, single.high)))


def _column(single: Estimate, at: int) -> Estimate:
    return Estimate(*(ends[:, at] for ends in (single.value, single.low, single.high)))
