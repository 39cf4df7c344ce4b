from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from harsanyi import ArgumentError
from harsanyi.plots import top_interactions


def _bars(ax):
    return [container[0] for container in ax.containers]


@pytest.mark.parametrize("one", [True, False])
def test_bars_are_the_rows_of_top(table, one):
    source = table[4] if one else table
    expected = source.top(7)
    ax = top_interactions(source, 7)
    np.testing.assert_allclose([bar.get_width() for bar in _bars(ax)], expected["effect"])
    assert [bool(bar.get_hatch()) for bar in _bars(ax)] == list(expected["type"] == "OR")
    assert [bar.get_y() for bar in _bars(ax)] == sorted(bar.get_y() for bar in _bars(ax))
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is on top


def test_numbers_beside_the_bars_have_true_signs(table):
    texts = [text.get_text() for text in top_interactions(table[0], 20).texts]
    for text, effect in zip(texts, table[0].top(20)["effect"], strict=True):
        assert text[0] == ("−" if effect < 0 else "+")
        assert float(text.replace("−", "-")) == pytest.approx(effect, rel=5e-3)


def test_line_is_the_middle_half_of_the_samples(table):
    ax = top_interactions(table, 1)
    _, coalition = max((np.abs(table.and_[:, c]).mean(), c) for c in range(1, 32))
    np.testing.assert_allclose(ax.lines[0].get_xdata(), np.quantile(table.and_[:, coalition], (0.25, 0.75)))


def test_labels_are_the_players_and_short(table):
    labels = [label.get_text() for label in top_interactions(table[0], 20).get_yticklabels()]
    assert "age" in labels
    assert max(map(len, labels)) <= 52
    assert any("a name that…" in label for label in labels)


def test_names_are_drawn_as_they_are(table):
    named = replace(table, names=(("income $", "rent $", "a\nb", "x_1^2", "{}"),) * 6)
    ax = top_interactions(named[0], 20)
    ax.figure.draw_without_rendering()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert "income $, rent $" in labels
    assert "a b" in labels
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())


def test_samples_with_other_players_have_no_mean(table):
    mixed = replace(table, names=(tuple("abcde"), *table.names[1:]))
    with pytest.raises(ArgumentError, match="interactions: given 6 samples whose players differ"):
        top_interactions(mixed, 1)
    assert top_interactions(mixed[0]).get_yticklabels()[0].get_text()[0] in "abcde"


def _overlaps(boxes):
    return [(i, j) for i, box in enumerate(boxes) for j in range(i) if box.overlaps(boxes[j])]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("scale", [1, 2.7e-4, 1e-6, 1e5])
@pytest.mark.parametrize("given", ["new", "narrow"])
def test_numbers_names_scale_and_legend_never_overlap(table, sign, scale, given):
    source = replace(table, and_=sign * scale * np.abs(table.and_), or_=sign * scale * table.or_)
    figure = Figure(figsize=(8, 4), layout="constrained")
    for interactions in (source, source[0]):
        ax = top_interactions(interactions, 10, None if given == "new" else figure.subplots(1, 2)[0])
        ax.figure.draw_without_rendering()
        names, ticks = ([label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]
                        for labels in (ax.get_yticklabels(), _visible(ax)))  # fmt: skip
        numbers = [text.get_window_extent() for text in ax.texts]
        assert len(ticks) >= (2 if given == "new" else 1)
        assert not _overlaps([*names, *numbers])
        assert not _overlaps(ticks)
        assert not ax.xaxis.get_offset_text().get_text()
        whole = ax.figure.bbox
        assert all(whole.x0 <= box.x0 < box.x1 <= whole.x1 for box in [*names, *numbers])
        legend = ax.get_legend().get_window_extent()
        bars = [bar.get_window_extent() for bar in _bars(ax)]
        assert given == "narrow" or not any(legend.overlaps(box) for box in bars)
        figure.clear()


def _visible(ax):
    low, high = sorted(ax.get_xlim())
    return [label for at, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True) if low <= at <= high]


def test_players_with_both_effects_are_told_apart_in_words(table):
    one = replace(table[0].one(), and_=np.zeros((1, 32)), or_=np.zeros((1, 32)))
    one.and_[0, [0b11, 0b101]] = 3, -2
    one.or_[0, [0b11, 0b110]] = 1, 0.5
    labels = [label.get_text() for label in top_interactions(one).get_yticklabels()]
    assert labels == ["age, height (AND)", "age, weight", "age, height (OR)", "height, weight"]
    assert top_interactions(one, 2).get_yticklabels()[0].get_text() == "age, height"


def test_the_order_of_several_samples_is_explained(table):
    title = top_interactions(table).get_title(loc="left")
    assert "order: mean |effect|" in title
    assert "bar: mean effect" in title
    assert "mean" not in top_interactions(table[0]).get_title(loc="left")


def test_zeros_are_left_out(images):
    assert len(_bars(top_interactions(images[0], 50))) == 2


def test_k_is_positive(table):
    with pytest.raises(ArgumentError, match="k: given 0"):
        top_interactions(table, 0)
