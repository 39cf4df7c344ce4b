"""How the interactions of a network change while it learns, from one checkpoint of its training to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import counted
from harsanyi.analysis.phases import Moment
from harsanyi.analysis.words import dynamics_sentences

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from harsanyi.plots.dynamics_accessor import DynamicsPlots

_BY_ORDER = ("positive", "negative", "normalised", "cancellation")
_BY_STEP = ("mean_order", "high_order_share", "salient_count")


@dataclass(frozen=True, eq=False, repr=False)
class Dynamics:
    """Interactions over training checkpoints; every `Estimate` has bootstrap intervals over samples.

    Order k is at position k - 1. Cancellation, mean order and share are those of each sample, averaged over the samples
    that have strength (of the order in question), each counting alike. I^(k) is one of averages, as the papers have
    it: a sample counts by its strength.

    Attributes:
        steps: training step or epoch of each checkpoint, rising, (checkpoints,).
        unit: what the steps count, in the singular.
        positive: J_pos^(k), mean over the samples of the sum of the positive salient effects, (checkpoints, n).
        negative: J_neg^(k) <= 0, likewise.
        normalised: I^(k), averages to 1 over the orders, (checkpoints, n); 0 without strength.
        cancellation: 1 - |sum of effects| / sum of |effects| of each order, in [0, 1], (checkpoints, n); NaN without
            strength.
        mean_order: sum of |S| |I(S)| / sum of |I(S)|, in [1, n], (checkpoints,); NaN without strength.
        high_order_share: share of the strength at `high_order` and above, in [0, 1], (checkpoints,); likewise.
        salient_count: salient effects a sample, (checkpoints,).
        counted: samples that have strength, of which mean order and share are averages, int64 (checkpoints,).
        gap: loss gap, test - train, (checkpoints,), or nothing.
        train_loss: mean loss on the training samples, (checkpoints,), or nothing.
        test_loss: likewise on the test samples.
        shapes: "spindle", "decay" or "neither" of each checkpoint, see `phases.shape_of`.
        null_distance: share of the strength at other orders than for independent noise, in [0, 1], (checkpoints,).
        verdict: "two phases", or why there is no boundary: "no second phase seen", "no first phase seen",
            "no salient effects", "one sample"; see `phases.find_boundary`.
        boundary: where the second phase begins, or nothing.
        onset: where the loss gap begins to grow, or nothing: it never leaves its early noise band, or is not known.
        strength: sums of positive and of negative salient effects, (checkpoints, samples, 2, n).
        high_order: lowest order that counts as high.
        bootstrap: draws, level and seed.

    Source: strength by order: 2405.10262 and 2407.19198; mean order, cancellation and moments: our definition.
    """

    steps: npt.NDArray[Any]
    unit: str
    positive: Estimate
    negative: Estimate
    normalised: Estimate
    cancellation: Estimate
    mean_order: Estimate
    high_order_share: Estimate
    salient_count: Estimate
    counted: npt.NDArray[np.int64]
    gap: Estimate | None
    train_loss: Floats | None
    test_loss: Floats | None
    shapes: tuple[str, ...]
    null_distance: Floats
    verdict: str
    boundary: Moment | None
    onset: Moment | None
    strength: Floats
    high_order: int
    bootstrap: Bootstrap

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.strength.shape[-1])

    @property
    def plot(self) -> DynamicsPlots:
        """Pictures of these dynamics, see `harsanyi.plots`."""
        from harsanyi.plots.dynamics_accessor import DynamicsPlots

        return DynamicsPlots(self)

    @property
    def distance(self) -> Estimate | None:
        """Onset of the loss gap - phase boundary, in steps, with its interval; nothing where one of them is missing.

        The two are resampled apart, for their samples are others; where the losses are means, the interval is NaN.
        """
        return self._between(self.steps.astype(np.float64))

    @property
    def distance_checkpoints(self) -> Estimate | None:
        """The same in checkpoints, which suits steps that are spaced by a factor."""
        return self._between(np.arange(len(self.steps), dtype=np.float64))

    def _between(self, places: Floats) -> Estimate | None:
        if self.boundary is None or self.onset is None:
            return None
        value = places[self.onset.index] - places[self.boundary.index]
        drawn = places[self.onset.drawn]
        return self.bootstrap.estimate(value, drawn - places[self.boundary.drawn] if len(drawn) else drawn)

    def table(self) -> pd.DataFrame:
        """One row a checkpoint.

        Returns:
            Index: step. Columns: mean_order, high_order_share, salient_count, gap, each also with _low and _high;
            counted, train_loss, test_loss, shape, null_distance. Those of the losses are missing without losses.
        """
        import pandas as pd

        kept = ("counted", "gap", "train_loss", "test_loss", "null_distance")
        columns = self._columns((*_BY_STEP, *(name for name in kept if getattr(self, name) is not None)))
        return pd.DataFrame({**columns, "shape": self.shapes}, index=pd.Index(self.steps, name="step"))

    def by_order(self) -> pd.DataFrame:
        """One row a checkpoint and order.

        Returns:
            Index: step, order. Columns: positive, negative, normalised, cancellation, each also with _low and _high.
        """
        import pandas as pd

        index = pd.MultiIndex.from_product([self.steps, range(1, self.n + 1)], names=["step", "order"])
        return pd.DataFrame({name: values.ravel() for name, values in self._columns(_BY_ORDER).items()}, index=index)

    def to_xarray(self) -> xr.Dataset:
        """A labelled data set.

        Returns:
            Dimensions step, order, sample, sign. The columns of `table` and `by_order`, and strength
            (step, sample, sign, order). Attributes: verdict, boundary, onset (steps, NaN for none), unit, high_order,
            draws, level, seed.
        """
        import xarray as xr

        by_step = {name: ("step", column.to_numpy()) for name, column in self.table().items()}
        by_order = {name: (("step", "order"), values) for name, values in self._columns(_BY_ORDER).items()}
        moments = {name: np.nan if moment is None else moment.step
                   for name, moment in (("boundary", self.boundary), ("onset", self.onset))}  # fmt: skip
        return xr.Dataset(
            {**by_step, **by_order, "strength": (("step", "sample", "sign", "order"), self.strength)},
            coords={"step": self.steps, "order": np.arange(1, self.n + 1), "sign": ["positive", "negative"]},
            attrs={
                "verdict": self.verdict,
                **moments,
                "unit": self.unit,
                "high_order": self.high_order,
                **vars(self.bootstrap),
            },
        )

    def _columns(self, names: Iterable[str]) -> dict[str, Floats]:
        columns: dict[str, Floats] = {}
        for name in names:
            held = getattr(self, name)
            parts = [("", held)] if not isinstance(held, Estimate) else [
                ("", held.value), ("_low", held.low), ("_high", held.high)]  # fmt: skip
            columns |= {name + suffix: values for suffix, values in parts}
        return columns

    def sentences(self) -> list[str]:
        """A paragraph in plain words: what was found, and how sure it is."""
        return dynamics_sentences(self)

    def __repr__(self) -> str:
        checkpoints, samples = counted(len(self.steps), "checkpoint"), self.strength.shape[1]
        head = f"Dynamics: {checkpoints} x {samples} samples x {self.n} players"
        return "\n".join([head, *(f"  {line}" for line in self.sentences())])
