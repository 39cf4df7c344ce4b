"""Generated point clouds: points on the surfaces of simple solids."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.zoo.data import Source, array_part
from harsanyi.zoo.point_sampling import (
    Draw,
    Points,
    in_unit_sphere,
    on_cone,
    on_cylinder,
    on_sphere,
    on_torus,
    on_triangles,
)


def shapes(samples: int = 800, points: int = 256, jitter: float = 0.01, seed: int = 0) -> Source[Tensor]:
    """Point clouds of eight kinds of surface, equally many of each, in random order.

    Each cloud is drawn uniformly from its surface, scaled into the unit sphere, turned by a random angle about the
    vertical axis (the third), shrunk by a random factor in [0.7, 1], and jittered.

    Args:
        samples: number of clouds.
        points: number of points of each.
        jitter: standard deviation of the noise on each coordinate, in units of the sphere's radius, >= 0.
        seed: of everything random here.

    Returns:
        The `Source`: clouds (samples, points, 3), float32, and their labels; classes as in `SHAPES`.

    Raises:
        ArgumentError: a number or a jitter out of range.

    Example:
        >>> source = shapes(samples=16, points=64)
        >>> source.train.read(torch.arange(3)).shape, source.class_names[:3]
        (torch.Size([3, 64, 3]), ('sphere', 'cylinder', 'cone'))
    """
    require_whole(samples=samples)
    require_whole(4, points=points)
    require_whole(0, seed=seed)
    if not jitter >= 0:
        raise ArgumentError("jitter", jitter, "a number >= 0")
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(samples) % len(SHAPES))
    draws = list(SHAPES.values())
    clouds = np.stack([_cloud(draws[label], points, jitter, random) for label in labels])
    part = array_part(torch.tensor(clouds, dtype=torch.float32), torch.tensor(labels))
    return Source(part, tuple(SHAPES))


def _cloud(draw: Draw, points: int, jitter: float, random: np.random.Generator) -> Points:
    angle, scale = random.uniform(0, 2 * np.pi), random.uniform(0.7, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    cloud: Points = scale * in_unit_sphere(draw(points, random)) @ turn
    cloud += jitter * random.standard_normal(cloud.shape)
    return cloud


def _solid(corners: list[tuple[float, float, float]], faces: list[tuple[int, ...]]) -> Draw:
    """A draw from the surface of a solid with flat, convex faces, each given by the numbers of its corners in order."""
    fans = [(face[0], face[i], face[i + 1]) for face in faces for i in range(1, len(face) - 1)]
    return partial(on_triangles, np.array(corners)[np.array(fans)])


_CUBE = _solid(
    [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)],
    [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)],
)
_BASE = [(1, 1, -1), (-1, 1, -1), (-1, -1, -1), (1, -1, -1)]
_SLOPES = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]
_PYRAMID = _solid([*_BASE, (0, 0, 1)], [(0, 1, 2, 3), *_SLOPES])
_SQUARE = [(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0)]
_OCTAHEDRON = _solid([*_SQUARE, (0, 0, 1), (0, 0, -1)], [*_SLOPES, *((a, b, 5) for a, b, _ in _SLOPES)])
_TETRAHEDRON = _solid([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)])

SHAPES: dict[str, Draw] = {
    "sphere": on_sphere,
    "cylinder": on_cylinder,
    "cone": on_cone,
    "torus": on_torus,
    "cube": _CUBE,
    "pyramid": _PYRAMID,
    "octahedron": _OCTAHEDRON,
    "tetrahedron": _TETRAHEDRON,
}
