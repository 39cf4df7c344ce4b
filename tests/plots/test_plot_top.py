from dataclasses import replace

import numpy as np
import pytest

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


def test_samples_with_other_players_are_numbered(table):
    mixed = replace(table, names=(tuple("abcde"), *table.names[1:]))
    assert top_interactions(mixed, 1).get_yticklabels()[0].get_text().startswith("player ")


def test_zeros_are_left_out(images):
    assert len(_bars(top_interactions(images[0], 50))) == 2


def test_k_is_positive(table):
    with pytest.raises(ArgumentError, match="k: given 0"):
        top_interactions(table, 0)
