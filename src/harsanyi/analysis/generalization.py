"""Which interactions of a network generalize, and how much of what it has learned that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.transfer import Bools, TransferRule, both_types, transferred
from harsanyi.analysis.transfer_sums import measures, strength_in, sums_of
from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd


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

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.strength.shape[-1])

    def by_order(self) -> pd.DataFrame:
        """One row an order.

        Returns:
            Index: order. Columns: rate, positive_generalizable, negative_generalizable, positive_other,
            negative_other, each also with _low and _high.
        """
        import pandas as pd

        columns = {"rate": self.rate}
        for part, name in enumerate(("generalizable", "other")):
            for sign in ("positive", "negative"):
                whole: Estimate = getattr(self, sign)
                columns[f"{sign}_{name}"] = Estimate(whole.value[part], whole.low[part], whole.high[part])
        table = {name + ending: values for name, held in columns.items()
                 for ending, values in (("", held.value), ("_low", held.low), ("_high", held.high))}  # fmt: skip
        return pd.DataFrame(table, index=pd.Index(range(1, self.n + 1), name="order"))

    def sentences(self) -> list[str]:
        """What share generalizes, and at which orders, in words."""
        networks = "the other network" if self.baselines == 1 else f"{self.baselines} other networks"
        low, high = 100 * float(self.power.low), 100 * float(self.power.high)
        ends = "" if np.isnan(low) else f" ({100 * self.bootstrap.level:g} % interval {low:.0f} to {high:.0f} %)"
        found = [f"{100 * float(self.power.value):.0f} % of the salient strength generalizes to {networks}{ends}."]
        known = np.flatnonzero(~np.isnan(self.rate.value))
        told = [f"{100 * self.rate.value[k]:.0f} % at order {k + 1}" for k in sorted({int(known[0]), int(known[-1])})]
        found.append(f"Of the salient interactions themselves, {' and '.join(told)}.")
        return found

    def __repr__(self) -> str:
        head = f"Generalization: {len(self.strength)} samples x {self.n} players, {self.baselines} baseline networks"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def generalizes(
    target: Interactions,
    baselines: Interactions | Sequence[Interactions],
    rule: TransferRule = TransferRule(),
    bootstrap: Bootstrap = Bootstrap(),
) -> Generalization:
    """For every salient interaction of a network, whether networks trained on other samples encode it too.

    A share of 1 is not to be had even of the same network trained again: always look at a ceiling (the same recipe with
    another seed as baseline) and a floor (an untrained network, or `permuted` samples) beside it.

    Args:
        target: of the network that is asked about.
        baselines: of one network or several, on the same samples and players and for the same labels.
        rule: when an interaction generalizes.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Generalization`.

    Raises:
        ArgumentError: baselines with other samples, players or labels; no salient effect; a majority of one.

    Example:
        >>> from harsanyi import extract_game
        >>> both = extract_game(lambda x: 2.0 * x.all(1) + x[:, 0], 3, progress=False)
        >>> single = extract_game(lambda x: 1.0 * x[:, 0], 3, progress=False)
        >>> found = generalizes(both, single)
        >>> round(float(found.power.value), 3), found.rate.value.round(2).tolist()
        (0.333, [1.0, nan, 0.0])

    Source: 2505.06993; see `TransferRule` and `Generalization`.
    """
    networks = [baselines] if isinstance(baselines, Interactions) else list(baselines)
    salient, found = transferred(target, networks, rule)
    sums = sums_of(both_types(target), salient, found)
    value, drawn = measures(sums.mean(0)), measures(bootstrap.means(sums))
    strength = strength_in(sums)
    whole = np.abs(strength).sum((2, 3))  # (samples, 2)
    return Generalization(
        salient, found, **{name: bootstrap.estimate(value[name], drawn[name]) for name in value},
        sample_power=ratio(whole[:, 0], whole.sum(1)), strength=strength, rule=rule, baselines=len(networks),
        bootstrap=bootstrap,
    )  # fmt: skip


def permuted(baseline: Interactions, shift: int = 1) -> Interactions:
    """A floor: the effects of other samples in the place of each sample's own.

    Args:
        baseline: whose samples share their players.
        shift: how many samples further the effects are taken, not a multiple of their number.

    Returns:
        The interactions, effects and scores moved, inputs and labels as they were.

    Raises:
        ArgumentError: samples whose players differ, fewer than two samples, or a shift that moves nothing.
    """
    baseline.require_same_players()
    if shift % len(baseline) == 0:
        raise ArgumentError("shift", shift, f"no multiple of {len(baseline)}, the number of samples")
    moved = ("scores", "and_", "or_", "objective", "lower_bound", "gap", "noise_bound", "iterations", "converged")
    return replace(baseline, **{name: np.roll(getattr(baseline, name), -shift, axis=0) for name in moved})
