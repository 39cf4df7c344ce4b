"""Where the second phase of the learning begins, where the loss gap begins to grow, and the shape of a strength."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats, interval
from harsanyi.core.theory import null_strength

Indices = npt.NDArray[np.int64]
_ROUNDING = 1e-9  # differences up to this are no differences
_RISE = 0.05  # a rise by this share of the whole strength still counts as falling
_DISTANCE = 0.25  # of a spindle from its nearest binomial shape


@dataclass(frozen=True, eq=False)
class Moment:
    """A checkpoint that was searched for.

    Attributes:
        index: its position among the checkpoints.
        step: its training step.
        low: lower end of the bootstrap interval, a step of a checkpoint, so no finer than these are spaced; NaN where
            there was nothing to resample.
        high: upper end.
        share: share of the resamplings that find such a moment at all, in [0, 1]; the others count as the end of the
            course at which they find it; NaN where there was nothing to resample.
        drawn: position found by each resampling, int64 (draws,) or (0,).
    """

    index: int
    step: float
    low: float
    high: float
    share: float
    drawn: Indices


def _moment(
    steps: npt.NDArray[np.generic], index: int, drawn: Indices, found: npt.NDArray[np.bool_], level: float
) -> Moment:
    low, high = interval(steps.astype(np.float64)[drawn], level)
    return Moment(
        index, steps[index].item(), float(low), float(high), float(found.mean()) if len(found) else np.nan, drawn
    )


# The phase boundary ---------------------------------------------------------------------------------------------------


def turning(course: Floats) -> tuple[Indices, Floats, Floats]:
    """The least of a course (the last of several), the fall from the highest before and the rise to the highest after.

    Args:
        course: (..., checkpoints); NaN is left out.

    Returns:
        Position, fall >= 0 and rise >= 0, each (...).
    """
    missing = np.isnan(course)
    count = course.shape[-1]
    index = count - 1 - np.where(missing, np.inf, course).round(9)[..., ::-1].argmin(-1)
    least = np.take_along_axis(course, index[..., None], -1)
    above = np.where(missing, -np.inf, course) - least
    before = np.arange(count) <= index[..., None]
    after = np.arange(count) >= index[..., None]
    fall, rise = (np.where(side, above, -np.inf).max(-1) for side in (before, after))
    return np.asarray(index), fall, rise


def find_boundary(
    steps: npt.NDArray[np.generic], mean_order: Floats, drawn: Floats, level: float
) -> tuple[Moment | None, str]:
    """The checkpoint of least mean order between the initial spindle and the end.

    The rise after the least is compared with the rises that resampling alone makes: the course of every resampling,
    less the course itself, is searched in the same way, and the `level` quantile of what is found there is noise. So is
    the fall before it.

    Args:
        steps: (checkpoints,).
        mean_order: (checkpoints,); NaN where there is no strength.
        drawn: (draws, checkpoints).
        level: in (0, 1).

    Returns:
        The moment, and "two phases"; or None, and "no salient effects", "no second phase seen" (the least is at the
        last checkpoint, or the rise is no larger than noise), "no first phase seen" (likewise for the fall) or
        "one sample" (nothing tells how large the noise is).

    Source: our definition; 2405.10262 reads the boundary off its figures.
    """
    index, fall, rise = turning(mean_order)
    if np.isnan(mean_order).all():
        return None, "no salient effects"
    if len(drawn) == 0 and rise > _ROUNDING and fall > _ROUNDING:
        return None, "one sample"
    _, noise_fall, noise_rise = turning(drawn - mean_order)
    if rise <= _noise(noise_rise, level):
        return None, "no second phase seen"
    if fall <= _noise(noise_fall, level):
        return None, "no first phase seen"
    positions, falls, rises = turning(drawn)
    found = (falls > _ROUNDING) & (rises > _ROUNDING)
    return _moment(steps, int(index), positions, found, level), "two phases"


def _noise(differences: Floats, level: float) -> float:
    kept = differences[~np.isnan(differences)]
    return _ROUNDING + (float(np.quantile(kept, level)) if len(kept) else 0.0)


# The onset of the loss gap --------------------------------------------------------------------------------------------


def leaving(gaps: Floats, early: int, floor: float, width: float) -> Indices:
    """Position of the last checkpoint at which a gap is not above its early noise band, (..., checkpoints) to (...)."""
    first = gaps[..., :early]
    centre = first.mean(-1, keepdims=True)
    growth = (gaps - centre).max(-1, keepdims=True)
    half = np.maximum(np.maximum(3 * first.std(-1, ddof=1, keepdims=True), floor * growth), width)
    inside = gaps <= centre + half + _ROUNDING
    return np.asarray(gaps.shape[-1] - 1 - inside[..., ::-1].argmax(-1))


def find_onset(
    steps: npt.NDArray[np.generic], gap: Floats, drawn: Floats, early: int, floor: float, level: float
) -> Moment | None:
    """The last checkpoint before the loss gap leaves its early noise band for good.

    The band lies around the mean gap of the first `early` checkpoints. It reaches as far above as the largest of: three
    standard deviations of these gaps; half the bootstrap interval of any of them; `floor` times the largest growth of
    the gap. A gap below the band has not left it. So the onset is never before the last of the
    early checkpoints.

    Args:
        steps: (checkpoints,).
        gap: test loss - train loss, (checkpoints,).
        drawn: (draws, checkpoints), or (0, checkpoints).
        early: number of first checkpoints, 2 to 10.
        floor: in [0, 1).
        level: in (0, 1).

    Returns:
        The moment; nothing where the gap is in its band at the end, or there are no more than `early` checkpoints.

    Source: our definition; 2405.10262 reads the onset off its figures.
    """
    end = len(gap) - 1
    if end < early:
        return None
    low, high = interval(drawn, level)
    width = float((high - low)[:early].max() / 2) if len(drawn) else 0.0
    index = int(leaving(gap, early, floor, width))
    positions = leaving(drawn, early, floor, width)
    return None if index == end else _moment(steps, index, positions, positions < end, level)


# The shape ------------------------------------------------------------------------------------------------------------


def binomial_shares(n: int, mean_order: float) -> Floats:
    """The shape C(n, k) r^k, as shares (n,), with r such that the mean order is as given; r = sqrt(2) is the null."""
    order = np.arange(1, n + 1)
    logs = np.log([comb(n, int(k)) for k in order])

    def shares(log_r: float) -> Floats:
        weights = logs + order * log_r
        powers = np.exp(weights - weights.max())
        return np.asarray(powers / powers.sum())

    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if shares(middle) @ order < mean_order else (low, middle)
    return shares(low)


def null_distance(strength: Floats) -> float:
    """Share of the strength that lies at other orders than the null model's, in [0, 1]; NaN without strength."""
    n, total = len(strength), strength.sum()
    return float(np.abs(strength / total - null_strength(n).numpy() / n).sum() / 2) if total > 0 else np.nan


def shape_of(strength: Floats) -> str:
    """The shape of a strength by order: "spindle", "decay" or "neither".

    Spindle: a middle order (neither 1 nor n) is the strongest, and no more than a quarter of the strength lies
    elsewhere than in the null model's shape C(n, k) r^k of the same mean order (r = sqrt(2) for independent noise;
    networks damp the high orders, so r is free). Decay: order 1 is the strongest, it is stronger than order n, and no
    order is stronger than the order before by more than 0.05 of the whole.

    Args:
        strength: J_pos - J_neg of each order, (n,).

    Source: our definition, after the figures of 2405.10262 and 2407.19198.
    """
    if not strength.sum() > 0:
        return "neither"
    n, shares = len(strength), strength / strength.sum()
    strongest = int(shares.argmax())
    if 0 < strongest < n - 1:
        fitted = binomial_shares(n, float(shares @ np.arange(1, n + 1)))
        return "spindle" if np.abs(shares - fitted).sum() / 2 <= _DISTANCE else "neither"
    falls = np.diff(shares).max(initial=-np.inf) <= _RISE and shares[0] - shares[-1] > _RISE
    return "decay" if strongest == 0 and falls else "neither"


# In words -------------------------------------------------------------------------------------------------------------


def phase_sentence(
    steps: npt.NDArray[np.generic],
    order: Estimate,
    shapes: tuple[str, ...],
    boundary: Moment | None,
    verdict: str,
    bootstrap: Bootstrap,
) -> str:
    """Whether there are two phases, and where the second begins."""

    def at(i: int) -> str:
        ends = "" if np.isnan(order.low[i]) else f" ({order.low[i]:.2f} to {order.high[i]:.2f})"
        return f"{order.value[i]:.2f}{ends} at step {steps[i]}{_SHAPES.get(shapes[i], '')}"

    if verdict == "no salient effects":
        return "No phases: no checkpoint has a salient effect."
    known = np.flatnonzero(~np.isnan(order.value))
    places = sorted({int(known[0]), int(turning(order.value)[0]), int(known[-1])})
    course = f"the mean order of the interactions is {'; '.join(map(at, places))}"
    if boundary is None:
        return f"{_REFUSALS[verdict]}: {course}."
    return f"Two phases: {course}; the second phase begins at step {boundary.step:g} {_certainty(boundary, bootstrap)}."


_SHAPES = {"spindle": ", a spindle", "decay": ", a decay"}
_REFUSALS = {
    "no second phase seen": "No second phase seen (the least is at the end, or the rise after it is within noise)",
    "no first phase seen": "No first phase seen (the least is at the start, or the fall before it is within noise)",
    "one sample": "One sample does not tell phases from noise",
}


def gap_sentence(steps: npt.NDArray[np.generic], gap: Estimate, onset: Moment | None, bootstrap: Bootstrap) -> str:
    """Whether and where the loss gap begins to grow."""
    end = f"it is {gap.value[-1]:.3g} at step {steps[-1]}"
    if onset is None:
        return f"The loss gap is not seen to leave its early noise band for good: {end}."
    return f"The loss gap begins to grow after step {onset.step:g} {_certainty(onset, bootstrap)}: {end}."


def distance_sentence(distance: Estimate) -> str:
    """How far the onset of the loss gap lies from the phase boundary."""
    steps = float(distance.value)
    where = "at" if steps == 0 else f"{abs(steps):g} steps {'after' if steps > 0 else 'before'}"
    ends = "" if np.isnan(distance.low) else f" (interval {distance.low:+g} to {distance.high:+g} steps)"
    covered = ", no clear difference" if steps and distance.low <= 0 <= distance.high else ""
    return f"That is {where} the start of the second phase{ends}{covered}."


def _certainty(moment: Moment, bootstrap: Bootstrap) -> str:
    if np.isnan(moment.share):
        return "(no interval: only mean losses are known)"
    return (
        f"({100 * bootstrap.level:g} % interval {moment.low:g} to {moment.high:g}, "
        f"seen in {100 * moment.share:.0f} % of {bootstrap.draws} resamplings)"
    )
