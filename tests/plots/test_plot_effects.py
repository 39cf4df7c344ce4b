import numpy as np
import pytest

from harsanyi import FixedThreshold, MaxEffect
from harsanyi.plots import sorted_effects


def _line(ax, label):
    (line,) = (line for line in ax.lines if line.get_label().startswith(label))
    return line


def _text(ax):
    (text,) = (text.get_text() for text in ax.texts)
    return text


def test_marks_are_the_effects_of_their_type_in_falling_order(table):
    ax = sorted_effects(table[0])
    both = np.concatenate((table[0].and_[1:], table[0].or_[1:]))
    shown = np.sort(np.abs(both))[::-1]
    shown = shown[shown > 1e-4 * shown[0]]
    marks = {kind: _line(ax, kind).get_xydata() for kind in ("AND", "OR")}
    rank, strength = np.concatenate(list(marks.values())).T
    order = rank.argsort()
    np.testing.assert_array_equal(rank[order], 1 + np.arange(len(shown)))
    np.testing.assert_allclose(strength[order], shown)
    assert np.isin(marks["OR"][:, 1], np.abs(table[0].or_)).all()
    assert _line(ax, "AND").get_marker() != _line(ax, "OR").get_marker()


def test_tau_and_the_count_beside_it(table):
    ax = sorted_effects(table[1])
    salient = table.salient()
    np.testing.assert_allclose(_line(ax, "τ").get_ydata(), salient.threshold[1])
    assert _text(ax).startswith(f"{salient.count[1]} salient effects\n")


def test_as_many_marks_above_tau_as_the_text_says(table):
    ax = sorted_effects(table[3], MaxEffect(share=0.2))
    tau = _line(ax, "τ").get_ydata()[0]
    above = sum((_line(ax, kind).get_ydata() >= tau).sum() for kind in ("AND", "OR"))
    assert _text(ax).startswith(f"{above} salient effects\n")


def test_several_samples_cross_a_common_tau_at_the_mean_count(table):
    ax = sorted_effects(table, FixedThreshold(0.3))
    rank, strength = np.concatenate([_line(ax, kind).get_xydata() for kind in ("AND", "OR")]).T
    assert rank[strength >= 0.3].max() == pytest.approx(table.salient(FixedThreshold(0.3)).count.mean())


def test_thresholds_that_differ_are_a_band(table):
    ax = sorted_effects(table, "max_effect")
    threshold = table.salient("max_effect").threshold
    (band,) = ax.patches
    np.testing.assert_allclose((band.get_y(), band.get_y() + band.get_height()), (threshold.min(), threshold.max()))
    np.testing.assert_allclose(_line(ax, "τ").get_ydata(), np.median(threshold))


def test_threshold_above_and_below_every_effect(table):
    assert _text(sorted_effects(table, FixedThreshold(1e6))).startswith("0.0 salient")
    assert "salient" in _text(sorted_effects(table, FixedThreshold(0.0)))


@pytest.mark.parametrize("share", [1e-4, 1e-3, 0.03, 0.3, 1.0, 10.0])
def test_text_stays_inside_and_off_the_marks(table, share):
    ax = sorted_effects(table[0], FixedThreshold(share * np.abs(table[0].and_[1:]).max()))
    ax.figure.draw_without_rendering()
    (text,) = ax.texts
    box = text.get_window_extent()
    inside = ax.get_window_extent()
    assert inside.y0 <= box.y0
    assert box.y1 <= inside.y1
    for kind in ("AND", "OR"):
        marks = ax.transData.transform(_line(ax, kind).get_xydata())
        assert not any(box.contains(*mark) for mark in marks)


def test_many_effects_are_thinned_but_keep_the_strongest(table):
    many = table[np.arange(600) % 6]
    ax = sorted_effects(many)
    line = _line(ax, "AND")
    assert len(line.get_xdata()) <= 400
    assert line.get_ydata()[0] == np.abs(table.and_[:, 1:]).max()
