"""What two networks must share for the same samples to confuse them: pairs of networks, factor by factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.chance import together_p_value
from harsanyi.analysis.estimates import counted, stacked, with_ends
from harsanyi.analysis.factor_words import factor_sentences
from harsanyi.analysis.few import holm, least_p_value, mean_estimate, rearranged_p_value
from harsanyi.analysis.ranks import rank_correlation
from harsanyi.analysis.sets import Common, check_share, common, named_rows, top_set
from harsanyi.core.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.overlap import FactorPlots

Scores = npt.ArrayLike


@final
@dataclass(frozen=True, eq=False)
class PairValues:
    """What the two networks of each pair of a factor have in common.

    Attributes:
        jaccard: of their sets, in [0, 1], (pairs,); NaN where no sample of a set has a score in both.
        chance: the mean of independent sets of these sizes, exactly, (pairs,).
        correlation: Spearman's rank correlation of their scores, (pairs,); NaN where all of one are alike.
        p_value: probability that independent sets have together so many samples in common, or so few, exactly.
        samples: with a score in both networks, in the pair that has the fewest.
    """

    jaccard: Floats
    chance: Floats
    correlation: Floats
    p_value: float
    samples: int


@final
@dataclass(frozen=True, eq=False)
class FactorDifferences:
    """Two factors compared, for every two factors, (m,) each.

    Attributes:
        pairs: positions of the two factors.
        difference: of their mean Jaccard indices, or mean correlations, first - second.
        p_value: two-sided, by giving the values of the pairs to the two factors anew: in every way where there are at
            most 20,000, else in so many at random. NaN where a factor has no value.
        corrected: the same, corrected for how many comparisons there are, by Holm's method.
        least: the least p-value that so many pairs can have.
    """

    pairs: tuple[tuple[int, int], ...]
    difference: Floats
    p_value: Floats
    corrected: Floats
    least: Floats


@final
@dataclass(frozen=True, eq=False, repr=False)
class FactorOverlap:
    """How far the same samples confuse networks that share something, factor by factor.

    Intervals are Student's over the pairs of a factor, which count as independent: they hold for other pairs of
    networks on these samples, have no width where all pairs have the same value, and are missing for a single pair.
    Tests between factors take pairs as independent too; where pairs of two factors have their first network in common,
    that makes the tests careful.

    Attributes:
        factors: what the networks of a pair share.
        values: of each pair, by factor.
        jaccard: mean over the pairs, in [0, 1], (factors,).
        chance: mean over the pairs of that of independent sets, (factors,).
        above_chance: mean Jaccard index less chance, (factors,).
        correlation: mean over the pairs, in [-1, 1], (factors,).
        jaccard_differences: every two factors compared.
        correlation_differences: likewise.
        level: of the intervals.

    Source: the comparison of 2502.08625 in words; the measures and tests are our choice.
    """

    factors: tuple[str, ...]
    values: tuple[PairValues, ...]
    jaccard: Estimate
    chance: Floats
    above_chance: Estimate
    correlation: Estimate
    jaccard_differences: FactorDifferences
    correlation_differences: FactorDifferences
    level: float

    @property
    def plot(self) -> FactorPlots:
        """Pictures of the factors, see `harsanyi.plots.factor_bars`."""
        from harsanyi.plots.overlap import FactorPlots

        return FactorPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a factor.

        Returns:
            Index: factor. Columns: pairs, jaccard, chance, p_value, above_chance, correlation; the measured ones also
            with _low and _high.
        """
        import pandas as pd

        counts = {"pairs": [len(each.jaccard) for each in self.values]}
        measured = {"above_chance": self.above_chance, "correlation": self.correlation}
        chance = {"chance": self.chance, "p_value": [each.p_value for each in self.values]}
        columns = counts | with_ends({"jaccard": self.jaccard}) | chance | with_ends(measured)
        return pd.DataFrame(columns, index=pd.Index(self.factors, name="factor"))

    def differences(self) -> pd.DataFrame:
        """One row for every two factors.

        Returns:
            Index: first, second. Columns: jaccard_difference, jaccard_p_value, jaccard_corrected, the same of
            correlation, least_p_value.
        """
        import pandas as pd

        compared = {"jaccard": self.jaccard_differences, "correlation": self.correlation_differences}
        found = {f"{measure}_{part}": getattr(held, part) for measure, held in compared.items()
                 for part in ("difference", "p_value", "corrected")}  # fmt: skip
        names = [(self.factors[one], self.factors[other]) for one, other in self.jaccard_differences.pairs]
        index = pd.MultiIndex.from_arrays(list(zip(*names, strict=True)) or [[], []], names=["first", "second"])
        return pd.DataFrame(found | {"least_p_value": self.jaccard_differences.least}, index=index)

    def sentences(self) -> list[str]:
        """Each factor against chance, and what the ordering of the paper has for and against it, in words."""
        return factor_sentences(self)

    def __repr__(self) -> str:
        pairs = sum(len(each.jaccard) for each in self.values)
        head = f"FactorOverlap: {counted(len(self.factors), 'factor')}, {counted(pairs, 'pair')} of networks"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def factor_overlap(
    pairs: Mapping[str, Sequence[tuple[Scores, Scores]]], *, share: float = 0.1, bootstrap: Bootstrap = Bootstrap()
) -> FactorOverlap:
    """What two networks must share for the same samples to confuse them.

    Args:
        pairs: by factor, such as "low", "high", "architecture", "nothing": for each pair of networks that share it the
            scores of the two, (samples,) each; NaN for a sample without a score. The two of a pair have the same
            samples.
        share: of its samples with a score that are in the set of a network, see `confusion_overlap`.
        bootstrap: level of the intervals; seed of ties at the edge of a set and of tests. Nothing is resampled.

    Returns:
        The `FactorOverlap`.

    Raises:
        ArgumentError: no factor, or one without a pair; a pair that is not two rows of as many samples; a share outside
            (0, 1]; fewer than two samples in a set.

    Example:
        >>> rising = np.arange(20.0)
        >>> found = factor_overlap({"low": [(rising, rising**2)] * 3, "nothing": [(rising, -rising)] * 3})
        >>> found.jaccard.value.tolist(), found.jaccard_differences.p_value.round(3).tolist()
        ([1.0, 0.0], [0.1])

    Source: see `FactorOverlap`.
    """
    check_share(share)
    if not pairs:
        raise ArgumentError("pairs", "no factor", "pairs of networks of one factor or more")
    values = tuple(_values(factor, held, share, [bootstrap.seed, place])
                   for place, (factor, held) in enumerate(pairs.items()))  # fmt: skip
    return FactorOverlap(
        tuple(pairs), values,
        jaccard=_means(values, lambda each: each.jaccard, bootstrap.level, 0),
        chance=np.array([np.nan if np.isnan(each.chance).all() else np.nanmean(each.chance) for each in values]),
        above_chance=_means(values, lambda each: each.jaccard - each.chance, bootstrap.level, -1),
        correlation=_means(values, lambda each: each.correlation, bootstrap.level, -1),
        jaccard_differences=_differences([each.jaccard for each in values], bootstrap.seed),
        correlation_differences=_differences([each.correlation for each in values], bootstrap.seed),
        level=bootstrap.level,
    )  # fmt: skip


def _values(factor: str, pairs: Sequence[tuple[Scores, Scores]], share: float, seed: list[int]) -> PairValues:
    if len(pairs) == 0:
        raise ArgumentError(f"pairs[{factor!r}]", "no pair", "one pair of networks or more")
    found = [_value(f"pairs[{factor!r}][{place}]", pair, share, [*seed, place]) for place, pair in enumerate(pairs)]
    return PairValues(
        jaccard=np.array([held.jaccard for held, _ in found]), chance=np.array([held.chance for held, _ in found]),
        correlation=np.array([correlation for _, correlation in found]),
        p_value=together_p_value([(held.samples, held.first, held.second, held.both) for held, _ in found]),
        samples=min(held.samples for held, _ in found),
    )  # fmt: skip


def _value(argument: str, pair: tuple[Scores, Scores], share: float, seed: list[int]) -> tuple[Common, float]:
    """What the sets of two networks have in common, and the correlation of their scores."""
    if len(pair) != 2:
        raise ArgumentError(argument, f"{len(pair)} rows", "the scores of two networks")
    one, other = named_rows(argument, dict(zip(("first", "second"), pair, strict=True)), 2, "networks").values()
    sets = [top_set(f"{argument}[{at}]", row, share, [*seed, at]) for at, row in enumerate((one, other))]
    held, known = common((one, other), (sets[0], sets[1])), ~np.isnan(one) & ~np.isnan(other)
    return held, float(rank_correlation(one[known].round(9), other[known].round(9)))


def _means(values: Sequence[PairValues], measure: Callable[[PairValues], Floats], level: float,
           least: float) -> Estimate:  # fmt: skip
    return stacked([mean_estimate(measure(each), level, least, 1.0) for each in values])


def _differences(values: Sequence[Floats], seed: int) -> FactorDifferences:
    known = [each[~np.isnan(each)] for each in values]
    pairs = tuple(combinations(range(len(known)), 2))
    means = [float(each.mean()) if len(each) else np.nan for each in known]
    p_values = np.array([rearranged_p_value(known[one], known[other], seed) for one, other in pairs], dtype=np.float64)
    return FactorDifferences(
        pairs, np.array([means[one] - means[other] for one, other in pairs], dtype=np.float64), p_values,
        holm(p_values), np.array([least_p_value(len(known[one]), len(known[other])) for one, other in pairs]),
    )  # fmt: skip
