"""Whether training and test samples of a class have the same interactions on average, order by order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.class_means import drawn_similarities
from harsanyi.analysis.estimates import clear_sign, named_orders, part, told, with_ends
from harsanyi.analysis.ranks import correlation_of_known
from harsanyi.analysis.sides import LEAST, Positions, two_sides
from harsanyi.analysis.transfer import both_types, salient_effects
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.class_similarity import ClassSimilarityPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class ClassSimilarity:
    """Similarity of the mean interactions of training and of test samples of the same class, by order.

    Order k is at position k - 1. The similarity of two vectors of mean effects I, J of order k, each split into its
    positive and its negative part, is sum of min / sum of max: 1 where they are equal, 0 where they share nothing. The
    fewer samples, the noisier the means and the less similar: compare with the ceiling, not with 1.

    Attributes:
        similarity: of training with test samples of the same class, the mean over the classes, in [0, 1], (n,); NaN at
            orders without effects.
        ceiling: what sampling noise alone leaves of it: the training and test samples of a class are put together and
            parted at random, into parts as large as the two sides, and the parts compared; the mean over the classes
            and a few such partings, (n,). Where the sides are equally large these are halves. Each part is smaller than
            all samples together, so that this is no bound for endless samples; and effects that have opposite signs in
            the two sides cancel in both parts.
        floor: of training samples of a class with test samples of another, the mean over all pairs of classes, (n,).
        trend: rank correlation of similarity and order over the orders that have effects, in [-1, 1], (); NaN with
            fewer than three such orders.
        classes: labels of the classes that are compared.
        counts: number of training and of test samples of each of them, int64 (classes, 2).
        bootstrap: draws, level and seed.

    Source: 2405.10262 for the measure (its formula is our reading of a figure); ceiling, floor and trend are our
        definitions.
    """

    similarity: Estimate
    ceiling: Estimate
    floor: Estimate
    trend: Estimate
    classes: tuple[int, ...]
    counts: npt.NDArray[np.int64]
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.similarity.value)

    def by_order(self) -> pd.DataFrame:
        """One row an order.

        Returns:
            Index: order. Columns: similarity, ceiling, floor, each also with _low and _high.
        """
        import pandas as pd

        columns = {name: getattr(self, name) for name in ("similarity", "ceiling", "floor")}
        return pd.DataFrame(with_ends(columns), index=pd.Index(range(1, self.n + 1), name="order"))

    @property
    def plot(self) -> ClassSimilarityPlots:
        """Pictures of these similarities, see `harsanyi.plots.similarity_by_order`."""
        from harsanyi.plots.class_similarity import ClassSimilarityPlots

        return ClassSimilarityPlots(self)

    def sentences(self) -> list[str]:
        """How similar the classes are, from which orders on they are not, and the trend, in words."""
        known = np.flatnonzero(~np.isnan(self.similarity.value))
        if len(known) == 0:
            return ["No class has any effect on average, so that there is nothing to compare."]
        found = [self._at(order) for order in sorted({int(known[0]), int(known[-1])})]
        above = [int(order) + 1 for order in known if self.similarity.low[order] > self.floor.high[order]]
        found.append(f"It is clearly above that of different classes at {named_orders(above)}.")
        if np.isnan(self.trend.value):
            return [*found, "Too few orders differ to tell a trend."]
        words = {-1: "The similarity falls with the order", 1: "The similarity rises with the order"}
        unclear = "Whether the similarity falls or rises with the order is not clear"
        trend = f"rank correlation {told(self.trend, self.bootstrap.level)}"
        return [*found, f"{words.get(clear_sign(self.trend), unclear)}: {trend}."]

    def _at(self, order: int) -> str:
        value, ceiling, floor = (
            told(part(whole, order), self.bootstrap.level) for whole in (self.similarity, self.ceiling, self.floor)
        )
        return (
            f"At order {order + 1} the mean interactions of a class in training and in test samples have a similarity "
            f"of {value}; random parts of both together have {ceiling}, different classes {floor}."
        )

    def __repr__(self) -> str:
        train, test = self.counts.sum(0)
        head = (
            f"ClassSimilarity: {len(self.classes)} classes, {train} training and {test} test samples, {self.n} players"
        )
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def class_similarity(
    target: Interactions,
    train: npt.ArrayLike,
    test: npt.ArrayLike,
    *,
    salience: SalienceRule | str | None = None,
    bootstrap: Bootstrap = Bootstrap(),
) -> ClassSimilarity:
    """Compare the mean interactions of a class in training samples with those in test samples, order by order.

    Intervals come from resampling within class and side; classes stay as they are. They are of the similarity that
    as many samples have on average. Means of resampled samples are noisier than those of the samples, and so less
    similar: the draws as they come lie below the value, further the more effects there are, and neither their
    percentiles nor those mirrored at the value hold what they should. So their deviations from their own mean are put
    around the value; and resampled means of m samples, which deviate too little, are widened by sqrt(m / (m - 1)). With
    2 to 20 samples of a class on a side, intervals of 95 % made so held the truth in 84 to 93 % of simulated cases.

    Args:
        target: interactions of all these samples, which share their players.
        train: which samples the network was trained on: bool mask (samples,), or positions.
        test: which samples it was not, likewise; none of `train`. A class counts where it has at least two samples on
            each side.
        salience: rule for the effects that count, the others being 0, with the thresholds of all samples of the target;
            nothing counts every effect.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `ClassSimilarity`.

    Raises:
        ArgumentError: samples that do not share their players, are on both sides, or are too few; fewer than two
            classes that count; an unknown rule.

    Example:
        >>> import torch
        >>> from harsanyi import Columns, extract
        >>> network = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
        >>> x = extract(network, torch.randn(8, 3), torch.arange(8) % 2, players=Columns(), progress=False)
        >>> found = class_similarity(x, train=range(4), test=range(4, 8))
        >>> found.classes, found.counts.tolist(), found.similarity.value.shape
        ((0, 1), [[2, 2], [2, 2]], (3,))

    Source: see `ClassSimilarity`.
    """
    check_alike("target", "in the target", target, target)
    sides = two_sides(("train", "test"), train, test, len(target))
    target[np.concatenate(sides)].require_same_players()
    classes, chosen = _by_class(target, sides)
    effects = both_types(target)
    if salience is not None:
        effects = np.where(salient_effects(target, salience), effects, 0.0)
    rows = [(_sorted(effects[:, one, 1:]), _sorted(effects[:, other, 1:])) for one, other in chosen]
    orders = torch.from_numpy(target.order[1:]).repeat(2)
    value, drawn = _centred(drawn_similarities(rows, orders, bootstrap))
    known, order = ~np.isnan(value[0]), np.arange(1, target.n + 1)
    trend, trends = (correlation_of_known(values[..., 0, :], order, known) for values in (value, drawn))
    similarity, ceiling, floor = (bootstrap.estimate(value[i], drawn[:, i]) for i in range(3))
    counts = np.array([[len(samples) for samples in pair] for pair in chosen])
    return ClassSimilarity(
        similarity, ceiling, floor, bootstrap.estimate(trend, trends), tuple(classes), counts, bootstrap
    )


def _by_class(
    target: Interactions, sides: tuple[Positions, Positions]
) -> tuple[list[int], list[tuple[Positions, Positions]]]:
    """The classes that count, and the positions of their training and of their test samples."""
    found = {}
    for label in np.unique(target.labels).tolist():
        train, test = (side[target.labels[side] == label] for side in sides)
        if min(len(train), len(test)) >= LEAST:
            found[label] = (train, test)
    if len(found) < 2:
        given = f"{len(found)} class{'' if len(found) == 1 else 'es'} with {LEAST} samples or more on both sides"
        raise ArgumentError("train", given, "two such classes or more", "Explain more samples of each class")
    return list(found), list(found.values())


def _sorted(effects: Floats) -> Floats:
    """AND beside OR effects, a row a sample, in an order that does not depend on that of the samples."""
    rows = np.concatenate(tuple(effects), 1)
    return np.asarray(rows[np.lexsort(rows.T)])


def _centred(found: Floats) -> tuple[Floats, Floats]:
    """Values (3, n), the first of what was found, and the deviations of the rest put around them (draws, 3, n)."""
    value, drawn = found[0], found[1:]
    known = ~np.isnan(drawn)
    mean = np.where(known, drawn, 0.0).sum(0) / np.maximum(known.sum(0), 1)
    return value, np.clip(value + (drawn - mean), 0, 1)
