"""Which salient interactions of each layer another network has too, on the same samples: by order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, mean_of_known
from harsanyi.analysis.estimates import counted, part, told, with_ends
from harsanyi.analysis.layer_input import LAYER_SALIENCE, Layers, check_layers, kept_effects, spoken
from harsanyi.analysis.layer_parts import by_order, with_totals
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.order_trends import order_table, order_trends, trend_sentences
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from harsanyi.plots.layer_orders import CapacityPlots


@final
@dataclass(frozen=True, eq=False, repr=False)
class GeneralizationCapacity:
    """Intersection over union (IoU) of the salient interactions of two networks, by layer and order.

    Types are AND, OR and both together, where an AND and an OR of the same players are two interactions; the orders 1
    to n are followed by all of them together. Intervals are bootstrap intervals over samples; thresholds stay as they
    are when samples are resampled.

    Attributes:
        names: of the layers that both networks have, lowest first.
        iou: mean over the samples, in [0, 1], (layers, 3, n + 1): layer, type, order; NaN where nothing is salient.
        sample_iou: of each sample, (layers, samples, 3, n + 1); NaN where nothing is salient in either network.
        left_out: how many samples have nothing salient in either network and are left out, int64 (layers, 3, n + 1).
        trend: rank correlation of the IoU of both types with the order, in [-1, 1], (layers,); NaN for fewer than three
            orders.
        same_sign: whether an interaction that both have needs the same sign.
        salience: rule for the effects that count.
        bootstrap: draws, level and seed.

    Source: 2409.08712; intervals and the trend are our additions.
    """

    names: tuple[str, ...]
    iou: Estimate
    sample_iou: Floats
    left_out: npt.NDArray[np.int64]
    trend: Estimate
    same_sign: bool
    salience: SalienceRule | str
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.iou.value.shape[-1]) - 1

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.sample_iou.shape[1])

    @property
    def plot(self) -> CapacityPlots:
        """Pictures of this capacity, see `harsanyi.plots`."""
        from harsanyi.plots.layer_orders import CapacityPlots

        return CapacityPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a layer, of all types and orders together.

        Returns:
            Index: layer. Columns: iou and trend, each also with _low and _high, and left_out (samples).
        """
        import pandas as pd

        whole = Estimate(*(ends[:, -1, -1] for ends in (self.iou.value, self.iou.low, self.iou.high)))
        index = pd.Index(self.names, name="layer")
        return pd.DataFrame(with_ends({"iou": whole, "trend": self.trend}), index).assign(
            left_out=self.left_out[:, -1, -1]
        )

    def by_order(self) -> pd.DataFrame:
        """One row a layer, type and order.

        Returns:
            Index: layer, type (AND, OR, both), order. Columns: iou, iou_low, iou_high, left_out (samples).
        """
        return order_table(self.names, {"iou": self.iou}, {"left_out": self.left_out})

    def sentences(self) -> list[str]:
        """The IoU of the lowest and of the highest layer, and whether it falls with the order, in words."""
        ends = [f"{told(part(self.iou, at, -1, -1), self.bootstrap.level)} in {spoken(self.names[at])}"
                for at in sorted({0, len(self.names) - 1})]  # fmt: skip
        found = f"Of the salient interactions of either network, both have, as an IoU, {' and '.join(ends)}."
        return [found, *trend_sentences(self.names, "The IoU", self.trend, self.bootstrap.level)]

    def __repr__(self) -> str:
        many = f"{counted(len(self.names), 'layer')}, {counted(self.samples)} x {counted(self.n, 'player')}"
        return "\n".join([f"GeneralizationCapacity: {many}", *(f"  {sentence}" for sentence in self.sentences())])


def generalization_capacity(
    one: Layers,
    other: Layers,
    *,
    salience: SalienceRule | str = LAYER_SALIENCE,
    same_sign: bool = False,
    bootstrap: Bootstrap = Bootstrap(),
) -> GeneralizationCapacity:
    """Compare the salient interactions of two networks of a task on the same samples, layer by layer.

    Interactions that generalize are found by every network that learns the task: the larger the IoU, the more do.

    Args:
        one: interactions of a network by the name of the layer, lowest first.
        other: of another network, on the same samples and players and for the same labels. Layers of one network alone
            are left out.
        salience: rule for the effects that count; each layer of each network has thresholds of its own.
        same_sign: whether an interaction that both have needs the same sign in both; the paper does not ask for it.
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `GeneralizationCapacity`.

    Raises:
        ArgumentError: no layer, none that both have, other samples, players or labels.

    Example:
        >>> from harsanyi import extract_game
        >>> one = extract_game(lambda x: 1.0 * x[:, 0] + x.all(1), 2, progress=False)
        >>> other = extract_game(lambda x: 1.0 * x[:, 0], 2, progress=False)
        >>> generalization_capacity({"output": one}, {"output": other}).iou.value[0, -1].tolist()  # orders 1, 2, all
        [1.0, 0.0, 0.5]

    Source: 2409.08712.
    """
    check_layers("one", one)
    check_layers("other", other, next(iter(one.values())))
    names = tuple(name for name in one if name in other)
    if not names:
        raise ArgumentError("other", f"the layers {', '.join(map(repr, other))}",
                            f"some of the layers of the first network, {', '.join(map(repr, one))}")  # fmt: skip
    ious = np.stack([_sample_iou(one[name], other[name], salience, same_sign) for name in names])
    value, drawn = mean_of_known(np.moveaxis(ious, 1, 0)), bootstrap.means(np.moveaxis(ious, 1, 0))
    return GeneralizationCapacity(
        names, bootstrap.estimate(value, drawn), ious, np.isnan(ious).sum(1), order_trends(value, drawn, bootstrap),
        same_sign, salience, bootstrap,
    )  # fmt: skip


def _sample_iou(one: Interactions, other: Interactions, rule: SalienceRule | str, same_sign: bool) -> Floats:
    """Of each sample, (samples, 3, n + 1)."""
    signs = [np.sign(kept_effects(x, rule)) for x in (one, other)]
    both, either = (signs[0] != 0) & (signs[1] != 0), (signs[0] != 0) | (signs[1] != 0)
    if same_sign:
        both &= signs[0] == signs[1]
    counts = [with_totals(np.moveaxis(by_order(chosen.astype(np.float64)), 0, 1)) for chosen in (both, either)]
    return ratio(*counts)
