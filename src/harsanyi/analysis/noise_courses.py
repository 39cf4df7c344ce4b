"""The noise of every checkpoint by the theory, in the samples themselves and in every resampling of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Bootstrap, Floats, mean_of_known
from harsanyi.core.strength import normalised_strength
from harsanyi.core.theory import PredictedStrength, noise_grid


@dataclass(frozen=True, eq=False)
class NoiseCourses:
    """Courses over the checkpoints, one or one a resampling.

    Attributes:
        measured: I^(k), (courses, checkpoints, n).
        sigma2: the noise whose predicted I^(k) is nearest to it, of a grid, (courses, checkpoints); infinite where
            there is no strength.
        predicted: I_theo^(k) at that noise, (courses, checkpoints, n).
    """

    measured: Floats
    sigma2: Floats
    predicted: Floats


def noise_courses(
    strength: Floats, theory: PredictedStrength, bootstrap: Bootstrap
) -> tuple[NoiseCourses, NoiseCourses]:
    """Fit the noise by least squares over the orders; samples are drawn for measured and predicted strength at once.

    Args:
        strength: measured sums of positive and negative effects, (checkpoints, samples, 2, n).
        theory: of the same samples.
        bootstrap: draws, level and seed.

    Returns:
        One course, that of all samples; and one for each resampling, none where there is a single sample.
    """
    grid = noise_grid(theory.n)
    both = np.concatenate((strength, theory.of_samples(grid).numpy())).swapaxes(0, 1)
    means = (mean_of_known(both)[None], bootstrap.means(both))
    itself, drawn = (_fitted(each, len(strength), grid.numpy()) for each in means)
    return itself, drawn


def _fitted(means: Floats, checkpoints: int, grid: Floats) -> NoiseCourses:
    """From the mean strength at the checkpoints and at the noise of the grid, (courses, checkpoints + grid, 2, n)."""
    shapes = normalised_strength(torch.from_numpy(means)).numpy()
    measured, curves = np.split(shapes, [checkpoints], axis=1)
    nearest = np.empty(measured.shape[:2], dtype=np.int64)
    for course, target, curve in zip(nearest, measured, curves, strict=True):  # one at a time: all would fill memory
        course[:] = (np.square(curve).sum(-1) - 2 * target @ curve.T).argmin(1)  # the square of the target is the same
    silent = np.asarray(~measured.any(-1))
    predicted = np.take_along_axis(curves, nearest[..., None], 1)
    predicted[silent] = 0
    return NoiseCourses(measured, np.where(silent, np.inf, grid[nearest]), predicted)
