"""Which interactions of a network generalize, and how much of what it has learned that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import with_ends
from harsanyi.analysis.generalization_words import generalization_sentences
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.parts import part_columns, part_measures, part_sums, strength_in
from harsanyi.analysis.references import Reference, above_floor, as_list, encodings_of, references_of
from harsanyi.analysis.transfer import Bools, TransferRule, both_types, transferred
from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.generalization import GeneralizationPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class Generalization:
    """Interactions of a network, told apart by whether other networks encode them too.

    Order k is at position k - 1; the first of two entries is the part that generalizes, the second the rest. Intervals
    are bootstrap intervals over samples; thresholds stay as they are when samples are resampled.

    Attributes:
        salient: salient AND and OR effects, bool (2, samples, 2**n).
        generalizes: those of them that generalize, G(S) = 1, bool (2, samples, 2**n).
        power: H = sum of G |I| / sum of |I| over the salient effects of all samples, in [0, 1].
        sample_power: H of each sample, (samples,); NaN without a salient effect.
        rate: share of the salient effects of each order that generalize, (n,); NaN where none is salient.
        positive: mean over the samples of the sum of positive salient effects, (2, n).
        negative: likewise, <= 0.
        strength: sums of positive and of negative salient effects of each sample, (samples, 2, 2, n): sample, part,
            sign, order.
        rule: when an interaction generalizes.
        baselines: how many networks it was asked of.
        bootstrap: draws, level and seed.
        references: ceilings and floors to judge H and the rate by.

    Source: 2505.06993 for G; H and the rate by order are our definitions.
    """

    salient: Bools
    generalizes: Bools
    power: Estimate
    sample_power: Floats
    rate: Estimate
    positive: Estimate
    negative: Estimate
    strength: Floats
    rule: TransferRule
    baselines: int
    bootstrap: Bootstrap
    references: tuple[Reference, ...] = ()

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.strength.shape[-1])

    @property
    def plot(self) -> GeneralizationPlots:
        """Pictures of what generalizes, see `harsanyi.plots`."""
        from harsanyi.plots.generalization import GeneralizationPlots

        return GeneralizationPlots(self)

    def by_order(self) -> pd.DataFrame:
        """One row an order.

        Returns:
            Index: order. Columns: rate, positive_generalizable, negative_generalizable, positive_other,
            negative_other, each also with _low and _high.
        """
        import pandas as pd

        columns = {"rate": self.rate, **part_columns(positive=self.positive, negative=self.negative)}
        return pd.DataFrame(with_ends(columns), index=pd.Index(range(1, self.n + 1), name="order"))

    @property
    def above_floor(self) -> bool | None:
        """Whether H is clearly more than every floor, its interval above them; nothing where there is no floor."""
        return above_floor(self.power, self.references)

    def sentences(self) -> list[str]:
        """What share generalizes, beside ceilings and floors, and at which orders, in words."""
        return generalization_sentences(self)

    def __repr__(self) -> str:
        asked = f"{self.baselines} baseline network{'' if self.baselines == 1 else 's'}"
        head = f"Generalization: {len(self.strength)} samples x {self.n} players, {asked}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def generalizes(
    target: Interactions,
    baselines: Interactions | Sequence[Interactions],
    rule: TransferRule = TransferRule(),
    bootstrap: Bootstrap = Bootstrap(),
    *,
    ceilings: Interactions | Sequence[Interactions] = (),
    floors: Interactions | Sequence[Interactions] = (),
    references: bool = True,
) -> Generalization:
    """For every salient interaction of a network, whether networks trained on other samples encode it too.

    A share of 1 is not to be had even of the same network trained again, and a share above 0 is to be had by chance:
    ceilings and floors stand beside it. The more networks "one" may be of, the higher the share: compare numbers of
    as many networks.

    Args:
        target: of the network that is asked about.
        baselines: of one network or several, on the same samples and players and for the same labels.
        rule: when an interaction generalizes.
        bootstrap: draws, level and seed of the intervals.
        ceilings: of networks of the same recipe with other seeds, judged together by the rule; a majority of a single
            one is that one.
        floors: of untrained networks, likewise.
        references: whether to add ceilings and floors. Two need no other network: the target's scores split again from
            another starting point, and the baselines on other samples.

    Returns:
        The `Generalization`.

    Raises:
        ArgumentError: networks with other samples, players, labels or numbers of classes; no baseline; no salient
            effect; a majority of one.

    Example:
        >>> from harsanyi import extract_game
        >>> both = extract_game(lambda x: 2.0 * x.all(1) + x[:, 0], 3, progress=False)
        >>> single = extract_game(lambda x: 1.0 * x[:, 0], 3, progress=False)
        >>> found = generalizes(both, single)
        >>> round(float(found.power.value), 3), found.rate.value.round(2).tolist()
        (0.333, [1.0, nan, 0.0])

    Source: 2505.06993; see `TransferRule` and `Generalization`.
    """
    networks = as_list(baselines)
    check_alike("target", "in the target", target, target)
    encoded = encodings_of(target, networks, as_list(ceilings, "ceilings"), as_list(floors, "floors"), rule)
    salient, found = transferred(target, encoded.baselines, rule)
    if not salient.any():
        raise ArgumentError("target", "no salient effect in any sample", "one effect or more",
                            "Lower the share of the salience rule")  # fmt: skip
    sums = part_sums(both_types(target), salient, found)
    value, drawn = part_measures(sums.mean(0)), part_measures(bootstrap.means(sums))
    strength = strength_in(sums)
    whole = np.abs(strength).sum((2, 3))  # (samples, 2)
    return Generalization(
        salient, found, **{name: bootstrap.estimate(value[name], drawn[name]) for name in value},
        sample_power=ratio(whole[:, 0], whole.sum(1)), strength=strength, rule=rule, baselines=len(networks),
        bootstrap=bootstrap, references=references_of(target, encoded, rule, bootstrap) if references else (),
    )  # fmt: skip
