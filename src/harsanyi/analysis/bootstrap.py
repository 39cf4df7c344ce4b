"""Intervals by resampling samples: seeded, and the same however the samples are sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.threads import in_threads

Floats = npt.NDArray[np.float64]
_BLOCK = 128  # draws at once: all of them would need draws x samples numbers


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values with the interval of each.

    Attributes:
        value: float64, any shape.
        low: lower ends, same shape; NaN where there is nothing to resample.
        high: upper ends, likewise.
    """

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Bootstrap:
    """Percentile bootstrap: samples are drawn with replacement, as many as there are.

    Args:
        draws: number of resamplings, at least 1.
        level: of the intervals, in (0, 1).
        seed: of the draws, at least 0.

    Raises:
        ArgumentError: a number out of range.
    """

    draws: int = 1000
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ArgumentError("draws", self.draws, "a number of resamplings >= 1")
        if not 0 < self.level < 1:
            raise ArgumentError("level", self.level, "a number in (0, 1)")
        if self.seed < 0:
            raise ArgumentError("seed", self.seed, "a number >= 0")

    def means(self, values: Floats, stream: int = 0) -> Floats:
        """Means of resampled samples.

        Args:
            values: (samples, ...); NaN is left out.
            stream: a number for each independent set of samples.

        Returns:
            float64 (draws, ...), NaN where a draw has no number; (0, ...) where there are fewer than two samples, which
            tell nothing about noise.
        """
        samples, shape = len(values), values.shape[1:]
        if samples < 2:
            return np.empty((0, *shape))
        rows = values.reshape(samples, -1)
        rows = in_order(rows)
        known = ~np.isnan(rows)
        table = torch.from_numpy(np.stack((np.where(known, rows, 0.0), known)))

        def block(first: int) -> Tensor:
            sums, counts = torch.from_numpy(self._times(samples, stream, first)) @ table
            return torch.div(sums, counts)  # NaN where nothing is counted

        means = torch.cat(in_threads(block, range(0, self.draws, _BLOCK)))
        return np.asarray(means.numpy().reshape(self.draws, *shape))

    def times(self, samples: int, stream: int = 0) -> Floats:
        """How often each sample is drawn: `means` and `statistics` sort the samples first and draw the same.

        Args:
            samples: how many there are, 1 or more.
            stream: a number for each independent set of samples.

        Returns:
            Whole numbers, float64 (draws, samples); (0, 1) of a single sample.
        """
        if samples < 2:
            return np.empty((0, samples))
        return np.concatenate([self._times(samples, stream, first) for first in range(0, self.draws, _BLOCK)])

    def statistics(self, values: Floats, statistic: Callable[[Floats], Floats], stream: int = 0) -> Floats:
        """Any statistic of resampled samples.

        Args:
            values: (samples, m).
            statistic: from (draws, samples, m) to (draws, ...).
            stream: a number for each independent set of samples.

        Returns:
            float64 (draws, ...); (0, ...) where there are fewer than two samples.
        """
        samples, rows = len(values), in_order(values)
        if samples < 2:
            return statistic(values[None])[:0]
        drawn = (self._drawn(samples, stream, first) for first in range(0, self.draws, _BLOCK))
        return np.concatenate([statistic(rows[each]) for each in drawn])

    def _times(self, samples: int, stream: int, first: int) -> Floats:
        """How often each sample is drawn in the block of draws that begins with this one, (draws, samples)."""
        drawn = self._drawn(samples, stream, first)
        return np.stack([np.bincount(draw, minlength=samples) for draw in drawn]).astype(np.float64)

    def _drawn(self, samples: int, stream: int, first: int) -> npt.NDArray[np.int64]:
        """Positions drawn in the block of draws that begins with this one, (draws, samples)."""
        generator = np.random.default_rng([self.seed, stream, first])
        return generator.integers(samples, size=(min(_BLOCK, self.draws - first), samples))

    def estimate(self, value: npt.ArrayLike, drawn: npt.NDArray[np.floating]) -> Estimate:
        """A value and the interval of what was drawn for it, (...) and (draws, ...)."""
        return Estimate(np.asarray(value, dtype=np.float64), *interval(drawn, self.level))


def in_order(rows: Floats) -> Floats:
    """The rows, (samples, m), in a fixed order, so that sorting the samples otherwise changes nothing."""
    return np.asarray(rows[np.lexsort(rows.T)])


def mean_of_known(values: Floats) -> Floats:
    """Mean over the samples, (samples, ...) to (...); NaN is left out, and what is left where there is nothing else."""
    known = ~np.isnan(values)
    count = known.sum(0)
    total = np.where(known, values, 0.0).sum(0)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def interval(drawn: npt.NDArray[np.floating], level: float) -> tuple[Floats, Floats]:
    """Ends of the interval that holds a share of the draws, each end a value that was drawn.

    Args:
        drawn: (draws, ...); NaN is left out.
        level: the share, in (0, 1).

    Returns:
        low and high, float64 (...); NaN where nothing was drawn.

    Example:
        >>> low, high = interval(np.arange(101.0), 0.9)
        >>> float(low), float(high)
        (5.0, 95.0)
    """
    if len(drawn) == 0:
        return np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    ranked = np.sort(np.asarray(drawn, dtype=np.float64), axis=0)  # NaN comes last
    last = np.maximum((~np.isnan(ranked)).sum(0) - 1, 0)
    positions = np.stack((np.floor((1 - level) / 2 * last + 1e-9), np.ceil((1 + level) / 2 * last - 1e-9)))
    low, high = np.take_along_axis(ranked, positions.astype(np.int64), 0)
    return np.asarray(low), np.asarray(high)
