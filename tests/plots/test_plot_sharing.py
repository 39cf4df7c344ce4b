"""The picture of what networks share: its curves, and words that fit."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import check_texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from harsanyi import extract_game
from harsanyi.analysis import Bootstrap, sharing
from harsanyi.plots import sharing_figure


def game(*weights):
    """Three players: one of them, two of them, any of them."""
    return extract_game(
        lambda x: weights[0] * x[:, 0] + weights[1] * x[:, 1:].all(1) + weights[2] * x.any(1), 3, progress=False
    )


@pytest.fixture(scope="module")
def found():
    return sharing({"one": game(1, 2, 1), "two": game(1, 3, 0)}, control={"$other_": game(0, 0, 1)},
                   bootstrap=Bootstrap(draws=10))  # fmt: skip


def test_three_curves_told_apart_without_colour(found):
    ax = found.plot.sharing_figure()
    together, apart, beside = (line for line in ax.lines if len(line.get_xdata()) == 3)
    np.testing.assert_array_equal(together.get_ydata(), found.order_share.value[0])
    np.testing.assert_array_equal(apart.get_ydata(), found.order_share.value[1])
    np.testing.assert_array_equal(beside.get_ydata(), found.control.order_share.value[0])
    assert [(line.get_marker(), line.get_linestyle()) for line in (together, apart, beside)] == [
        ("o", "-"), ("s", "--"), ("^", ":")
    ]  # fmt: skip
    assert to_rgba(apart.get_markerfacecolor()) == to_rgba("white")
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["split together", "split apart", "split together with another task"]
    title = ax.get_title(loc="left")
    assert "one and two" in title
    assert "one sample" in title


def test_no_text_covers_another_or_is_cut_in_wide_and_in_narrow_pictures(found):
    long = replace(found, joint={f"a long name of network {i} $x$": x for i, x in enumerate(found.joint.values())})
    for each in (found, long):
        check_texts(sharing_figure(each).figure)
        narrow = Figure(figsize=(4.5, 3.6), layout="constrained")
        FigureCanvasAgg(narrow)
        sharing_figure(each, narrow.add_subplot())
        check_texts(narrow)


def test_on_axes_given_and_without_control():
    ax = Figure().add_subplot()
    found = sharing({"a": game(1, 2, 1), "b": game(2, 1, 1)}, bootstrap=Bootstrap(draws=10))
    assert sharing_figure(found, ax) is ax
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["split together", "split apart"]
    ax.figure.draw_without_rendering()
