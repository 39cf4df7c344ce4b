"""Pairs of layers: the strength that both share, that is forgotten and that is new, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import with_ends
from harsanyi.analysis.layer_parts import PARTS, TYPES, part_shares, part_sums, with_totals

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]


@final
@dataclass(frozen=True, eq=False)
class LayerPairs:
    """Each of some layers compared with a higher one.

    Types are AND, OR and both together; the orders 1 to n are followed by all of them together. Intervals are bootstrap
    intervals over samples; thresholds stay as they are when samples are resampled.

    Attributes:
        pairs: names of the lower and of the higher layer of each pair.
        sums: strength by sample, in the unit of the effects, (pairs, samples, 3, 2, n): what both share, what the
            higher layer forgets, what is new in it; AND, OR; order.
        strength: mean over the samples, (pairs, 3, 3, n + 1): part, type, order.
        completeness: overlap / strength of the higher layer, in [0, 1], (pairs, 3, n + 1); NaN without strength. Ratios
            of sums over the samples.
        redundancy: forgotten / strength of the lower layer, likewise.

    Source: 2409.08712; intervals are our addition.
    """

    pairs: tuple[Pair, ...]
    sums: Floats
    strength: Estimate
    completeness: Estimate
    redundancy: Estimate

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.sums.shape[-1])

    @property
    def sample_completeness(self) -> Floats:
        """Completeness of each sample, all types and orders together, (pairs, samples); NaN without strength."""
        return part_shares(with_totals(self.sums))["completeness"][..., -1, -1]

    @property
    def sample_redundancy(self) -> Floats:
        """Redundancy of each sample, likewise."""
        return part_shares(with_totals(self.sums))["redundancy"][..., -1, -1]

    def table(self) -> pd.DataFrame:
        """One row a pair, of all types and orders together.

        Returns:
            Index: lower, higher. Columns: overlap, forget, new (mean over the samples), completeness, redundancy, each
            also with _low and _high.
        """
        import pandas as pd

        index = pd.MultiIndex.from_tuples(self.pairs, names=["lower", "higher"])
        columns = {name: _at(single, (slice(None), -1, -1)) for name, single in self._columns().items()}
        return pd.DataFrame(with_ends(columns), index=index)

    def by_order(self) -> pd.DataFrame:
        """One row a pair, type and order.

        Returns:
            Index: lower, higher, type (AND, OR, both), order. Columns: as those of `table`.
        """
        import pandas as pd

        rows = [(*pair, kind, order) for pair in self.pairs for kind in TYPES for order in range(1, self.n + 1)]
        index = pd.MultiIndex.from_tuples(rows, names=["lower", "higher", "type", "order"])
        columns = with_ends({name: _at(single, (..., slice(self.n))) for name, single in self._columns().items()})
        return pd.DataFrame({name: ends.ravel() for name, ends in columns.items()}, index=index)

    def _columns(self) -> dict[str, Estimate]:
        parts = {name: _at(self.strength, (slice(None), at)) for at, name in enumerate(PARTS)}
        return parts | {"completeness": self.completeness, "redundancy": self.redundancy}


def compare_pairs(effects: Mapping[str, Floats], pairs: Sequence[Pair]) -> Floats:
    """Sums of several pairs of layers, see `part_sums`.

    Args:
        effects: salient effects of each layer, the others 0, (2, samples, 2**n).
        pairs: names of the lower and of the higher layer.

    Returns:
        (pairs, samples, 3, 2, n).
    """
    return np.stack([part_sums(effects[lower], effects[higher]) for lower, higher in pairs])


def drawn_means(sums: Floats, bootstrap: Bootstrap) -> Floats:
    """Means of resampled samples, the same ones for all pairs, (pairs, samples, ...) to (draws, pairs, ...)."""
    return bootstrap.means(np.moveaxis(sums, 1, 0))


def layer_pairs(pairs: Sequence[Pair], sums: Floats, drawn: Floats, bootstrap: Bootstrap) -> LayerPairs:
    """Estimates of pairs out of their sums (pairs, samples, 3, 2, n) and resampled means (draws, pairs, 3, 2, n)."""
    value, resampled = with_totals(sums.mean(1)), with_totals(drawn)
    shares, drawn_shares = part_shares(value), part_shares(resampled)
    estimates = {name: bootstrap.estimate(shares[name], drawn_shares[name]) for name in shares}
    return LayerPairs(tuple(pairs), sums, bootstrap.estimate(value, resampled), **estimates)


def _at(single: Estimate, index: tuple[object, ...]) -> Estimate:
    return Estimate(*(ends[index] for ends in (single.value, single.low, single.high)))  # type: ignore[index]
