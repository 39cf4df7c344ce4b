"""Generated shapes lie on their surfaces, evenly, and come in every class alike."""

import numpy as np
import pytest
import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo import load_data
from harsanyi.zoo.point_sampling import in_unit_sphere, on_cone, on_cylinder, on_sphere, on_torus, on_triangles
from harsanyi.zoo.shapes import SHAPES, shapes

MANY = 40_000


def radius(points):
    return np.hypot(points[:, 0], points[:, 1])


def on_surface(name, points):
    """Distance of each point from the surface, by its equation."""
    x, y, z = points.T
    around = radius(points)
    if name == "sphere":
        return np.abs(np.linalg.norm(points, axis=1) - 1)
    if name == "torus":
        return np.abs(np.hypot(around - 1, z) - 0.4)
    if name == "cylinder":
        return np.abs(np.maximum(around, np.abs(z)) - 1)
    if name == "cone":
        return np.minimum(np.abs(2 * around + z - 1), np.abs(z + 1))
    if name == "cube":
        return np.abs(np.abs(points).max(1) - 1)
    if name == "octahedron":
        return np.abs(np.abs(points).sum(1) - 1)
    if name == "pyramid":
        return np.minimum(np.abs(2 * np.maximum(np.abs(x), np.abs(y)) + z - 1), np.abs(z + 1))
    planes = np.stack([x + y - z, x - y + z, -x + y + z, -x - y - z])
    return np.abs(planes.max(0) - 1)


# Region of each surface, and the share of the surface's area that it has.
REGIONS = {
    "sphere": (lambda p: p[:, 2] > 0.5, 1 / 4),
    "torus": (lambda p: radius(p) > 1, (np.pi + 2 * 0.4) / (2 * np.pi)),
    "cylinder": (lambda p: p[:, 2] > 1 - 1e-9, 1 / 6),
    "cone": (lambda p: p[:, 2] > 0, np.sqrt(5) / 4 / (1 + np.sqrt(5))),
    "cube": (lambda p: p[:, 1] > 1 - 1e-9, 1 / 6),
    "octahedron": (lambda p: (p > 0).all(1), 1 / 8),
    "pyramid": (lambda p: p[:, 2] < -1 + 1e-9, 1 / (1 + np.sqrt(5))),
    "tetrahedron": (lambda p: p[:, 0] + p[:, 1] - p[:, 2] > 1 - 1e-9, 1 / 4),
}


@pytest.mark.parametrize("name", SHAPES)
def test_points_are_uniform_on_the_surface(name):
    points = SHAPES[name](MANY, np.random.default_rng(0))
    assert points.shape == (MANY, 3)
    np.testing.assert_allclose(on_surface(name, points), 0, atol=1e-9)
    region, share = REGIONS[name]
    assert abs(region(points).mean() - share) < 5 * np.sqrt(share * (1 - share) / MANY)


@pytest.mark.parametrize("draw", [on_sphere, on_cylinder, on_cone, on_torus])
def test_round_surfaces_have_no_preferred_direction(draw):
    points = draw(MANY, np.random.default_rng(1))
    quarters = np.bincount((np.arctan2(points[:, 1], points[:, 0]) // (np.pi / 2)).astype(int) + 2, minlength=4)
    np.testing.assert_allclose(quarters / MANY, 0.25, atol=0.012)


def test_triangles_are_drawn_by_their_area_and_evenly_inside():
    triangles = np.array([[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 0, 5], [3, 0, 5], [0, 1, 5]]], dtype=float)
    points = on_triangles(triangles, MANY, np.random.default_rng(2))
    high = points[:, 2] == 5
    assert abs(high.mean() - 0.75) < 0.012
    np.testing.assert_allclose(points[high].mean(0), [1, 1 / 3, 5], atol=0.03)
    assert (points[high][:, 0] / 3 + points[high][:, 1] <= 1).all()


def test_clouds_fit_the_unit_sphere_and_classes_are_equally_many():
    data = load_data("shapes", samples=80, points=100, jitter=0.0, seed=3)
    inputs, labels = torch.cat([data.train_inputs, data.test_inputs]), torch.cat([data.train_labels, data.test_labels])
    assert inputs.shape == (80, 100, 3)
    assert inputs.dtype == torch.float32
    assert torch.bincount(labels).tolist() == [10] * 8
    farthest = inputs.norm(dim=2).amax(1)
    assert (farthest <= 1 + 1e-6).all()
    assert (farthest >= 0.7 - 1e-6).all()
    np.testing.assert_allclose(inputs.mean(1), 0, atol=1e-6)


def test_the_axis_of_rotation_is_vertical():
    clouds, labels = shapes(samples=64, points=200, jitter=0.0), None
    inputs, labels = clouds.train.read(torch.arange(64)), clouds.train.labels
    lids = inputs[labels == clouds.class_names.index("cylinder")]
    for cloud in lids:
        assert (cloud[:, 2].max() - cloud[:, 2] < 1e-5).sum() > 10  # the lid is still level
    cubes = inputs[labels == clouds.class_names.index("cube")]
    assert sum(bool((cloud[:, 0].max() - cloud[:, 0] < 1e-5).sum() > 10) for cloud in cubes) < len(cubes)


def test_seed_and_jitter():
    first, again, other = (shapes(16, 64, seed=seed).train for seed in (0, 0, 1))
    rows = torch.arange(16)
    assert torch.equal(first.read(rows), again.read(rows))
    assert not torch.equal(first.read(rows), other.read(rows))
    still, moved = (shapes(1, 20_000, jitter, seed=5).train.read(torch.arange(1))[0] for jitter in (0.0, 0.05))
    assert abs(float((moved - still).std()) - 0.05) < 0.001


def test_points_in_one_place_stay_there():
    np.testing.assert_array_equal(in_unit_sphere(np.full((4, 3), 7.0)), np.zeros((4, 3)))


@pytest.mark.parametrize(
    "options", [{"samples": 0}, {"points": 3}, {"jitter": -0.1}, {"jitter": float("nan")}, {"seed": -1}]
)
def test_shapes_that_cannot_be_are_refused(options):
    with pytest.raises(ArgumentError, match=next(iter(options))):
        shapes(**options)
