"""Where what a network learns stops to generalize better, and from where on it mostly does not generalize."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.phases import Indices, Moment, beyond_noise, moment_at, turning_point


def find_three_phases(
    steps: npt.NDArray[np.generic],
    power: tuple[Floats, Floats],
    gained_rate: tuple[Floats, Floats],
    majority: float,
    level: float,
) -> tuple[str, Moment | None, Moment | None]:
    """The peak of H, which ends phase 1, and the checkpoint at which phase 3 begins.

    The rise of H before its peak (the last of several) and its fall after it are compared with those that resampling
    alone makes, as `phases.find_boundary` does. Phase 3 begins with the first gain at or after the peak from which on,
    to the end, every gain has less than the majority that generalizes; stretches without any gain count neither way.

    Args:
        steps: (checkpoints,).
        power: H, (checkpoints,), and what was drawn for it, (draws, checkpoints); NaN without strength.
        gained_rate: share of the gain after each checkpoint but the last that generalizes, (checkpoints - 1,), and what
            was drawn, (draws, checkpoints - 1); NaN where nothing is gained.
        majority: in (0, 1).
        level: in (0, 1).

    Returns:
        The verdict, the peak, and the start of phase 3: "three phases" with both; "phase 3 not reached" with the peak;
        without either "no first phase seen" (H does not rise by more than noise), "first phase not ended" (it does not
        fall by more than noise after its peak), "no salient effects", or "one sample" (nothing tells how large the
        noise is). Resamplings search phase 3 from their own peak.

    Source: our definition, after 2505.06993 in words.
    """
    (course, drawn), (gained, drawn_gained) = power, gained_rate
    if np.isnan(course).all():
        return "no salient effects", None, None
    if len(drawn) == 0:
        return "one sample", None, None
    rises, falls = beyond_noise(-course, -drawn, level)
    if not rises:
        return "no first phase seen", None, None
    if not falls:
        return "first phase not ended", None, None
    peak = turning_point(steps, -course, -drawn, level)
    start, found = overfitting_from(gained, np.array(peak.index), majority)
    if not found:
        return "phase 3 not reached", peak, None
    return "three phases", peak, moment_at(
        steps, int(start), *overfitting_from(drawn_gained, peak.drawn, majority), level
    )  # fmt: skip


def overfitting_from(gained_rate: Floats, peak: Indices, majority: float) -> tuple[Indices, npt.NDArray[np.bool_]]:
    """Position of the checkpoint from which on most of every gain does not generalize, and whether there is one.

    Args:
        gained_rate: (..., checkpoints - 1), at least one.
        peak: position from which on to search, (...).
        majority: in (0, 1).

    Returns:
        Position, that of the last checkpoint where there is none, and whether there is one, each (...).

    Example:
        >>> position, found = overfitting_from(np.array([0.2, 0.8, np.nan, 0.4, np.nan]), np.array(1), 0.5)
        >>> int(position), bool(found)
        (3, True)
    """
    at = np.arange(gained_rate.shape[-1])
    below = gained_rate < majority
    last_above = np.where(gained_rate >= majority, at, -1).max(-1, keepdims=True)
    start = below & (at > last_above) & (at >= peak[..., None])
    found = start.any(-1)
    return np.where(found, start.argmax(-1), len(at)), found
