"""From the interactions at the checkpoints of a training to their dynamics."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.analysis.bootstrap import Bootstrap, Floats, mean_of_known
from harsanyi.analysis.dynamics import Dynamics
from harsanyi.analysis.losses import loss_gap, losses_of, require_both
from harsanyi.analysis.measures import cancellation, high_order_share, mean_order
from harsanyi.analysis.phases import find_boundary, find_onset
from harsanyi.analysis.shapes import null_distance, shape_of
from harsanyi.analysis.strengths import Checkpoints, Strengths, strengths_of
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule, ScoreRange
from harsanyi.core.strength import normalised_strength


def training_dynamics(
    checkpoints: Checkpoints,
    train_loss: npt.ArrayLike | None = None,
    test_loss: npt.ArrayLike | None = None,
    *,
    unit: str = "step",
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
        train_loss: of the training samples, (checkpoints,) or, for an interval, (checkpoints, training samples). Leave
            out samples that are known to be mislabelled: until they are learned by heart their losses push the gap
            below 0, which hides where it begins to grow.
        test_loss: likewise of the test samples; both or neither.
        unit: what the steps count, in the singular, for words and pictures: "step", "epoch".
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
        >>> found = training_dynamics({0: both, 10: single}, unit="epoch")
        >>> found.mean_order.value.round(2).tolist(), found.verdict
        ([3.0, 1.0], 'no second phase seen')

    Source: 2405.10262 and 2407.19198 for J and I^(k); the rest our definitions.
    """
    _require(isinstance(unit, str) and unit.strip() == unit != "", "unit", repr(unit), 'a word such as "epoch"')
    _require(2 <= early <= 10, "early", early, "2 to 10 checkpoints")
    _require(0 <= floor < 1, "floor", floor, "a share in [0, 1)")
    require_both(train_loss, test_loss)
    read = strengths_of(checkpoints, salience)
    n = read.strength.shape[-1]
    high = n // 2 + 1 if high_order is None else high_order
    _require(1 <= high <= n, "high_order", high, f"an order, 1 to {n}")
    measured = _of_samples(read, high)
    value, drawn = _named(mean_of_known(measured)), _named(bootstrap.means(measured))
    estimates = {name: bootstrap.estimate(value[name], drawn[name]) for name in value}
    boundary, verdict = find_boundary(read.steps, value["mean_order"], drawn["mean_order"], bootstrap.level)
    gap = onset = train = test = None
    losses = losses_of(train_loss, test_loss, len(read.steps))
    if losses is not None:
        train, test = (rows.mean(1) for rows in losses)
        gap, drawn_gaps = loss_gap(*losses, bootstrap)
        onset = find_onset(read.steps, gap.value, drawn_gaps, early, floor, bootstrap.level)
    total = value["positive"] - value["negative"]
    return Dynamics(
        read.steps, unit, **estimates, counted=_has_strength(read).sum(1), gap=gap, train_loss=train, test_loss=test,
        shapes=tuple(map(shape_of, total)), null_distance=np.array([null_distance(row) for row in total]),
        verdict=verdict, boundary=boundary, onset=onset, strength=read.strength, high_order=high, bootstrap=bootstrap,
    )  # fmt: skip


def _require(holds: bool, argument: str, given: object, accepted: str) -> None:
    if not holds:
        raise ArgumentError(argument, given, accepted)


def _has_strength(read: Strengths) -> npt.NDArray[np.bool_]:
    return np.asarray(read.strength.any((2, 3)))


def _of_samples(read: Strengths, high: int) -> Floats:
    """What is averaged: J_pos, J_neg and cancellation by order, mean order, share, count; (samples, ..., 3n + 3)."""
    scalars = np.stack((mean_order(read.strength), high_order_share(read.strength, high), read.count), -1)
    by_order = (read.strength[:, :, 0], read.strength[:, :, 1], cancellation(read.strength))
    return np.concatenate((*by_order, scalars), -1).swapaxes(0, 1)


def _named(means: Floats) -> dict[str, Floats]:
    """The parts of means of `_of_samples`, and the normalised strength, which is one of means."""
    n = means.shape[-1] // 3 - 1
    positive, negative, cancelled = (means[..., i * n : (i + 1) * n] for i in range(3))
    return {
        "positive": positive,
        "negative": negative,
        "normalised": normalised_strength(torch.from_numpy(np.stack((positive, negative), -2))).numpy(),
        "cancellation": cancelled,
        "mean_order": means[..., -3],
        "high_order_share": means[..., -2],
        "salient_count": means[..., -1],
    }
