"""What holds for every picture."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from harsanyi import ArgumentError, plots
from harsanyi.plots.style import NEGATIVE, POSITIVE, Picture, coalition_label, shortened

ON_SAMPLE = {"images": "top_patches", "sentences": "top_words", "clouds": "top_clusters"}
ON_AXES = ["strength_by_order", "sorted_effects", "reproduction", "top_interactions"]


@pytest.mark.parametrize("name", ON_AXES)
@pytest.mark.parametrize("source", ["table", "images", "sentences", "clouds", "constant", "single"])
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
    none = replace(images, and_=0 * images.and_, or_=0 * images.or_)
    (ax,) = plots.top_patches(none[0]).axes
    assert ax.get_title() == "every effect is 0"


@pytest.mark.parametrize(("source", "picture"), ON_SAMPLE.items())
def test_every_sample_gets_the_picture_that_fits(request, source, picture):
    sample = request.getfixturevalue(source)[0]
    figure = plots.top_on_sample(sample, 2)
    assert figure._repr_png_() == getattr(plots, picture)(sample, 2)._repr_png_()


def test_a_sample_that_cannot_be_drawn_has_no_picture(table, single):
    assert plots.sample_kind(table[0]) is None
    assert plots.top_on_sample(table[0]) is None
    assert plots.top_on_sample(single) is None
    numbered = replace(single, inputs=np.array(["one"]), regions=np.zeros((1, 3, 3), dtype=np.int16))
    assert plots.sample_kind(numbered) is None


@pytest.mark.parametrize("source", ["images", "sentences", "clouds", "table"])
@pytest.mark.parametrize("fitting", ["images", "sentences", "clouds"])
def test_a_picture_of_another_kind_is_refused_and_the_right_one_named(request, source, fitting):
    sample = request.getfixturevalue(source)[0]
    one = {"images": "interaction_on_image", "sentences": "interaction_on_sentence", "clouds": "interaction_on_points"}
    for draw in (getattr(plots, ON_SAMPLE[fitting]), lambda sample: getattr(plots, one[fitting])(sample, 0)):
        if source == fitting:
            draw(sample)
            continue
        with pytest.raises(ArgumentError, match=f"^sample: given .*accepted: an? .*{ON_SAMPLE.get(source, '')}"):
            draw(sample)


def test_another_image_never_hides_what_the_sample_is(clouds):
    with pytest.raises(ArgumentError, match="top_clusters"):
        plots.top_patches(clouds[0], image=np.zeros((60, 60)))


@pytest.mark.parametrize(
    ("shape", "regions", "kind"),
    [
        ((1, 4, 6), (4, 6), "image"),
        ((3, 4, 6), (1, 2, 3), "image"),
        ((4, 6), (4, 6), "image"),
        ((60, 3), (60, 1), "points"),
        ((3, 60), (1, 60), "points"),
        ((60, 6), (60, 1), "points"),
        ((28, 28), (28, 1), "image"),
        ((2, 4, 6), (4, 6), None),
        ((3, 4, 6), (3, 4, 6), None),  # other players in each channel
        ((60,), (60,), None),
    ],
)
def test_kinds_are_told_by_shapes(single, shape, regions, kind):
    players = np.arange(np.prod(regions), dtype=np.int16).reshape(1, *regions)
    assert plots.sample_kind(replace(single, inputs=np.zeros((1, *shape)), regions=players)) == kind


def test_settings_are_left_alone(table, images, sentences, clouds):
    before = dict(mpl.rcParams)
    for name in ON_AXES:
        getattr(plots, name)(table)
    for sample in (images[0], sentences[0], clouds[0]):
        plots.top_on_sample(sample)
    assert dict(mpl.rcParams) == before


def accessors():
    """Every class of pictures, the one of each kind of result."""
    names = [module.name for module in pkgutil.iter_modules(plots.__path__)]
    modules = [importlib.import_module(f"harsanyi.plots.{name}") for name in names]
    classes = {kind for module in modules for kind in vars(module).values() if inspect.isclass(kind)}
    return sorted((kind for kind in classes if kind.__name__.endswith("Plots")), key=lambda kind: kind.__name__)


def drawn_by(accessor):
    return [name for name, _ in inspect.getmembers(accessor, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize(("accessor", "name"), [(kind, name) for kind in accessors() for name in drawn_by(kind)])
def test_accessor_has_the_same_signature(accessor, name):
    def rest(function):
        return [(p.name, p.default, p.annotation) for p in list(inspect.signature(function).parameters.values())[1:]]

    assert rest(getattr(accessor, name)) == rest(getattr(plots, name))


def test_every_picture_is_that_of_a_result():
    assert set(plots.__all__) - {name for kind in accessors() for name in drawn_by(kind)} == {"theory_fit"}


def test_accessor_of_all_and_of_one(table, images, sentences, clouds):
    assert isinstance(table.plot.top_interactions(3), Axes)
    assert isinstance(table.plot.sorted_effects("max_effect"), Axes)
    assert isinstance(table[0].plot.reproduction([1, 2]), Axes)
    assert isinstance(table.plot.strength_by_order(None), Axes)
    assert isinstance(images[0].plot.interaction_on_image((0, 1), "OR"), Axes)
    assert isinstance(images[0].plot.top_patches(1), Figure)
    assert isinstance(sentences[0].plot.interaction_on_sentence((0, "fun"), "OR"), Axes)
    assert isinstance(sentences.plot.top_words(1), Figure)
    assert isinstance(clouds[0].plot.interaction_on_points((0, 1), up="y"), Axes)
    assert isinstance(clouds.plot.top_clusters(1), Figure)
    assert clouds.plot.sample_kind() == "points"
    assert isinstance(clouds.plot.top_on_sample(), Figure)


EVERYWHERE = {"strength_by_order", "sorted_effects", "reproduction", "top_interactions"}


@pytest.mark.parametrize(
    ("source", "fitting"),
    [
        ("images", {"top_patches", "interaction_on_image"}),
        ("sentences", {"top_words", "interaction_on_sentence"}),
        ("clouds", {"top_clusters", "interaction_on_points"}),
        ("table", set()),
    ],
)
def test_completion_offers_the_pictures_that_fit(request, source, fitting):
    interactions = request.getfixturevalue(source)
    assert {name for name in dir(interactions[0].plot) if name[0] != "_"} == EVERYWHERE | fitting
    if len(interactions) > 1:
        assert {name for name in dir(interactions.plot) if name[0] != "_"} == EVERYWHERE
    assert {name for name in dir(interactions[:0].plot) if name[0] != "_"} == EVERYWHERE


@pytest.mark.parametrize("source", ON_SAMPLE)
@pytest.mark.parametrize("layout", ["new", None, "constrained", "tight"])
def test_a_legend_explains_colours_and_kinds_and_covers_nothing(request, source, layout):
    sample = request.getfixturevalue(source)[0]
    figure = None if layout == "new" else Figure(figsize=(7, 4), layout=layout)
    figure = plots.top_on_sample(sample) if figure is None else getattr(plots, ON_SAMPLE[source])(sample, figure=figure)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["raises the score", "lowers the score", "AND (all present)", "OR (any present)"]
    room = legend.get_window_extent()
    assert 0 <= room.x0 < room.x1 <= figure.bbox.x1
    for ax in figure.axes:
        assert not any(room.overlaps(text.get_window_extent()) for text in [*ax.texts, ax.title] if text.get_text())


def _handles(figure):
    return figure.legends[0].legend_handles


@pytest.mark.parametrize("source", ["images", "sentences"])
def test_the_legend_has_the_colours_and_outlines_of_the_picture(request, source):
    raises, lowers, and_, or_ = _handles(plots.top_on_sample(request.getfixturevalue(source)[0]))
    assert [to_hex(handle.get_edgecolor()) for handle in (raises, lowers)] == [POSITIVE.lower(), NEGATIVE.lower()]
    assert (and_.get_linestyle(), or_.get_linestyle()) == ("-", "--")


def test_the_legend_of_clouds_has_their_marks(clouds):
    raises, lowers, and_, or_ = _handles(plots.top_clusters(clouds))
    assert [handle.get_marker() for handle in (raises, lowers)] == ["^", "v"]
    assert [handle.get_color() for handle in (raises, lowers)] == [POSITIVE, NEGATIVE]
    assert and_.get_markerfacecolor() == and_.get_color()
    assert or_.get_markerfacecolor() == "white"


@pytest.mark.parametrize("source", ON_SAMPLE)
def test_titles_tell_the_label_and_both_scores_as_they_stand(request, source):
    sample = request.getfixturevalue(source)
    named = replace(sample, labels=0 * sample.labels + 3, provenance={"label_names": {"3": "a $x$ 猫"}})[0]
    figure = plots.top_on_sample(named)
    title = figure.axes[0]._left_title if source == "sentences" else figure._suptitle
    for drawn in (title, plots.top_interactions(named)._left_title):
        text = drawn.get_text().replace("\n", " ")
        assert text.startswith("Strongest interactions of sample 0")
        assert "label 3 (a $x$ " in text
        whole, nothing = (f"{named.scores[at]:.4g}".replace("-", "−") for at in (-1, 0))
        assert text.endswith(f"score {whole}, with all players masked {nothing}")
        assert not drawn.get_parse_math()
    assert figure._repr_png_()


def test_a_title_fits_into_the_narrowest_picture(images):
    long = replace(images, labels=images.labels * 0 + 123456, provenance={"label_names": {"123456": "word " * 30}})
    figure = plots.top_patches(long[0], 1)
    figure.draw_without_rendering()
    box = figure._suptitle.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.x1


@pytest.mark.parametrize("name", ["sorted_effects", "reproduction"])
@pytest.mark.parametrize("source", ["table", "images", "single", "constant"])
def test_ranks_are_plain_numbers(request, name, source):
    ax = getattr(plots, name)(request.getfixturevalue(source)[0])
    ax.figure.draw_without_rendering()
    low, high = ax.get_xlim()
    shown = [(at, label.get_text()) for at, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)]
    shown = [(at, text) for at, text in shown if low <= at <= high]
    if ax.get_xscale() == "log" and ax.has_data() and source != "constant":
        assert shown
        assert all(text == f"{at:,g}" for at, text in shown)
        assert not any(label.get_text() for label in ax.get_xticklabels(minor=True))


def test_a_notebook_can_show_the_figure(table):
    assert table.plot.strength_by_order().figure._repr_png_().startswith(b"\x89PNG")


def test_a_picture_laid_out_once_is_the_one_that_is_drawn_twice(images, monkeypatch):
    ours = images.plot.top_interactions().figure._repr_png_()
    monkeypatch.setattr(Picture, "draw", Figure.draw)
    assert images.plot.top_interactions().figure._repr_png_() == ours


def test_neither_import_nor_drawing_needs_pyplot():
    code = """
import sys, harsanyi
import numpy as np
from dataclasses import replace
assert not any(name.startswith("matplotlib") for name in sys.modules)
result = harsanyi.extract_game(lambda coalitions: coalitions.all(1).astype(float), 2, progress=False)
result.plot.top_interactions().figure._repr_png_()
text = np.array([[0, 0, -1, 1]], dtype=np.int16)
replace(result, inputs=np.array(["no $x"]), regions=text).plot.top_words()._repr_png_()
cloud = np.arange(12.0).reshape(1, 4, 3)
replace(result, inputs=cloud, regions=text[..., None]).plot.top_clusters()._repr_png_()
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
