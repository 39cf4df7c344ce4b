"""Whether networks are confused by the same samples: what their sets have in common, against chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.confusion import Confusion
from harsanyi.analysis.estimates import with_ends
from harsanyi.analysis.few import share_estimate
from harsanyi.analysis.overlap_words import overlap_sentences
from harsanyi.analysis.performance import ComparedPerformance, Performance, check_performance, compare_performance
from harsanyi.analysis.ranks import correlations_of_samples
from harsanyi.analysis.sets import Common, check_share, common, given_set, named_rows, tied_outside, top_set
from harsanyi.analysis.transfer import Bools
from harsanyi.core.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.overlap import OverlapPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConfusionOverlap:
    """What sets of samples of several networks have in common, for every pair of networks.

    A pair is looked at among the samples that both networks give a score. Sets are fixed: intervals tell how far the
    numbers depend on which samples there are, the rule of membership staying as it is.

    Attributes:
        names: of the networks.
        pairs: positions of the two networks of each pair.
        members: which samples are in the set of each network, bool (networks, samples).
        tied: how many samples outside a set have the least score in it, which chance decided, of each network; 0 where
            the sets were given.
        common: the numbers of samples of each pair.
        jaccard: samples in both sets over samples in either, in [0, 1], (pairs,); Wilson's interval, for of the samples
            in either set each is in both or not. It has a width even where sets are equal or disjoint, where resampling
            would have none.
        chance: its mean for independent sets of these sizes, exactly, (pairs,).
        limit: the same for endless samples, q / (2 - q) for sets of a share q, (pairs,).
        p_value: probability that independent sets have as many samples in common, or more, exactly, (pairs,).
        correlation: Spearman's rank correlation of the scores, (pairs,); bootstrap intervals over samples.
        again: Jaccard index of the set of each network and the one that it has extracted again, (networks,), with
            Wilson's interval: a ceiling for all pairs; nothing where that was not given.
        performance: how well the networks do, where that was given.
        bootstrap: draws, level and seed.

    Source: 2502.08625 compares sets of two networks with such numbers in words; the measures are our definitions.
    """

    names: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    members: Bools
    tied: tuple[int, ...]
    common: tuple[Common, ...]
    jaccard: Estimate
    chance: Floats
    limit: Floats
    p_value: Floats
    correlation: Estimate
    again: Estimate | None
    performance: ComparedPerformance | None
    bootstrap: Bootstrap

    @property
    def plot(self) -> OverlapPlots:
        """Pictures of what the sets have in common, see `harsanyi.plots.overlap_matrix`."""
        from harsanyi.plots.overlap import OverlapPlots

        return OverlapPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a pair of networks.

        Returns:
            Index: first, second. Columns: samples, first_size, second_size, both, jaccard, chance, limit, p_value,
            correlation, and where known accuracy_difference, loss_difference, agreement; the measured ones also with
            _low and _high.
        """
        import pandas as pd

        index = pd.MultiIndex.from_tuples([self.pair_names(pair) for pair in range(len(self.pairs))],
                                          names=["first", "second"])  # fmt: skip
        parts = {"samples": "samples", "first_size": "first", "second_size": "second", "both": "both"}
        counts = {name: [getattr(each, part) for each in self.common] for name, part in parts.items()}
        chance = {"chance": self.chance, "limit": self.limit, "p_value": self.p_value}
        known = [] if self.performance is None else ["accuracy_difference", "loss_difference", "agreement"]
        compared = {name: getattr(self.performance, name) for name in known}
        return pd.DataFrame(
            counts | with_ends({"jaccard": self.jaccard}) | chance
            | with_ends({"correlation": self.correlation} | compared),
            index=index,
        )  # fmt: skip

    def networks(self) -> pd.DataFrame:
        """One row a network.

        Returns:
            Index: network. Columns: members, tied, and where known again, accuracy and loss, each also with _low and
            _high.
        """
        import pandas as pd

        columns = {"members": self.members.sum(1), "tied": np.array(self.tied)}
        known = [] if self.performance is None else ["accuracy", "loss"]
        ceiling = {} if self.again is None else {"again": self.again}
        found = with_ends(ceiling | {name: getattr(self.performance, name) for name in known})
        return pd.DataFrame(columns | found, index=pd.Index(self.names, name="network"))

    def matrix(self, name: str = "jaccard") -> pd.DataFrame:
        """One number for all pairs, networks against networks.

        Args:
            name: "jaccard", "chance", "limit", "p_value", "correlation", or "agreement" where it is known.

        Returns:
            Symmetric; on the diagonal 1 for what a network has with itself, else NaN.

        Raises:
            ArgumentError: another name, or an agreement that is not known.
        """
        import pandas as pd

        held = {"jaccard": self.jaccard.value, "chance": self.chance, "limit": self.limit, "p_value": self.p_value,
                "correlation": self.correlation.value}  # fmt: skip
        if self.performance is not None:
            held["agreement"] = self.performance.agreement.value
        if name not in held:
            hint = "Pass performance" if name == "agreement" else did_you_mean(str(name), held)
            raise ArgumentError("name", repr(name), ", ".join(map(repr, held)), hint)
        found = np.full((len(self.names), len(self.names)), np.nan)
        one, other = np.array(self.pairs).T
        found[one, other] = found[other, one] = held[name]
        np.fill_diagonal(found, 1.0 if name in ("jaccard", "correlation", "agreement") else np.nan)
        return pd.DataFrame(found, index=list(self.names), columns=list(self.names))

    def pair_names(self, pair: int) -> tuple[str, str]:
        """Names of the two networks of a pair."""
        one, other = self.pairs[pair]
        return self.names[one], self.names[other]

    def sentences(self) -> list[str]:
        """Which networks are confused by the same samples, and whether they do equally well, in words."""
        return overlap_sentences(self)

    def __repr__(self) -> str:
        head = f"ConfusionOverlap: {len(self.names)} networks x {self.members.shape[1]} samples"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def confusion_overlap(
    scores: Mapping[str, npt.ArrayLike | Confusion],
    *,
    share: float = 0.1,
    members: Mapping[str, npt.ArrayLike] | None = None,
    again: Mapping[str, npt.ArrayLike] | None = None,
    performance: Mapping[str, Performance] | None = None,
    bootstrap: Bootstrap = Bootstrap(),
) -> ConfusionOverlap:
    """Whether networks are confused by the same samples.

    Args:
        scores: by the name of the network, two or more: how much each sample confuses it, (samples,), or a `Confusion`
            that says so; NaN for a sample without a score, which is never in a set.
        share: of its samples with a score that are in the set of a network, those with the highest, in (0, 1]. Equal
            scores at the edge are taken at random, apart for each network: by position they would be the same samples.
        members: the sets in place of a share, bool (samples,) by the same names, such as `Confusion.members`.
        again: by the same names, the scores of the same networks with other settings of the extraction, such as those
            of `extracted_again`: two networks can hardly have more in common than one has with itself. Not with
            members.
        performance: by the same names, to see whether networks that do equally well have other confusing samples.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `ConfusionOverlap`.

    Raises:
        ArgumentError: fewer than two networks; other numbers of samples; sets, scores again or performance of other
            networks; a share outside (0, 1]; fewer than two samples in a set; members and again.

    Example:
        >>> rising = np.arange(20.0)
        >>> found = confusion_overlap({"one": rising, "alike": rising**2, "other": -rising})
        >>> found.jaccard.value.tolist(), found.chance.round(3).tolist()
        ([1.0, 0.0, 0.0], [0.068, 0.068, 0.068])
        >>> float(found.p_value[0].round(4))
        0.0053

    Source: see `ConfusionOverlap`.
    """
    check_share(share)
    given = {name: x.scores[x.score] if isinstance(x, Confusion) else x for name, x in scores.items()}
    rows = named_rows("scores", given, 2, "networks")
    names, samples = tuple(rows), len(next(iter(rows.values())))
    if members is None:
        sets = [top_set(name, row, share, [bootstrap.seed, place]) for place, (name, row) in enumerate(rows.items())]
    else:
        sets = [given_set(name, _named(members, "members", names)[name], row) for name, row in rows.items()]
    ceiling = None if again is None else _again(again, rows, sets, members, share, bootstrap)
    known = None if performance is None else check_performance(performance, names, samples)
    pairs = tuple(combinations(range(len(names)), 2))
    held = list(rows.values())
    tied = [0 if members is not None else tied_outside(row, mask) for row, mask in zip(held, sets, strict=True)]
    found = tuple(common((held[i], held[j]), (sets[i], sets[j])) for i, j in pairs)
    return ConfusionOverlap(
        names, pairs, np.stack(sets), tuple(tied), found,
        jaccard=share_estimate([each.both for each in found], [each.either for each in found], bootstrap.level),
        chance=_of_each(found, lambda each: each.chance), limit=_of_each(found, lambda each: each.limit),
        p_value=_of_each(found, lambda each: each.p_value),
        correlation=correlations_of_samples(np.stack(held), pairs, bootstrap), again=ceiling,
        performance=None if known is None else compare_performance(known, pairs, bootstrap), bootstrap=bootstrap,
    )  # fmt: skip


def _again(
    again: Mapping[str, npt.ArrayLike],
    rows: Mapping[str, Floats],
    sets: Sequence[Bools],
    members: Mapping[str, npt.ArrayLike] | None,
    share: float,
    bootstrap: Bootstrap,
) -> Estimate:
    """What each network has in common with itself, extracted again."""
    if members is not None:
        raise ArgumentError("again", "scores, where the sets are given", "nothing, or sets by a share of the samples")
    second = named_rows("again", _named(again, "again", tuple(rows)), 2, "networks")
    found = []
    for place, ((name, row), own) in enumerate(zip(rows.items(), sets, strict=True)):
        other = top_set(name, second[name], share, [bootstrap.seed, len(rows) + place])
        found.append(common((row, second[name]), (own, other)))
    return share_estimate([each.both for each in found], [each.either for each in found], bootstrap.level)


def _of_each(found: tuple[Common, ...], number: Callable[[Common], float]) -> Floats:
    return np.array([number(each) for each in found], dtype=np.float64)


def _named(given: Mapping[str, npt.ArrayLike], argument: str, names: tuple[str, ...]) -> Mapping[str, npt.ArrayLike]:
    if set(given) != set(names):
        raise ArgumentError(argument, f"of {', '.join(map(repr, given)) or 'no network'}",
                            f"of the networks {', '.join(map(repr, names))}")  # fmt: skip
    return given
