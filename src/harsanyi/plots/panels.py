"""The strongest interactions of a sample side by side, each a panel with its effect, its size and its players."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.coalitions import coalition_players
from harsanyi.plots.glyphs import as_it_stands, joined
from harsanyi.plots.legend import add_legend, legend_height
from harsanyi.plots.source import Ranked, heading, strongest
from harsanyi.plots.style import NAME_LENGTH, arranged, new_figure, shortened, signed, size_of
from harsanyi.sample import SampleInteractions

_TITLE, _NAMES = 10.0, 8.0  # points, size of letters
_LINE = 1.3  # em
_PADDING, _BETWEEN = 0.1, 0.12  # inches, around what stands above each other; between panels
_NAMED = 3  # players of an interaction that are named below its panel; more are too many to read
_NARROWEST = 4.2  # inches, of a new figure, for its title
_FLATTEST, _STEEPEST = 0.3, 2.5  # height over width of a panel


class Look(NamedTuple):
    """How the panels of one kind of picture look.

    Attributes:
        noun: what a player is.
        width: of a panel, in inches.
        aspect: height of a panel over its width.
        columns: at most so many panels side by side.
        legend: handles of what raises, what lowers, AND and OR.
        projection: of the axes, or nothing.
    """

    noun: str
    width: float
    aspect: float
    columns: int
    legend: list[Artist]
    projection: str | None = None


Draw = Callable[[Axes, Sequence[int], str, float], object]


def top_panels(sample: SampleInteractions, k: int, figure: Figure | None, look: Look, draw: Draw) -> Figure:
    """The k strongest interactions, a panel each, strongest first.

    Args:
        sample: of whom.
        k: how many, >= 1; effects that are 0 are left out.
        figure: where to add the panels; nothing makes a new figure, as large as they need.
        look: of the panels.
        draw: draws players, kind and effect into axes.

    Returns:
        The figure.

    Raises:
        ArgumentError: k below 1.
    """
    found = strongest(sample, k)
    columns = min(max(len(found), 1), look.columns)
    lines = -(-max(len(found), 1) // columns)
    figure = arranged(_sized(sample, found, look, columns, lines) if figure is None else figure)
    if found:
        add_legend(figure, look.legend)
    width = _inches_wide(figure)
    title = joined(heading(sample), 72 * width / _TITLE - 1)
    figure.suptitle(title, fontsize=_TITLE, **as_it_stands(title))
    for position, (coalition, kind, effects) in enumerate(found, 1):
        ax = figure.add_subplot(lines, columns, position, projection=look.projection)
        ax.set(xticks=[], yticks=[])  # a scale that is not shown would be laid out all the same
        players, effect = coalition_players(coalition), float(effects[0])
        draw(ax, players, kind, effect)
        ax.set_title(f"{signed(effect)}\n{size_of(kind, len(players), look.noun)}", fontsize=_TITLE)
        _name(ax, _below(sample, players, width / columns))
    if not found:
        ax = figure.add_subplot(projection=look.projection)
        draw(ax, [], "AND", 0.0)
        ax.set_title("every effect is 0", fontsize=_TITLE)
    return figure


def _sized(sample: SampleInteractions, found: list[Ranked], look: Look, columns: int, lines: int) -> Figure:
    """A new figure with room for titles, panels, names and legend."""
    width = max(look.width * columns, _NARROWEST)
    title = joined(heading(sample), 72 * width / _TITLE - 1)
    below = [_below(sample, coalition_players(ranked.coalition), width / columns) for ranked in found]
    names = max((_high(text, _NAMES) for text in below), default=0.0)
    aspect = min(max(look.aspect, _FLATTEST), _STEEPEST)
    panel = (look.width - _BETWEEN) * aspect + _high("\n", _TITLE) + names + _PADDING
    return new_figure(width, panel * lines + _high(title, _TITLE) + legend_height(width) + _PADDING)


def _below(sample: SampleInteractions, players: Sequence[int], width: float) -> str:
    """Names of a few players, in lines of this width in inches."""
    names = [shortened(" ".join(sample.names[player].split()), NAME_LENGTH) for player in players]
    return joined(names, 72 * width / _NAMES - 1) if len(names) <= _NAMED else ""


def _name(ax: Axes, text: str) -> None:
    """Write text below axes that have no scale."""
    ax.annotate(
        text, (0.5, 0), xytext=(0, -3), xycoords="axes fraction", textcoords="offset points", ha="center", va="top",
        fontsize=_NAMES, annotation_clip=False, **as_it_stands(text),
    )  # fmt: skip


def _high(text: str, size: float) -> float:
    """Height in inches of lines of this size in points; none where there is no text."""
    return (text.count("\n") + bool(text)) * _LINE * size / 72


def _inches_wide(figure: Figure) -> float:
    return float(figure.bbox.width) / figure.dpi
