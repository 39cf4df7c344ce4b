"""Whether completeness and redundancy rise or fall with depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.layer_parts import part_shares, with_totals
from harsanyi.analysis.ranks import rank_correlation


@final
@dataclass(frozen=True, eq=False)
class LayerTrends:
    """How completeness and redundancy change with depth, over the layers below the last.

    The last layer has completeness 1 and redundancy 0 by definition, and is left out. A layer without salient effects
    carries nothing needlessly, and counts as redundancy 0.

    Attributes:
        completeness: rank correlation with depth, in [-1, 1], (); NaN for fewer than three layers.
        completeness_change: from each layer to the next, (layers - 2,).
        redundancy_change: likewise.
        peak: position of the layer of the highest redundancy, or nothing where all are 0.
        peak_share: share of the resamplings that have their peak there; NaN without resamplings.
        rise: redundancy at the peak - that of the lowest layer, ().
        fall: redundancy at the peak - that of the highest layer below the last, ().
        forgets_most: position of the step, from a layer to the next, that forgets the most strength.
        forgets_share: share of the resamplings in which the same step does.

    Source: our definitions; what to expect is from 2409.08712.
    """

    completeness: Estimate
    completeness_change: Estimate
    redundancy_change: Estimate
    peak: int | None
    peak_share: float
    rise: Estimate
    fall: Estimate
    forgets_most: int
    forgets_share: float


def layer_trends(to_last: Floats, steps: Floats, drawn: Floats, bootstrap: Bootstrap) -> LayerTrends:
    """Trends of layers.

    Args:
        to_last: means over the samples of each layer against the last one, (layers, 3, 2, n).
        steps: of each layer against the next, (layers - 1, 3, 2, n).
        drawn: resampled means of both, (draws, 2 layers - 1, 3, 2, n).
        bootstrap: level of the intervals.
    """
    layers = len(to_last)
    value, resampled = (_whole(means[..., : layers - 1, :, :, :]) for means in (to_last, drawn[:, :layers]))
    redundancy, redundancies = value["redundancy"], resampled["redundancy"]
    at = int(redundancy.argmax())
    forgotten, forgettings = (means[..., 1, :, :].sum((-2, -1)) for means in (steps, drawn[:, layers:]))
    most = int(forgotten.argmax())

    def estimate(of: str, measure: Callable[[Floats], Floats]) -> Estimate:
        return bootstrap.estimate(measure(value[of]), measure(resampled[of]))

    def below_peak(end: int) -> Estimate:
        return bootstrap.estimate(redundancy[at] - redundancy[end], redundancies[:, at] - redundancies[:, end])

    return LayerTrends(
        completeness=estimate("completeness", _depth_correlation),
        completeness_change=estimate("completeness", _change),
        redundancy_change=estimate("redundancy", _change),
        peak=at if redundancy[at] > 0 else None,
        peak_share=_agreeing(redundancies, at),
        rise=below_peak(0),
        fall=below_peak(-1),
        forgets_most=most,
        forgets_share=_agreeing(forgettings, most),
    )


def _whole(means: Floats) -> dict[str, Floats]:
    """Completeness and redundancy of all types and orders together, 0 without strength, (..., layers)."""
    return {name: np.nan_to_num(shares[..., -1, -1]) for name, shares in part_shares(with_totals(means)).items()}


def _depth_correlation(values: Floats) -> Floats:
    return rank_correlation(values.round(9), np.arange(values.shape[-1]))


def _change(values: Floats) -> Floats:
    return np.diff(values, axis=-1)


def _agreeing(drawn: Floats, place: int) -> float:
    """Share of the draws (draws, m) whose largest number is at this place; NaN without draws."""
    if len(drawn) == 0:
        return float("nan")
    return float((drawn.argmax(1) == place).mean())
