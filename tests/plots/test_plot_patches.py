from dataclasses import replace

import numpy as np
import pytest
import torch

from harsanyi import ArgumentError, Output, Regions, extract
from harsanyi.plots import interaction_on_image, top_patches
from harsanyi.plots.image import borders


def _tinted(ax):
    return np.asarray(ax.images[1].get_array())[..., 3] > 0


def test_tint_is_the_region_of_the_players(images):
    ax = interaction_on_image(images[0], (0, 3))
    np.testing.assert_array_equal(_tinted(ax), np.isin(images.regions[0], (0, 3)))
    assert ax.get_title() == "AND of 2 patches: +4.00"


def test_title_tells_the_effect_of_the_type(images):
    sample = replace(images, or_=images.or_ + np.arange(64))[1]
    assert interaction_on_image(sample, (0, 1), "OR").get_title() == "OR of 2 patches: +3.00"
    assert interaction_on_image(sample, 5).get_title() == "AND of 1 patch: −1.00"


def test_each_sample_has_its_own_regions(images):
    regions = np.concatenate((images.regions, images.regions[:, ::-1]))
    both = replace(images, regions=regions)
    for sample, region in zip(both, regions, strict=True):
        np.testing.assert_array_equal(_tinted(interaction_on_image(sample, 1)), region == 1)


def test_names_and_numbers_are_the_same(images):
    named = interaction_on_image(images[0], ("r0c0", "r1c1"))
    np.testing.assert_array_equal(_tinted(named), _tinted(interaction_on_image(images[0], (0, 3))))


def test_outline_runs_around_the_patch(images):
    ax = interaction_on_image(images[0], 3, kind="OR")
    sides = {tuple(map(tuple, line)) for line in ax.collections[-1].get_segments()}
    left, right, top, bottom = 1.5, 3.5, 1.5, 3.5  # row 1, column 1 of cells of 2 x 2 pixels
    assert sides == {
        ((left, top), (left, bottom)), ((right, top), (right, bottom)),
        ((left, top), (right, top)), ((left, bottom), (right, bottom)),
    }  # fmt: skip


def test_and_is_solid_and_or_is_dashed(images):
    dashes = [interaction_on_image(images[0], 3, kind).collections[-1].get_linestyle()[0][1] for kind in ("AND", "OR")]
    assert dashes[0] is None
    assert dashes[1] is not None


def test_panels_are_the_strongest_interactions(images):
    figure = top_patches(images[1])
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["+4.00\nAND of 2 patches", "−1.00\nAND of 1 patch"]
    np.testing.assert_array_equal(_tinted(figure.axes[1]), images.regions[0] == 5)
    assert len(top_patches(images[1], 1).axes) == 1


@pytest.mark.parametrize(
    ("names", "noun"),
    [
        ([f"superpixel {i}" for i in range(6)], "superpixels"),
        ([f"region {i}" for i in range(6)], "regions"),
        (["nose", "left eye", "right eye", "mouth", "chin", "region 5"], "regions"),
    ],
)
def test_players_are_called_what_their_names_say(images, names, noun):
    named = replace(images, names=(tuple(names),) * 2)[0]
    assert top_patches(named).axes[0].get_title() == f"+4.00\nAND of 2 {noun}"
    assert interaction_on_image(named, (0, 3)).get_title() == f"AND of 2 {noun}: +4.00"


def _below(ax):
    (text,) = ax.texts
    return text.get_text()


def test_a_few_players_are_named_below_their_panel(images):
    figure = top_patches(images[0])
    assert [_below(ax) for ax in figure.axes] == ["r0c0, r1c1", "r2c1"]
    names = ("$a_1$", "b", "c", "a name that is far too long for one line of a panel", "e", "f\ng")
    figure = top_patches(replace(images, names=(names,) * 2)[0])
    figure.draw_without_rendering()
    first, second = (ax.texts[0] for ax in figure.axes)
    assert first.get_text() == "$a_1$, a name that…e of a panel"
    assert second.get_text() == "f g"
    assert not first.get_parse_math()


def test_many_players_are_not_named(images):
    many = replace(images, and_=np.eye(64)[[0b1111, 0b111]])
    assert [_below(top_patches(many[i]).axes[0]) for i in range(2)] == ["", "r0c0, r0c1, r1c0"]


@pytest.mark.parametrize("k", [1, 4, 7])
@pytest.mark.parametrize("noun", ["superpixel", "r{}c"])
@pytest.mark.parametrize("size", [(6, 4), (6, 18), (30, 10)])
def test_titles_and_names_have_room_and_no_strip_is_empty(images, k, noun, size):
    from matplotlib.transforms import Bbox

    generator = np.random.default_rng(k)
    many = replace(images, and_=generator.normal(0, 1e-3, (2, 64)), inputs=np.ones((2, 1, *size)))
    named = replace(many, names=(tuple(f"{noun} {i}" if noun[0] == "s" else f"r{i}c{i}" for i in range(6)),) * 2)
    figure = top_patches(named[0], k)
    figure.draw_without_rendering()
    whole = figure.bbox
    titles = [ax.title.get_window_extent() for ax in figure.axes]
    names = [ax.texts[0].get_window_extent() for ax in figure.axes if ax.texts[0].get_text()]
    written = [*titles, *names, figure._suptitle.get_window_extent(), figure.legends[0].get_window_extent()]
    for at, box in enumerate(written):
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1
        assert not any(box.overlaps(other) for other in written[:at])
    panels = [ax.get_position().transformed(figure.transFigure) for ax in figure.axes]
    drawn = Bbox.union([*written, *panels])
    assert drawn.height > whole.height - 0.35 * figure.dpi
    assert figure.legends[0].get_window_extent().y1 > min(box.y0 for box in panels) - 1.0 * figure.dpi


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_outlines_of_other_players_are_seen_on_dark_and_light_images(images, value):
    ax = interaction_on_image(images[0], 5)
    below, above = ax.collections[:2]
    assert below.get_linewidth()[0] > 2 * above.get_linewidth()[0]
    assert len(below.get_segments()) == len(above.get_segments()) > 4
    seen = [np.mean(lines.get_colors()[0][:3]) for lines in (below, above)]
    opacity = [lines.get_colors()[0][3] for lines in (below, above)]
    assert max(abs(shade - value) * share for shade, share in zip(seen, opacity, strict=True)) > 0.5


def test_pixels_are_the_sample_in_the_range_0_to_1(images):
    pixels = np.asarray(interaction_on_image(images[1], 0).images[0].get_array())
    sample = images.inputs[1, 0]
    np.testing.assert_allclose(pixels, (sample - sample.min()) / np.ptp(sample), atol=1e-6)


def test_colour_image_and_stretched_regions(images):
    image = np.random.default_rng(0).normal(size=(3, 12, 8)) * 100
    ax = interaction_on_image(images[0], 5, image=image)
    assert np.asarray(ax.images[0].get_array()).shape == (12, 8, 3)
    assert ax.images[0].get_extent() == ax.images[1].get_extent()
    corners = np.concatenate(ax.collections[-1].get_segments())
    np.testing.assert_array_equal(corners.max(0), (7.5, 11.5))
    np.testing.assert_array_equal(corners.min(0), (3.5, 7.5))


@pytest.mark.parametrize("shape", [(4, 4), (1, 4, 4), (3, 4, 4)])
def test_regions_with_and_without_channels(shape):
    regions = torch.zeros(shape, dtype=torch.int64)
    regions[..., 2:] = 1
    result = extract(
        lambda x: x.flatten(1).sum(1, keepdim=True), torch.rand(1, 3, 4, 4), players=Regions(regions), score=Output(),
        progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(_tinted(interaction_on_image(result, 1))[0], [False, False, True, True])


def test_constant_image(images):
    plain = replace(images, inputs=np.ones_like(images.inputs))
    assert not np.asarray(interaction_on_image(plain[0], 0).images[0].get_array()).any()


def test_borders_join_along_a_line():
    lines = borders(np.zeros((5, 7), dtype=int), 5, 7)
    assert sorted(lines) == sorted([
        ((-0.5, -0.5), (-0.5, 4.5)), ((6.5, -0.5), (6.5, 4.5)), ((-0.5, -0.5), (6.5, -0.5)), ((-0.5, 4.5), (6.5, 4.5)),
    ])  # fmt: skip
    assert borders(np.full((2, 2), -1), 2, 2) == []


def test_several_samples_ask_for_one(images):
    with pytest.raises(ArgumentError, match=r"sample: given 2 samples; accepted: one sample.*interactions\[0\]"):
        top_patches(images)


def test_missing_inputs_say_what_to_do(images):
    bare = replace(images, inputs=None)
    with pytest.raises(ArgumentError, match="keep_inputs=True"):
        top_patches(bare[0])
    assert top_patches(bare[0], image=images.inputs[0]).axes


def test_missing_regions(images):
    with pytest.raises(ArgumentError, match="without regions"):
        top_patches(replace(images, regions=None)[0])


def test_a_table_is_no_image(table):
    with pytest.raises(ArgumentError, match=r"sample: given shape \(5,\).*height, width"):
        top_patches(table[0])
    with pytest.raises(ArgumentError, match=r"regions of shape \(5,\)"):
        top_patches(table[0], image=np.zeros((2, 2)))


def test_image_of_another_shape(images):
    with pytest.raises(ArgumentError, match=r"image: given shape \(6, 4, 2\).*1 or 3 channels"):
        interaction_on_image(images[0], 0, image=np.zeros((6, 4, 2)))


@pytest.mark.parametrize(
    ("players", "kind", "what"), [("nose", "AND", "player"), (0, "XOR", "kind"), ((), "OR", "players")]
)
def test_unknown_interaction(images, players, kind, what):
    with pytest.raises(ArgumentError, match=f"^{what}: "):
        interaction_on_image(images[0], players, kind)
