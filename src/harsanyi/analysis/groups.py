"""Two groups of samples compared: how strong their interactions are, and how far these cancel each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, mean_of_known
from harsanyi.analysis.estimates import clear_sign, named_orders, part, told, with_ends
from harsanyi.analysis.measures import cancellation, mean_cancellation
from harsanyi.analysis.sides import two_sides
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.groups import GroupPlots


FEW = 5  # samples of a group: resampling fewer tells too little, and next to nothing of two


@final
@dataclass(frozen=True, eq=False, repr=False)
class GroupComparison:
    """Strength and cancellation of the interactions in two groups of samples.

    Order k is at position k - 1; of two entries the first is the chosen group, the second the others; differences are
    chosen - others. Complex are the interactions of two players or more. Intervals are bootstrap intervals; the groups
    are resampled apart, thresholds stay as they are. Where a group has fewer than five samples, its intervals and those
    of the differences are NaN: resampling so few tells too little.

    Attributes:
        names: of the two groups.
        counts: number of samples of each.
        positive: mean over the samples of the sum of positive salient effects, in the unit of the score, (2, n).
        negative: likewise, <= 0.
        strength_difference: of positive - negative, (n,).
        cancellation: 1 - |sum of effects| / sum of |effects| at an order, the mean over the samples that have strength
            there, in [0, 1], (2, n); NaN where none has.
        cancellation_difference: (n,).
        complex_strength: mean over the samples of the strength of complex interactions, (2,).
        complex_strength_difference: ().
        complex_cancellation: cancellation of each sample, the mean over the orders from 2 weighted by strength; then
            the mean over the samples that have such strength, (2,).
        complex_cancellation_difference: ().
        rule: which effects are salient; nothing counts every effect.
        bootstrap: draws, level and seed.

    Source: the comparison of mislabelled with clean samples in the figures of 2405.10262; the measures of cancellation
        are our definitions.
    """

    names: tuple[str, str]
    counts: tuple[int, int]
    positive: Estimate
    negative: Estimate
    strength_difference: Estimate
    cancellation: Estimate
    cancellation_difference: Estimate
    complex_strength: Estimate
    complex_strength_difference: Estimate
    complex_cancellation: Estimate
    complex_cancellation_difference: Estimate
    rule: SalienceRule | str | None
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.strength_difference.value.shape[-1])

    def by_order(self) -> pd.DataFrame:
        """One row an order.

        Returns:
            Index: order. Columns: positive, negative and cancellation of each group, such as positive_mislabelled;
            strength_difference, cancellation_difference; each also with _low and _high.
        """
        import pandas as pd

        columns = {f"{measure}_{name}": part(getattr(self, measure), group)
                   for measure in ("positive", "negative", "cancellation")
                   for group, name in enumerate(self.names)}  # fmt: skip
        columns |= {name: getattr(self, name) for name in ("strength_difference", "cancellation_difference")}
        return pd.DataFrame(with_ends(columns), index=pd.Index(range(1, self.n + 1), name="order"))

    @property
    def plot(self) -> GroupPlots:
        """Pictures of these groups, see `harsanyi.plots.group_comparison`."""
        from harsanyi.plots.groups import GroupPlots

        return GroupPlots(self)

    def sentences(self) -> list[str]:
        """Whether the chosen samples have more complex strength and cancellation, and at which orders, in words."""
        return [
            self._compared("strength of complex interactions (two players or more)", "complex_strength"),
            self._compared("cancellation among complex interactions", "complex_cancellation"),
            self._order_by_order(),
        ]

    def _compared(self, what: str, measure: str) -> str:
        values: Estimate = getattr(self, measure)
        difference: Estimate = getattr(self, f"{measure}_difference")
        chosen, others = self.names
        lacking = [name for name, value in zip(self.names, values.value, strict=True) if np.isnan(value)]
        if lacking:
            return f"Of the {what} nothing can be said: no {' and no '.join(lacking)} sample has a complex interaction."
        first, second = (told(part(values, group), self.bootstrap.level) for group in range(2))
        by = told(difference, self.bootstrap.level)
        numbers = f"{first} against {second}, a difference of {by}"
        sign = clear_sign(difference)
        if sign == 0:
            return f"Whether {chosen} samples have more {what} than {others} ones cannot be told{self._few}: {numbers}."
        more = "more" if sign > 0 else "less"
        return f"{chosen[:1].upper()}{chosen[1:]} samples have {more} {what} than {others} ones: {numbers}."

    @property
    def _few(self) -> str:
        """That a group is too small, where it is."""
        if min(self.counts) >= FEW:
            return ""
        return " from so few samples, " + " and ".join(
            f"{count} {name}" for count, name in zip(self.counts, self.names, strict=True)
        )

    def _order_by_order(self) -> str:
        if self._few:
            return f"Nor can it be told order by order{self._few}: that takes {FEW} of each."
        signs = [clear_sign(part(self.strength_difference, order)) for order in range(self.n)]
        more, less = (named_orders([order for order in range(1, self.n + 1) if signs[order - 1] == sign])
                      for sign in (1, -1))  # fmt: skip
        chosen, others = self.names
        return (
            f"Order by order, each by its own interval, {chosen} samples have clearly more strength than {others} ones "
            f"at {more}, and clearly less at {less}."
        )

    def __repr__(self) -> str:
        counts = " and ".join(f"{count} {name}" for count, name in zip(self.counts, self.names, strict=True))
        head = f"GroupComparison: {counts} samples x {self.n} players"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def compare_groups(
    target: Interactions,
    chosen: npt.ArrayLike,
    others: npt.ArrayLike,
    *,
    names: tuple[str, str] = ("mislabelled", "clean"),
    salience: SalienceRule | str | None = "score_range",
    bootstrap: Bootstrap = Bootstrap(),
) -> GroupComparison:
    """Whether some samples carry more complex interactions than others, and more that cancel each other.

    Args:
        target: interactions of all these samples.
        chosen: bool mask (samples,), or positions, of at least two samples.
        others: likewise; none of `chosen`.
        names: what the two groups are called, adjectives such as "mislabelled" and "clean".
        salience: rule for the effects that count; nothing counts every effect. Its thresholds are those of all samples
            of the target, so that both groups have the same where the rule has one for all.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `GroupComparison`.

    Raises:
        ArgumentError: samples that are in both groups, or too few; names that are not two different words; an unknown
            rule.

    Example:
        >>> import torch
        >>> from harsanyi import Columns, extract
        >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        >>> x = extract(network, torch.randn(8, 4), players=Columns(), progress=False)
        >>> found = compare_groups(x, range(3), range(3, 8), names=("first", "later"))
        >>> found.counts, found.strength_difference.value.shape
        ((3, 5), (4,))

    Source: see `GroupComparison`.
    """
    chosen_name, other_name = names
    if chosen_name == other_name or not all(isinstance(name, str) and name.strip() for name in names):
        raise ArgumentError("names", repr(names), "two different words")
    check_alike("target", "in the target", target, target)
    sides = two_sides(("chosen", "others"), chosen, others, len(target))
    measured = _of_samples(target.strength_by_order(salience))
    first, second = (measured[side] for side in sides)
    value = _measures(mean_of_known(first), mean_of_known(second), target.n)
    drawn = _measures(_means(first, 1, bootstrap), _means(second, 2, bootstrap), target.n)
    return GroupComparison(
        (chosen_name, other_name), (len(first), len(second)),
        **{name: bootstrap.estimate(value[name], drawn[name]) for name in value}, rule=salience, bootstrap=bootstrap,
    )  # fmt: skip


def _means(values: Floats, stream: int, bootstrap: Bootstrap) -> Floats:
    """Means of resamplings of a group, (draws, m); NaN where it is too small."""
    means = bootstrap.means(values, stream)
    return means if len(values) >= FEW else np.full_like(means, np.nan)


def _of_samples(strength: Floats) -> Floats:
    """What is averaged: J_pos, J_neg, cancellation by order, complex strength and cancellation, (samples, 3n + 2)."""
    strong = (strength[:, 0] - strength[:, 1])[:, 1:].sum(1)
    cancelled = mean_cancellation(strength[..., 1:])
    return np.concatenate((strength[:, 0], strength[:, 1], cancellation(strength), np.stack((strong, cancelled), 1)), 1)


def _measures(chosen: Floats, others: Floats, n: int) -> dict[str, Floats]:
    """From means of `_of_samples` over each group, (..., 3n + 2)."""
    both = np.stack((chosen, others), -2)
    positive, negative, cancelled = (both[..., i * n : (i + 1) * n] for i in range(3))
    strong, complex_cancelled = both[..., -2], both[..., -1]
    strength = positive - negative
    return {
        "positive": positive,
        "negative": negative,
        "strength_difference": strength[..., 0, :] - strength[..., 1, :],
        "cancellation": cancelled,
        "cancellation_difference": cancelled[..., 0, :] - cancelled[..., 1, :],
        "complex_strength": strong,
        "complex_strength_difference": strong[..., 0] - strong[..., 1],
        "complex_cancellation": complex_cancelled,
        "complex_cancellation_difference": complex_cancelled[..., 0] - complex_cancelled[..., 1],
    }
