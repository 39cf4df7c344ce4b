"""How strongly pairs of players interact, by how many other players are present: strength, noise and shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, interval, mean_of_known
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.pairwise_words import pairwise_sentences
from harsanyi.analysis.phases import turning
from harsanyi.core.errors import ArgumentError
from harsanyi.storage import load_arrays, save_arrays

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from harsanyi.plots.pairwise import PairwisePlots

Indices = npt.NDArray[np.int64]
_FORMAT = "pairwise orders 1"
_ARRAYS = ("sizes", "contexts", "pairs", "interactions", "error", "cautious", "labels")


@final
@dataclass(frozen=True, eq=False, repr=False)
class PairwiseOrders:
    """Interactions of pairs of players in contexts of several sizes m: I^(m)(i, j) of samples x sizes x pairs.

    A context is a set of players beside the pair, so m is 0 to n - 2: this is not the order of an AND or OR
    interaction, the number of players that it joins.

    The mean of |I| is too large where few contexts are drawn: drawing alone makes `noise` of it where no pair
    interacts. `cautious_strength` errs to the other side, so that the strength lies between the two in expectation.

    Attributes:
        n: number of players.
        sizes: m of each size, ascending, int64 (sizes,).
        contexts: how many each pair had, int64 (sizes,).
        pairs: players of each pair of each sample, int64 (samples, pairs, 2).
        interactions: mean over the contexts of v(S with both) - v(S with i) - v(S with j) + v(S), float64 (samples,
            sizes, pairs), in the unit of the score.
        error: standard error of each, from drawing contexts; 0 where all of them were taken, NaN for a single one.
        cautious: mean over the contexts of their values, each times the sign of the sum of all the others; its
            expectation is at most |I|, and it is |I| where all contexts were taken.
        labels: int64 (samples,).
        names: player names of each sample, (samples, n) nested tuples.
        provenance: how all this was computed; JSON types only.
        bootstrap: draws, level and seed of the intervals, over samples.

    Raises:
        ArgumentError: arrays whose shapes do not fit each other.

    Source: 2111.06236 for I and J; noise, errors, and the cautious strength are our definitions.
    """

    n: int
    sizes: Indices
    contexts: Indices
    pairs: Indices
    interactions: Floats
    error: Floats
    cautious: Floats
    labels: Indices
    names: tuple[tuple[str, ...], ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    def __post_init__(self) -> None:
        samples, pairs, _ = self.pairs.shape
        whole, sizes = (samples, len(self.sizes), pairs), (len(self.sizes),)
        expected = dict(zip(_ARRAYS, (sizes, sizes, (samples, pairs, 2), whole, whole, whole, (samples,)), strict=True))
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ArgumentError(name, f"shape {getattr(self, name).shape}", f"shape {shape}")

    def __len__(self) -> int:
        return len(self.interactions)

    @property
    def shares(self) -> Floats:
        """Each size as a share of the n - 2 other players, (sizes,); 0 where there are none."""
        return np.asarray(self.sizes / max(self.n - 2, 1))

    @cached_property
    def strength(self) -> Estimate:
        """E|I| over samples and pairs, (sizes,), with bootstrap intervals over samples."""
        return self._estimate(lambda strength, cautious: strength)

    @cached_property
    def normalised(self) -> Estimate:
        """J^(m): the strength over its mean over the sizes asked for, (sizes,); NaN without strength."""
        return self._estimate(lambda strength, cautious: _normalised(strength))

    @cached_property
    def cautious_strength(self) -> Estimate:
        """Mean of `cautious` over samples and pairs, (sizes,): at most the strength, in expectation."""
        return self._estimate(lambda strength, cautious: cautious)

    @cached_property
    def noise(self) -> Floats:
        """Strength that drawing contexts alone makes where no pair interacts: the mean of error sqrt(2 / pi), (sizes,).

        The values over contexts count as independent and their mean as normal; NaN where each pair has one context.
        """
        each = self.error.transpose(0, 2, 1).reshape(-1, len(self.sizes))
        return np.asarray(np.sqrt(2 / np.pi) * mean_of_known(each))

    @property
    def strength_error(self) -> Floats:
        """Standard error of `strength`, (sizes,): the spread of the samples over the root of their number.

        It holds what drawing pairs and contexts adds, for every sample has its own; NaN for one sample.
        """
        return _standard_error(self._by_sample[:, 0])

    @property
    def normalised_error(self) -> Floats:
        """Standard error of `normalised`, (sizes,), to first order in the spread of the samples; NaN for one sample."""
        strength = self._by_sample[:, 0]
        residual = strength - self.normalised.value * strength.mean(1, keepdims=True)
        return ratio(_standard_error(residual), np.full(len(self.sizes), strength.mean()))

    @cached_property
    def verdict(self) -> str:
        """Whether the strength is U-shaped over the sizes: "U-shaped", "not U-shaped", or "one sample".

        U-shaped: the weakest size lies between two that are stronger even when these are taken by `cautious_strength`;
        the interval of both differences is above 0.

        Source: our definition; 2111.06236 reads the shape off its figures.
        """
        middle = self.weakest
        if not 0 < middle < len(self.sizes) - 1:
            return "not U-shaped"
        if len(self) == 1:
            return "one sample"
        strength = self.strength.value
        sides = [int(strength[:middle].argmax()), middle + 1 + int(strength[middle + 1 :].argmax())]
        drawn = self._drawn[:, 1, sides] - self._drawn[:, 0, [middle]]
        low, _ = interval(drawn, self.bootstrap.level)
        return "U-shaped" if bool((low > 0).all()) else "not U-shaped"

    @property
    def weakest(self) -> int:
        """Position of the size with the least strength."""
        return int(turning(self.strength.value)[0])

    @cached_property
    def bottleneck(self) -> Estimate:
        """m of the size with the least strength, (), among those asked for; says something where it is U-shaped."""
        found = turning(self._drawn[:, 0])[0]
        return self.bootstrap.estimate(self.sizes[self.weakest], self.sizes[found].astype(np.float64))

    @cached_property
    def _by_sample(self) -> Floats:
        """Mean over the pairs of |I| and of `cautious`, (samples, 2, sizes)."""
        return np.stack((np.abs(self.interactions).mean(2), self.cautious.mean(2)), 1)

    @cached_property
    def _drawn(self) -> Floats:
        return self.bootstrap.means(self._by_sample)

    def _estimate(self, measure: Any) -> Estimate:
        value, drawn = (measure(means[..., 0, :], means[..., 1, :]) for means in (self._by_sample.mean(0), self._drawn))
        return self.bootstrap.estimate(value, drawn)

    # Handing on ------------------------------------------------------------------------------------------------------

    def by_order(self) -> pd.DataFrame:
        """One row a size of the context.

        Returns:
            Index: context (m). Columns: share (m / (n - 2)), contexts (how many a pair), exact (all there are),
            strength, normalised and cautious_strength, each also with _low and _high, the first two with _error; noise.
        """
        import pandas as pd

        table: dict[str, npt.NDArray[Any]] = {"share": self.shares, "contexts": self.contexts, "exact": self.exact}
        for name in ("strength", "normalised", "cautious_strength"):
            held: Estimate = getattr(self, name)
            table |= {name: held.value, f"{name}_low": held.low, f"{name}_high": held.high}
            if name != "cautious_strength":
                table[f"{name}_error"] = getattr(self, f"{name}_error")
        return pd.DataFrame({**table, "noise": self.noise}, index=pd.Index(self.sizes, name="context"))

    @property
    def exact(self) -> npt.NDArray[np.bool_]:
        """Sizes of which all contexts were taken, (sizes,)."""
        every = [comb(self.n - 2, int(size)) for size in self.sizes]
        return np.array([count == number for count, number in zip(self.contexts.tolist(), every, strict=True)])

    def sentences(self) -> list[str]:
        """Where pairs interact most and least, whether that is U-shaped, and how much of it is noise, in words."""
        return pairwise_sentences(self)

    def __repr__(self) -> str:
        samples, sizes, pairs = self.interactions.shape
        head = f"PairwiseOrders: {samples} samples x {pairs} of {self.n * (self.n - 1) // 2} pairs of {self.n} players"
        return "\n".join([f"{head}, contexts of {sizes} sizes", *(f"  {text}" for text in self.sentences())])

    def to_xarray(self) -> xr.Dataset:
        """A labelled data set: dimensions sample, context, pair, side and player.

        Returns:
            Variables interaction, error, cautious (sample, context, pair); players (sample, pair, side); label
            (sample); name (sample, player); coordinates context (m), share and contexts (context).
        """
        import xarray as xr

        wide = ("sample", "context", "pair")
        values = {"interaction": self.interactions, "error": self.error, "cautious": self.cautious}
        players = {"players": (("sample", "pair", "side"), self.pairs), "label": ("sample", self.labels)}
        return xr.Dataset(
            {**{name: (wide, array) for name, array in values.items()}, **players,
             "name": (("sample", "player"), np.array(self.names))},
            coords={"context": self.sizes, "share": ("context", self.shares), "contexts": ("context", self.contexts)},
            attrs={"provenance": json.dumps(self.provenance)},
        )  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write one .npz file (no pickle; readable by numpy.load), replaced as a whole or not at all.

        Args:
            path: where; ".npz" is appended where it is missing.

        Returns:
            The path written.
        """
        record = {"format": _FORMAT, "n": self.n, "names": self.names, "provenance": self.provenance}
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return save_arrays(path, arrays, {**record, "bootstrap": asdict(self.bootstrap)})

    @classmethod
    def load(cls, path: str | Path) -> PairwiseOrders:
        """Read what `save` wrote, equal to the last bit.

        Raises:
            ArgumentError: no such file, or not a file of pairwise interactions.
        """
        arrays, record = load_arrays(path, _FORMAT, "PairwiseOrders.save")
        names, bootstrap = tuple(map(tuple, record["names"])), Bootstrap(**record["bootstrap"])
        return cls(record["n"], **arrays, names=names, provenance=record["provenance"], bootstrap=bootstrap)

    @property
    def plot(self) -> PairwisePlots:
        """Pictures of these interactions, see `harsanyi.plots.pairwise_strength`."""
        from harsanyi.plots.pairwise import PairwisePlots

        return PairwisePlots(self)


def over_contexts(values: Floats, every: bool) -> tuple[Floats, Floats, Floats]:
    """Interaction, standard error and cautious strength of pairs from their values in each context.

    Args:
        values: v(S with both) - v(S with i) - v(S with j) + v(S), (pairs, contexts).
        every: these are all contexts there are.

    Returns:
        (pairs,) each; see `PairwiseOrders`.

    Example:
        >>> [part.round(3).tolist() for part in over_contexts(np.array([[4.0, -1.0, 2.0, 3.0]]), every=False)]
        [[2.0], [1.08], [2.0]]
    """
    mean, count = values.mean(1), values.shape[1]
    if every:
        return mean, np.zeros_like(mean), np.abs(mean)
    error = values.std(1, ddof=1) / np.sqrt(count) if count > 1 else np.full_like(mean, np.nan)
    others = values.sum(1, keepdims=True) - values if count > 1 else np.zeros_like(values)
    return mean, error, (np.sign(others) * values).mean(1)


def _normalised(strength: Floats) -> Floats:
    mean = strength.mean(-1, keepdims=True)
    return ratio(strength, np.broadcast_to(mean, strength.shape))


def _standard_error(values: Floats) -> Floats:
    """Of the mean over the samples, (samples, ...) to (...)."""
    if len(values) == 1:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(0, ddof=1) / np.sqrt(len(values)))
