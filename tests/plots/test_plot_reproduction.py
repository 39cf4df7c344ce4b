from dataclasses import replace

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError
from harsanyi.core.strength import reproduction_error
from harsanyi.plots import reproduction


def _line(ax, label):
    (line,) = (line for line in ax.lines if line.get_label().startswith(label))
    return line


def test_line_is_the_error_and_ends_within_the_noise_bound(table):
    sample = table[0]
    ax = reproduction(sample)
    k, error = _line(ax, "k strongest").get_data()
    expected = reproduction_error(*map(torch.from_numpy, (sample.scores, sample.and_, sample.or_)), list(map(int, k)))
    np.testing.assert_allclose(error, expected)
    assert (k[0], k[-1]) == (1, 62)
    bound = _line(ax, "noise bound").get_ydata()[0]
    assert bound == pytest.approx(table.noise_bound[0] / sample.scores.std())
    assert error[-1] <= bound + 1e-9


def test_mark_is_where_the_error_stays_within_the_bound(table):
    ax = reproduction(table[0])
    k, error = _line(ax, "k strongest").get_data()
    bound = _line(ax, "noise bound").get_ydata()[0]
    marked = _line(ax, "within").get_xdata()[0]
    assert (error[k >= marked] <= bound + 1e-9).all()
    assert error[k < marked][-1] > bound
    assert f"k = {marked}" in _line(ax, "within").get_label()


def test_several_samples_are_a_median_and_a_band(table):
    ks = [1, 3, 62]
    ax = reproduction(table, ks)
    each = [_line(reproduction(sample, ks), "k strongest").get_ydata() for sample in table]
    np.testing.assert_allclose(_line(ax, "k strongest").get_ydata(), np.median(each, axis=0))
    (band,) = ax.collections
    corners = band.get_paths()[0].vertices
    for k, low, high in zip(ks, *np.quantile(each, (0.25, 0.75), axis=0), strict=True):
        np.testing.assert_allclose(np.unique(corners[corners[:, 0] == k, 1])[[0, -1]], (low, high))


def test_mark_counts_half_of_the_samples(images):
    loose = replace(images, noise_bound=np.array([1e6, 0.0]))
    assert _line(reproduction(loose), "within").get_xdata()[0] == 1


def test_no_mark_where_the_bound_is_not_reached(table):
    assert not any(line.get_label().startswith("within") for line in reproduction(table, [1]).lines)


def test_exact_split_reaches_zero(images):
    ax = reproduction(images[0])
    assert _line(ax, "k strongest").get_ydata()[-1] == pytest.approx(0, abs=1e-9)
    assert _line(ax, "within").get_xdata()[0] == 2


@pytest.mark.parametrize("ks", [[], [0, 1]])
def test_counts_are_positive(table, ks):
    with pytest.raises(ArgumentError, match=r"ks: .*numbers >= 1"):
        reproduction(table, ks)
