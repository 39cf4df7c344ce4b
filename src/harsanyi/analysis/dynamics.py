"""How the interactions of a network change while it learns, from one checkpoint of its training to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.phases import (
    Moment,
    distance_sentence,
    find_boundary,
    find_onset,
    gap_sentence,
    null_distance,
    phase_sentence,
    shape_of,
)
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, SalienceRule, ScoreRange
from harsanyi.core.strength import normalised_strength
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_BY_ORDER = ("positive", "negative", "normalised", "cancellation")
_BY_STEP = ("mean_order", "high_order_share", "salient_count")


@dataclass(frozen=True, eq=False, repr=False)
class Dynamics:
    """Interactions over training checkpoints; every `Estimate` has bootstrap intervals over samples.

    Order k is at position k - 1. Averages over samples are of sums: the mean order, say, is the strength of all samples
    weighted by order, over the strength of all samples.

    Attributes:
        steps: training step or epoch of each checkpoint, rising, (checkpoints,).
        positive: J_pos^(k), mean over the samples of the sum of the positive salient effects, (checkpoints, n).
        negative: J_neg^(k) <= 0, likewise.
        normalised: I^(k), averages to 1 over the orders, (checkpoints, n); 0 without strength.
        cancellation: 1 - |sum of effects| / sum of |effects| of each order, the sum over the samples above and below
            the line, in [0, 1], (checkpoints, n); NaN without strength.
        mean_order: sum of |S| |I(S)| / sum of |I(S)|, in [1, n], (checkpoints,); NaN without strength.
        high_order_share: share of the strength at `high_order` and above, in [0, 1], (checkpoints,); likewise.
        salient_count: salient effects a sample, (checkpoints,).
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
    """

    steps: npt.NDArray[Any]
    positive: Estimate
    negative: Estimate
    normalised: Estimate
    cancellation: Estimate
    mean_order: Estimate
    high_order_share: Estimate
    salient_count: Estimate
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
            train_loss, test_loss, shape, null_distance. Those of the losses are missing without losses.
        """
        import pandas as pd

        kept = ("gap", "train_loss", "test_loss", "null_distance")
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
            (step, sample, sign, order). Attributes: verdict, boundary, onset (steps, NaN for none), high_order, draws,
            level, seed.
        """
        import xarray as xr

        by_step = {name: ("step", column.to_numpy()) for name, column in self.table().items()}
        by_order = {name: (("step", "order"), values) for name, values in self._columns(_BY_ORDER).items()}
        moments = {name: np.nan if moment is None else moment.step
                   for name, moment in (("boundary", self.boundary), ("onset", self.onset))}  # fmt: skip
        return xr.Dataset(
            {**by_step, **by_order, "strength": (("step", "sample", "sign", "order"), self.strength)},
            coords={"step": self.steps, "order": np.arange(1, self.n + 1), "sign": ["positive", "negative"]},
            attrs={"verdict": self.verdict, **moments, "high_order": self.high_order, **vars(self.bootstrap)},
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
        """Two or three plain sentences: what was found, and how sure."""
        found = [phase_sentence(self.steps, self.mean_order, self.shapes, self.boundary, self.verdict, self.bootstrap)]
        if self.gap is not None:
            found.append(gap_sentence(self.steps, self.gap, self.onset, self.bootstrap))
        if self.distance is not None:
            found.append(distance_sentence(self.distance))
        return found

    def __repr__(self) -> str:
        head = f"Dynamics: {len(self.steps)} checkpoints x {self.strength.shape[1]} samples x {self.n} players"
        return "\n".join([head, *(f"  {line}" for line in self.sentences())])


def training_dynamics(
    checkpoints: Mapping[Any, Interactions] | Iterable[tuple[Any, Interactions]],
    train_loss: npt.ArrayLike | None = None,
    test_loss: npt.ArrayLike | None = None,
    *,
    salience: SalienceRule | str | None = ScoreRange(0.03),
    high_order: int | None = None,
    early: int = 3,
    floor: float = 0.05,
    bootstrap: Bootstrap = Bootstrap(),
) -> Dynamics:
    """Strength by order over the checkpoints of a training, where its second phase begins and where over-fitting does.

    Args:
        checkpoints: interactions by training step, or pairs of both, steps strictly rising; all of the same samples
            and players. Only sums are kept, so an iterator need not hold them all at once.
        train_loss: of the training samples, (checkpoints,) or, for an interval, (checkpoints, training samples).
        test_loss: likewise of the test samples; both or neither.
        salience: rule for the effects that count, applied to each checkpoint; nothing counts every effect. Its
            thresholds stay as they are when samples are resampled.
        high_order: lowest order that counts as high, 1 to n; n // 2 + 1 unless given.
        early: checkpoints that make the early noise band of the loss gap, 2 to 10, see `phases.find_onset`.
        floor: the band is at least this share of the largest growth of the gap, in [0, 1).
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Dynamics`.

    Raises:
        ArgumentError: no checkpoint; other samples, players or labels at one of them; scores or losses that are not
            finite; losses of another length; a number out of range.

    Example:
        >>> from harsanyi import extract_game
        >>> both = extract_game(lambda present: 2.0 * present.prod(1), 3, progress=False)
        >>> single = extract_game(lambda present: 2.0 * present[:, 0], 3, progress=False)
        >>> found = training_dynamics({0: both, 10: single})
        >>> found.mean_order.value.round(2).tolist(), found.verdict
        ([3.0, 1.0], 'no second phase seen')

    Source: 2405.10262 and 2407.19198 for J and I^(k); the rest our definitions.
    """
    _require(2 <= early <= 10, "early", early, "2 to 10 checkpoints")
    _require(0 <= floor < 1, "floor", floor, "a share in [0, 1)")
    _require((train_loss is None) == (test_loss is None), "train_loss", "one of two losses",
             "both train_loss and test_loss, or neither")  # fmt: skip
    steps, strength, counts = _summed(checkpoints, salience)
    n = strength.shape[-1]
    high = n // 2 + 1 if high_order is None else high_order
    _require(1 <= high <= n, "high_order", high, f"an order, 1 to {n}")
    net = np.abs(strength.sum(2))  # (checkpoints, samples, n)
    sums = np.concatenate([strength[:, :, 0], strength[:, :, 1], net, counts[..., None]], -1).swapaxes(0, 1)
    value, drawn = _measures(sums.mean(0), high), _measures(bootstrap.means(sums), high)
    estimates = {name: bootstrap.estimate(value[name], drawn[name]) for name in value}
    boundary, verdict = find_boundary(steps, value["mean_order"], drawn["mean_order"], bootstrap.level)
    gap = onset = train = test = None
    if train_loss is not None and test_loss is not None:
        rows = [
            _losses(name, losses, len(steps)) for name, losses in (("train_loss", train_loss), ("test_loss", test_loss))
        ]
        train, test = (losses.mean(1) for losses in rows)
        apart = [bootstrap.means(losses.T, stream) for stream, losses in enumerate(rows, 1)]
        differences = apart[1] - apart[0] if all(map(len, apart)) else np.empty((0, len(steps)))
        gap = bootstrap.estimate(test - train, differences)
        onset = find_onset(steps, gap.value, differences, early, floor, bootstrap.level)
    total = value["positive"] - value["negative"]
    return Dynamics(
        steps, **estimates, gap=gap, train_loss=train, test_loss=test, shapes=tuple(map(shape_of, total)),
        null_distance=np.array([null_distance(row) for row in total]), verdict=verdict, boundary=boundary, onset=onset,
        strength=strength, high_order=high, bootstrap=bootstrap,
    )  # fmt: skip


def _require(holds: bool, argument: str, given: object, accepted: str) -> None:
    if not holds:
        raise ArgumentError(argument, given, accepted)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


def _measures(means: Floats, high: int) -> dict[str, Floats]:
    """What is measured from means over samples of J_pos, J_neg, |net| by order and the count, (..., 3n + 1)."""
    n = means.shape[-1] // 3
    positive, negative, net = (means[..., i * n : (i + 1) * n] for i in range(3))
    strength = positive - negative
    total = strength.sum(-1)
    normalised = normalised_strength(torch.from_numpy(np.stack((positive, negative), -2))).numpy()
    return {
        "positive": positive,
        "negative": negative,
        "normalised": normalised,
        "cancellation": np.maximum(1 - _ratio(net, strength), 0),
        "mean_order": _ratio(strength @ np.arange(1, n + 1), total),
        "high_order_share": _ratio(strength[..., high - 1 :].sum(-1), total),
        "salient_count": means[..., -1],
    }


def _summed(
    checkpoints: Mapping[Any, Interactions] | Iterable[tuple[Any, Interactions]], salience: SalienceRule | str | None
) -> tuple[npt.NDArray[Any], Floats, Floats]:
    """Steps, strengths (checkpoints, samples, 2, n) and salient counts (checkpoints, samples)."""
    pairs = checkpoints.items() if isinstance(checkpoints, Mapping) else checkpoints
    rule = FixedThreshold(0.0) if salience is None else salience
    steps, strengths, counts, first = [], [], [], None
    for step, interactions in pairs:
        first = interactions if first is None else first
        _check_same(step, interactions, first)
        steps.append(step)
        strengths.append(interactions.strength_by_order(rule))
        counts.append(interactions.salient(rule).count)
    _require(bool(steps), "checkpoints", "no checkpoint", "at least one")
    rising = np.array(steps)
    usable = rising.ndim == 1 and rising.dtype.kind in "iuf" and bool(np.isfinite(rising).all())
    _require(
        usable and bool((np.diff(rising) > 0).all()), "checkpoints", f"steps {steps}", "numbers that strictly rise"
    )
    return rising, np.stack(strengths), np.stack(counts).astype(np.float64)


def _check_same(step: Any, x: Interactions, first: Interactions) -> None:
    _require(len(x) > 0, "checkpoints", f"no sample at step {step}", "at least one sample")
    _require(bool(np.isfinite(x.scores).all()), "checkpoints", f"scores that are not finite at step {step}", "numbers")
    if x.names != first.names or not _equal(x.regions, first.regions):
        raise ArgumentError("checkpoints", f"other players, or another number of samples, at step {step}",
                            "the same samples and players at every checkpoint")  # fmt: skip
    if not (_equal(x.inputs, first.inputs) and _equal(x.labels, first.labels)):
        raise ArgumentError("checkpoints", f"other samples or labels at step {step}",
                            "the same samples, in the same order, scored for the same labels",
                            "Pass labels to extract: the predicted class may change in training")  # fmt: skip


def _equal(one: npt.NDArray[Any] | None, other: npt.NDArray[Any] | None) -> bool:
    if one is None or other is None:
        return True
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc" and other.dtype.kind in "fc")


def _losses(name: str, losses: npt.ArrayLike, checkpoints: int) -> Floats:
    rows = np.asarray(losses, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or len(rows) != checkpoints or rows.shape[1] == 0 or not np.isfinite(rows).all():
        given = f"shape {np.shape(losses)}{'' if np.isfinite(rows).all() else ', not all finite'}"
        raise ArgumentError(name, given, f"finite numbers, ({checkpoints},) or ({checkpoints}, samples)")
    return rows
