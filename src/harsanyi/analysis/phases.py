"""Where the second phase of the learning begins, and where the loss gap begins to grow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Floats, interval

Indices = npt.NDArray[np.int64]
_ROUNDING = 1e-9  # differences up to this are no differences


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

    Source: our definition; the papers read such moments off their figures.
    """

    index: int
    step: float
    low: float
    high: float
    share: float
    drawn: Indices


def moment_at(
    steps: npt.NDArray[np.generic], index: int, drawn: Indices, found: npt.NDArray[np.bool_], level: float
) -> Moment:
    """A checkpoint at a position, with those that the resamplings find, (draws,), and whether they do."""
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
    _, fall, rise = turning(mean_order)
    if np.isnan(mean_order).all():
        return None, "no salient effects"
    if len(drawn) == 0 and rise > _ROUNDING and fall > _ROUNDING:
        return None, "one sample"
    falls, rises = beyond_noise(mean_order, drawn, level)
    if not rises:
        return None, "no second phase seen"
    if not falls:
        return None, "no first phase seen"
    return turning_point(steps, mean_order, drawn, level), "two phases"


def beyond_noise(course: Floats, drawn: Floats, level: float) -> tuple[bool, bool]:
    """Whether the fall to the least of a course, and the rise after it, are larger than resampling alone makes.

    Args:
        course: (checkpoints,).
        drawn: (draws, checkpoints).
        level: in (0, 1).
    """
    _, fall, rise = turning(course)
    _, noise_fall, noise_rise = turning(drawn - course)
    return bool(fall > _noise(noise_fall, level)), bool(rise > _noise(noise_rise, level))


def turning_point(steps: npt.NDArray[np.generic], course: Floats, drawn: Floats, level: float) -> Moment:
    """The least of a course, and where the resamplings have theirs; found where it falls before and rises after."""
    positions, falls, rises = turning(drawn)
    return moment_at(steps, int(turning(course)[0]), positions, (falls > _ROUNDING) & (rises > _ROUNDING), level)


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
    return None if index == end else moment_at(steps, index, positions, positions < end, level)
