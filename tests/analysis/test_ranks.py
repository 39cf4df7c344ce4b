"""Rank correlation over samples, and any statistic of resampled samples."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from harsanyi.analysis import Bootstrap
from harsanyi.analysis.bootstrap import interval
from harsanyi.analysis.ranks import correlation_of_samples, correlations_of_samples

PAIRS = np.random.default_rng(0).normal(size=(30, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])


def test_means_are_one_statistic_of_the_same_resamplings():
    bootstrap = Bootstrap(draws=300, seed=3)
    found = bootstrap.statistics(PAIRS, lambda drawn: drawn.mean(1), stream=2)
    np.testing.assert_allclose(found, bootstrap.means(PAIRS, stream=2))
    np.testing.assert_allclose(bootstrap.times(30, stream=2) @ PAIRS[np.lexsort(PAIRS.T)] / 30, found)
    assert bootstrap.times(1).shape == (0, 1)
    assert bootstrap.statistics(PAIRS[:1], lambda drawn: drawn.mean(1)).shape == (0, 2)


def test_the_correlation_and_its_interval_are_those_of_pairs_drawn_together():
    found = correlation_of_samples(*PAIRS.T, Bootstrap(draws=1000))
    assert found.value == pytest.approx(spearmanr(*PAIRS.T).statistic)
    generator = np.random.default_rng(1)
    drawn = [spearmanr(*PAIRS[generator.integers(30, size=30)].T).statistic for _ in range(400)]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, (0.025, 0.975))), abs=0.06)


def test_the_intervals_of_many_pairs_are_those_of_the_samples_that_were_drawn():
    rows = np.random.default_rng(2).integers(6, size=(3, 20)).astype(float)  # with ties
    rows[1, 4] = np.nan
    bootstrap, pairs = Bootstrap(draws=200, seed=5), [(0, 1), (1, 2), (0, 2)]
    found = correlations_of_samples(rows, pairs, bootstrap)
    rows = rows[:, np.lexsort(rows)]
    for place, (i, j) in enumerate(pairs):
        one, other = rows[np.ix_([i, j], ~np.isnan(rows[[i, j]]).any(0))]
        times = bootstrap.times(len(one)).astype(int)
        drawn = [spearmanr(np.repeat(one, each), np.repeat(other, each)).statistic for each in times]
        assert found.value[place] == pytest.approx(spearmanr(one, other).statistic)
        low, high = interval(np.array(drawn), bootstrap.level)
        assert (found.low[place], found.high[place]) == pytest.approx((low.item(), high.item()))


def test_samples_without_both_numbers_are_left_out_and_rounding_makes_no_ranks():
    one, other = PAIRS.T.copy()
    quick = Bootstrap(draws=20)
    gone = correlation_of_samples(one[4:], other[4:], quick)
    one[:2], other[2:4] = np.nan, np.nan
    found = correlation_of_samples(one, other, quick)
    assert (found.value, found.low, found.high) == (gone.value, gone.low, gone.high)
    noise = 1e-12 * np.arange(30)
    assert np.isnan(correlation_of_samples(0.3 + noise, other, quick).value)
    assert np.isnan(correlation_of_samples(one[:1], other[:1], quick).low)
