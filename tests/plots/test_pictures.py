"""What holds for every picture."""

import inspect
import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi import ArgumentError, plots
from harsanyi.plots.accessor import Plots
from harsanyi.plots.style import coalition_label, shortened

ON_AXES = ["strength_by_order", "sorted_effects", "reproduction", "top_interactions"]


@pytest.mark.parametrize("name", ON_AXES)
@pytest.mark.parametrize("source", ["table", "images", "constant", "single"])
@pytest.mark.parametrize("one", [True, False])
def test_draws_without_failing(request, name, source, one):
    interactions = request.getfixturevalue(source)
    ax = getattr(plots, name)(interactions[0] if one else interactions)
    ax.figure.draw_without_rendering()
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()


@pytest.mark.parametrize("name", ON_AXES)
def test_no_samples_is_an_error_that_says_so(table, name):
    with pytest.raises(ArgumentError, match="interactions: given no samples"):
        getattr(plots, name)(table[:0])


@pytest.mark.parametrize("name", ON_AXES)
def test_uses_and_returns_the_axes_given(table, name):
    ax = Figure().add_subplot()
    assert getattr(plots, name)(table, ax=ax) is ax
    assert ax.has_data()


def test_images_use_what_they_are_given(images):
    ax, figure = Figure().add_subplot(), Figure()
    assert plots.interaction_on_image(images[0], 0, ax=ax) is ax
    assert plots.top_patches(images[0], figure=figure) is figure
    assert len(figure.axes) == 2


def test_images_of_no_effect(images):
    from dataclasses import replace

    none = replace(images, and_=0 * images.and_, or_=0 * images.or_)
    (ax,) = plots.top_patches(none[0]).axes
    assert ax.get_title() == "every effect is 0"


def test_settings_are_left_alone(table, images):
    before = dict(mpl.rcParams)
    for name in ON_AXES:
        getattr(plots, name)(table)
    plots.top_patches(images[0])
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", plots.__all__)
def test_accessor_has_the_same_signature(name):
    def rest(function):
        return [(p.name, p.default, p.annotation) for p in list(inspect.signature(function).parameters.values())[1:]]

    assert rest(getattr(Plots, name)) == rest(getattr(plots, name))


def test_accessor_of_all_and_of_one(table, images):
    assert isinstance(table.plot.top_interactions(3), Axes)
    assert isinstance(table.plot.sorted_effects("max_effect"), Axes)
    assert isinstance(table[0].plot.reproduction([1, 2]), Axes)
    assert isinstance(table.plot.strength_by_order(None), Axes)
    assert isinstance(images[0].plot.interaction_on_image((0, 1), "OR"), Axes)
    assert isinstance(images[0].plot.top_patches(1), Figure)


def test_a_notebook_can_show_the_figure(table):
    assert table.plot.strength_by_order().figure._repr_png_().startswith(b"\x89PNG")


def test_neither_import_nor_drawing_needs_pyplot():
    code = """
import sys, harsanyi
assert not any(name.startswith("matplotlib") for name in sys.modules)
result = harsanyi.extract_game(lambda coalitions: coalitions.all(1).astype(float), 2, progress=False)
result.plot.top_interactions().figure._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("length", [3, 4, 9, 10, 26])
def test_shortened_to_the_length(length):
    text = shortened("abcdefghijklmnopqrstuvwxyz", length)
    assert len(text) == length
    assert text[0] == "a"
    assert text[-1] == "z"


def test_labels_of_many_players_are_cut():
    names = [f"player {i}" for i in range(12)]
    for coalition in range(1, 1 << 12):
        label = coalition_label(coalition, names)
        assert len(label) <= 44
        assert label.startswith(names[(coalition & -coalition).bit_length() - 1])
    assert coalition_label(4095, names).endswith("player 11 (12)")
