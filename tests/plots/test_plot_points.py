from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from harsanyi import ArgumentError
from harsanyi.plots import interaction_on_points, top_clusters
from harsanyi.plots.style import NEGATIVE, POSITIVE

UPRIGHT, UPSIDE_DOWN = 1, -1


def _drawn(ax):
    """Points of no player, of other players, and of the interaction, each (points, 3)."""
    return [np.stack(collection._offsets3d, axis=1) for collection in ax.collections]


def _direction(marks):
    """Whether the tip of triangular marks points up or down."""
    heights = marks.get_paths()[0].vertices[:3, 1]
    return UPRIGHT if (heights > heights.mean()).sum() == 1 else UPSIDE_DOWN


@pytest.mark.parametrize("players", [(0,), (0, 2), (0, 1, 2)])
def test_each_mark_has_the_points_of_its_regions(clouds, players):
    ax = interaction_on_points(clouds[0], players)
    regions, points = clouds.regions[0, :, 0], clouds.inputs[0]
    marked = np.isin(regions, players)
    expected = [points[regions < 0], points[(regions >= 0) & ~marked], points[marked]]
    for given, wanted in zip(_drawn(ax), expected, strict=True):
        np.testing.assert_array_equal(given, wanted)


def test_points_may_come_last_and_have_more_channels_than_three(clouds):
    turned = replace(clouds, inputs=clouds.inputs.swapaxes(1, 2), regions=clouds.regions.swapaxes(1, 2))
    normals = replace(clouds, inputs=np.concatenate((clouds.inputs, np.ones_like(clouds.inputs)), 2))
    for other in (turned, normals):
        for given, wanted in zip(
            _drawn(interaction_on_points(other, 0)), _drawn(interaction_on_points(clouds, 0)), strict=True
        ):
            np.testing.assert_array_equal(given, wanted)


def test_each_sample_has_its_own_points_and_regions(clouds):
    from harsanyi import Interactions

    names = ("scores", "and_", "or_", "objective", "lower_bound", "gap", "noise_bound", "iterations", "converged",
             "labels", "inputs")  # fmt: skip
    twice = {name: np.concatenate([getattr(clouds, name)] * 2) for name in names}
    twice["inputs"][1] += 1
    both = Interactions(
        **twice, names=clouds.names * 2, regions=np.concatenate((clouds.regions, clouds.regions[:, ::-1]))
    )
    np.testing.assert_array_equal(_drawn(interaction_on_points(both[1], 2))[2], both.inputs[1][::-1][26:48][::-1])


def test_kind_and_sign_are_told_without_colour(clouds):
    sample = replace(clouds, or_=-clouds.and_, and_=clouds.and_)[0]
    down = interaction_on_points(sample, (0, 1), "AND")
    up = interaction_on_points(sample, (0, 1), "OR")
    assert (down.get_title(), up.get_title()) == ("AND of 2 clusters: −2.00", "OR of 2 clusters: +2.00")
    down, up = down.collections[2], up.collections[2]
    assert (_direction(down), _direction(up)) == (UPSIDE_DOWN, UPRIGHT)
    assert [to_hex(marks.get_facecolor()[0]) for marks in (down, up)] == [NEGATIVE.lower(), "#ffffff"]
    assert [to_hex(marks.get_edgecolor()[0]) for marks in (down, up)] == [NEGATIVE.lower(), POSITIVE.lower()]


def test_marks_are_larger_than_dots_and_in_front(clouds):
    *dots, marks = interaction_on_points(clouds, 1).collections
    assert all(marks.get_sizes()[0] > 2 * dot.get_sizes()[0] for dot in dots)
    assert all(marks.get_zorder() > dot.get_zorder() for dot in dots)


@pytest.mark.parametrize("up", ["x", "y", "z"])
@pytest.mark.parametrize("turn", [(0, 0), (20, -60), (45, 45), (90, 0)])
def test_scales_are_equal_and_no_point_is_cut_off(clouds, up, turn):
    from mpl_toolkits.mplot3d import proj3d

    corners = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T * (3, 1, 3)
    box = replace(clouds, inputs=np.tile(corners, (8, 1))[None, :60])
    ax = interaction_on_points(box, 0, up=up)
    ax.view_init(*turn, vertical_axis=up)
    ax.figure.draw_without_rendering()
    limits = [np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim()), np.ptp(ax.get_zlim())]
    np.testing.assert_allclose(limits, limits[0])
    flat = np.stack(proj3d.proj_transform(*corners.T, ax.get_proj())[:2], axis=1)
    inside = ax.transAxes.inverted().transform(ax.transData.transform(flat))
    assert inside.min() > 0
    assert inside.max() < 1


def test_panels_are_the_strongest_interactions(clouds):
    figure = top_clusters(clouds[0])
    assert [ax.get_title() for ax in figure.axes] == ["−2.00\nAND of 2 clusters", "+1.00\nOR of 2 clusters"]
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["cluster 0, cluster 2", "cluster 0, cluster 3"]
    assert [len(_drawn(ax)[2]) for ax in figure.axes] == [5 + 9, 5 + 22]
    assert len(top_clusters(clouds[0], 1).axes) == 1
    given = Figure()
    assert top_clusters(clouds, figure=given) is given


def test_no_effect_and_one_point(clouds):
    (ax,) = top_clusters(replace(clouds, and_=0 * clouds.and_, or_=0 * clouds.or_)).axes
    assert ax.get_title() == "every effect is 0"
    same = replace(clouds, inputs=np.ones_like(clouds.inputs))
    assert top_clusters(same)._repr_png_()


def test_flat_axes_and_other_mistakes_are_refused(clouds):
    with pytest.raises(ArgumentError, match=r"^ax: given Axes.*3d"):
        interaction_on_points(clouds, 0, ax=Figure().add_subplot())
    with pytest.raises(ArgumentError, match=r"^up: given 'w'"):
        top_clusters(clouds, up="w")
    with pytest.raises(ArgumentError, match=r"^kind: given 'XOR'"):
        interaction_on_points(clouds, 0, "XOR")
    with pytest.raises(ArgumentError, match="keep_inputs=True"):
        top_clusters(replace(clouds, inputs=None))
    with pytest.raises(ArgumentError, match="without regions"):
        top_clusters(replace(clouds, regions=None))
    with pytest.raises(ArgumentError, match=r"^player: given 'cluster 1'"):
        interaction_on_points(clouds, "cluster 1")
