"""Points drawn uniformly from surfaces, and their normal form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Points]


def on_triangles(triangles: Points, count: int, random: np.random.Generator) -> Points:
    """Points on triangles (triangles, 3 corners, 3), uniform over their joint surface, (count, 3)."""
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    areas = np.linalg.norm(np.cross(first, second), axis=1)
    chosen = random.choice(len(triangles), count, p=areas / areas.sum())
    along = random.random((count, 2, 1))
    along = np.where(along.sum(1, keepdims=True) > 1, 1 - along, along)  # fold the parallelogram onto the triangle
    points: Points = triangles[chosen, 0] + along[:, 0] * first[chosen] + along[:, 1] * second[chosen]
    return points


def on_sphere(count: int, random: np.random.Generator) -> Points:
    """Points on the unit sphere, (count, 3)."""
    directions = random.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions


def on_disk(count: int, random: np.random.Generator, height: float) -> Points:
    """Points of a disk of radius 1 at a height, (count, 3)."""
    return _around(np.sqrt(random.random(count)), np.full(count, height), random)


def on_cylinder(count: int, random: np.random.Generator) -> Points:
    """Points on a closed cylinder of radius 1 and height 2, (count, 3)."""
    side = _around(np.ones(count), random.uniform(-1, 1, count), random)
    lids = on_disk(count, random, 1.0) * np.array([1, 1, -1]) ** random.integers(2, size=(count, 1))
    return np.where(random.random((count, 1)) < 2 / 3, side, lids)  # the side has 4π of the 6π


def on_cone(count: int, random: np.random.Generator) -> Points:
    """Points on a closed cone of radius 1 and height 2, (count, 3)."""
    radius = np.sqrt(random.random(count))
    side = _around(radius, 1 - 2 * radius, random)
    share = np.sqrt(5) / (1 + np.sqrt(5))  # slant height √5: the side has √5·π, the base π
    return np.where(random.random((count, 1)) < share, side, on_disk(count, random, -1.0))


def on_torus(count: int, random: np.random.Generator, tube: float = 0.4) -> Points:
    """Points on a torus: a tube of the given radius around a circle of radius 1, (count, 3)."""
    angle = random.uniform(0, 2 * np.pi, count)
    # The surface has density 1 + tube·cos(angle): an angle moves to the outer side as often as that asks for.
    inward = random.random(count) < (1 - tube * np.cos(angle)) / 2
    angle = np.where(inward, np.pi - angle, angle)
    return _around(1 + tube * np.cos(angle), tube * np.sin(angle), random)


def in_unit_sphere(points: Points) -> Points:
    """Centre points (count, 3) on their mean, and scale them so that the farthest has distance 1."""
    centred: Points = points - points.mean(0)
    farthest = np.linalg.norm(centred, axis=1).max()
    return np.divide(centred, farthest) if farthest > 0 else centred


def _around(radius: npt.NDArray[np.float64], height: npt.NDArray[np.float64], random: np.random.Generator) -> Points:
    """Points at a radius and a height, each at a random angle about the vertical axis."""
    angle = random.uniform(0, 2 * np.pi, len(radius))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
