"""A point cloud with the clusters of an interaction marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.errors import ArgumentError
from harsanyi.plots.kinds import channel_axis, require, stored_regions
from harsanyi.plots.legend import triangles
from harsanyi.plots.panels import Look, top_panels
from harsanyi.plots.source import Source, chosen, one_sample
from harsanyi.plots.style import effect_title, new_figure, sign_colour
from harsanyi.sample import SampleInteractions

_PANEL = 2.3  # inches
_COLUMNS = 4
_PLAYER, _NO_PLAYER = "#8A8A8A", "#C4C4C4"  # players that are not of the interaction; points of no player
_MANY = 1024  # points; the marks of fewer are larger, those of more are smaller
_LARGE, _SMALL = 24.0, 6.0  # square points, area of a mark
_ZOOM = 1.55  # a ball fills its panel
_VIEW = (20.0, -60.0)  # degrees: over the ground, and around the axis that points up


class _Cloud(NamedTuple):
    """Points x, y, z, (points, 3), and the player of each, -1 for none, (points,)."""

    points: npt.NDArray[np.float64]
    players: npt.NDArray[np.integer[Any]]


def interaction_on_points(
    sample: Source,
    players: int | str | tuple[int | str, ...],
    kind: str = "AND",
    ax: Axes | None = None,
    up: str = "z",
) -> Axes:
    """A point cloud with the clusters of one interaction marked, and the effect as title.

    Args:
        sample: one sample, extracted with players that are clusters of points.
        players: of the interaction, names or numbers, as in `sample[players]`.
        kind: "AND" (filled marks) or "OR" (open marks).
        ax: where to draw, made with `projection="3d"`; nothing makes a new figure.
        up: the coordinate that points up, "x", "y" or "z".

    Returns:
        The axes, with equal scales. Triangles stand for the points of the interaction: upright where it raises the
        score, upside down where it lowers it. Grey dots stand for all others, lighter where they are no player's.
        `view_init` turns the cloud.

    Raises:
        ArgumentError: several samples; unknown players or none; interactions without the samples or regions; samples
            that are no point clouds (says which pictures fit them); flat axes.
    """
    sample = one_sample(sample)
    cloud = _cloud_of(sample)
    numbers, effect = chosen(sample, players, kind)
    if ax is None:
        ax = new_figure(3.4, 3.4).add_subplot(projection="3d")
    _draw(cloud, up, ax, numbers, kind, effect)
    ax.set_title(effect_title(kind, len(numbers), "cluster", effect), fontsize="medium")
    return ax


def top_clusters(sample: Source, k: int = 4, figure: Figure | None = None, up: str = "z") -> Figure:
    """The k strongest interactions of a sample, each a panel with its clusters marked in the cloud.

    Args:
        sample: one sample, extracted with players that are clusters of points.
        k: how many, >= 1; effects that are 0 are left out.
        figure: where to add the panels; nothing makes a new figure.
        up: the coordinate that points up, "x", "y" or "z".

    Returns:
        The figure; `figure.axes` are the panels, strongest first, each as `interaction_on_points` draws it. Up to
        three clusters are named below their panel.

    Raises:
        ArgumentError: as for `interaction_on_points`; k below 1.
    """
    sample = one_sample(sample)
    look = Look("cluster", _PANEL, 1.0, _COLUMNS, triangles(), "3d")
    return top_panels(sample, k, figure, look, partial(_draw, _cloud_of(sample), up))


def _cloud_of(sample: SampleInteractions) -> _Cloud:
    """The points of a sample.

    Raises:
        ArgumentError: it is no cloud, or is not stored.
    """
    require(sample, "points")
    regions = stored_regions(sample)
    values = np.asarray(sample.parent.inputs, dtype=np.float64)[sample.index]
    if channel_axis(values.shape, regions.shape) == 0:
        values = values.T
    return _Cloud(values[:, :3], regions.ravel())


def _draw(cloud: _Cloud, up: str, ax: Axes, players: Sequence[int], kind: str, effect: float) -> None:
    """Draw all points, those of these players as large marks in front of the others."""
    if ax.name != "3d":
        raise ArgumentError("ax", f"{type(ax).__name__}, which are flat", 'axes made with projection="3d"')
    if up not in ("x", "y", "z"):
        raise ArgumentError("up", repr(up), '"x", "y" or "z"')
    area = min(2.0, (_MANY / max(len(cloud.points), 1)) ** 0.5)
    marked = np.isin(cloud.players, players)
    colour = sign_colour(effect)
    solid: Any = ax  # Axes3D, which has no types
    solid.computed_zorder = False  # else a cloud in front hides the marks
    for points, grey in ((~marked & (cloud.players < 0), _NO_PLAYER), (~marked & (cloud.players >= 0), _PLAYER)):
        solid.scatter(*cloud.points[points].T, marker="o", s=_SMALL * area, color=grey, linewidths=0, zorder=1)
    solid.scatter(
        *cloud.points[marked].T, marker="v" if effect < 0 else "^", s=_LARGE * area, edgecolors=colour,
        facecolors=colour if kind == "AND" else "white", linewidths=0.8, depthshade=False, zorder=2,
    )  # fmt: skip
    _frame(solid, cloud.points)
    solid.view_init(*_VIEW, vertical_axis=up)


def _frame(solid: Any, points: npt.NDArray[np.float64]) -> None:
    """Equal scales, so wide that all points stay in the panel however the cloud is turned, and no scale drawn."""
    low, high = points.min(0), points.max(0)
    centre = (low + high) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max()) or 1.0
    limits = zip(centre - radius, centre + radius, strict=True)
    for name, (start, end) in zip("xyz", limits, strict=True):
        getattr(solid, f"set_{name}lim")(start, end)
    solid.set_box_aspect((1, 1, 1), zoom=_ZOOM)
    solid.set_axis_off()
