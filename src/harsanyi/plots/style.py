"""The look of every picture, in one place: colours, marks, numbers, and the figure drawn on when none is given."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from harsanyi.core.coalitions import coalition_players
from harsanyi.plots.glyphs import as_it_stands, joined

# Okabe and Ito's palette, told apart with every kind of colour vision; each colour comes with a second sign.
POSITIVE = "#0072B2"  # blue; the bar goes up or right, the number has a plus
NEGATIVE = "#D55E00"  # vermillion; the bar goes down or left, the number has a minus
AND_COLOUR = "#333333"  # filled mark, plain bar, solid outline
OR_COLOUR = "#E69F00"  # open mark, hatched bar, dashed outline
REFERENCE = "#009E73"  # thresholds and bounds: dashed lines, labelled
ONSET = "#CC79A7"  # reddish purple; where the loss gap begins to grow: dotted lines, labelled
NEUTRAL = "#7F7F7F"
HATCH = {"AND": "", "OR": "/////"}
OUTLINE: Mapping[str, Any] = {"AND": "solid", "OR": (0, (2.5, 1.2))}
NAME_LENGTH = 24  # letters of one player's name
LABEL_LENGTH = 44  # letters of a coalition's label
ELLIPSIS = "…"
MEANING = {"AND": "AND (all present)", "OR": "OR (any present)"}
_SCALE = 0.8  # inches, of a vertical axis with its numbers and label
_LONG = 90.0  # highest over lowest value of an axis that names only 1, 10, …
_NOUNS = {"r#c#": "patch", "superpixel #": "superpixel", "cluster #": "cluster"}


class Picture(Figure):
    """A figure that a notebook shows, and that pyplot knows nothing of."""

    def draw(self, renderer: Any) -> None:
        """Draw it; the pass before a file is written, whose strokes nobody would see, only lays it out."""
        engine = self.get_layout_engine()
        if self.canvas.is_saving() and engine is not None and not isinstance(engine, PlaceHolderLayoutEngine):
            engine.execute(self)
        else:
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def new_figure(width: float, height: float) -> Picture:
    """A figure of this size in inches, registered nowhere."""
    figure = Picture(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def arranged(figure: Figure) -> Figure:
    """The figure; one that is empty and has no layout arranges what is added so that nothing overlaps."""
    if figure.get_layout_engine() is None and not figure.axes:
        figure.set_layout_engine("constrained")
    return figure


def axes_or_new(ax: Axes | None, width: float = 6.0, height: float = 3.8) -> Axes:
    """The axes given, or those of a new figure of this size in inches."""
    return new_figure(width, height).add_subplot() if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """The figure that axes are in."""
    figure: Figure = ax.figure.figure
    return figure


def plain_log(axis: Axis) -> None:
    """Numbers of a logarithmic scale: 1, 10, 100, and 2 and 5 too where it is short, in place of powers.

    What is drawn along it must be there already.
    """
    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(LogLocator(subs=(1.0,) if high > _LONG * low else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, ",g")))
    axis.set_minor_formatter(NullFormatter())


def finish(ax: Axes, title: str, subtitle: str = "", *, pad: float | None = None) -> Axes:
    """Set the title, this many points above the axes, and take away the two spines that carry no scale."""
    written = f"{title}\n{subtitle}" if subtitle else title
    ax.set_title(written, fontsize="medium", loc="left", pad=pad, **as_it_stands(written))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def width_of(ax: Axes) -> float:
    """Inches of width for what is written above or below axes: theirs, or what a layout will give axes alone."""
    figure = figure_of(ax)
    alone = len(figure.axes) == 1 and figure.get_layout_engine() is not None
    return float(figure.bbox.width) / figure.dpi - _SCALE if alone else float(ax.bbox.width) / figure.dpi


def in_lines(ax: Axes, text: str, size: float = 10.0, share: float = 1.0) -> str:
    """The text, its letters of this size in points, in lines that fit into a share of the width of axes."""
    width = share * 72 * width_of(ax) / size
    return "\n".join(joined(line.split(), width, "") for line in text.splitlines())


def sign_colour(effect: float) -> str:
    """Colour of an effect of this sign."""
    return NEGATIVE if effect < 0 else POSITIVE


def number(value: float, form: str = ".3g") -> str:
    """A number with a true minus sign.

    Example:
        >>> number(-0.5), number(2.0, "+.2f")
        ('−0.5', '+2.00')
    """
    return format(value, form).replace("-", "−")


def signed(effect: float) -> str:
    """An effect with its sign and three digits.

    Example:
        >>> signed(2.0), signed(-0.0691), signed(123.4)
        ('+2.00', '−0.0691', '+123')
    """
    return number(effect, "+#.3g").rstrip(".")


def effect_title(kind: str, players: int, noun: str, effect: float) -> str:
    """What an interaction is and does, for the top of its picture.

    Example:
        >>> effect_title("OR", 2, "patch", -0.5)
        'OR of 2 patches: −0.500'
    """
    return f"{size_of(kind, players, noun)}: {signed(effect)}"


def size_of(kind: str, players: int, noun: str) -> str:
    """Kind and order of an interaction.

    Example:
        >>> size_of("AND", 1, "word")
        'AND of 1 word'
    """
    plural = noun + ("es" if noun.endswith("ch") else "s")
    return f"{kind} of {players} {noun if players == 1 else plural}"


def noun_of(names: Sequence[str], otherwise: str) -> str:
    """What the players of a picture are, told by their names.

    Example:
        >>> noun_of(["superpixel 0", "superpixel 1"], "region"), noun_of(["r0c1", "r4c1"], "region")
        ('superpixel', 'patch')
    """
    kinds = {re.sub(r"\d+", "#", name) for name in names}
    return _NOUNS.get(kinds.pop(), otherwise) if len(kinds) == 1 else otherwise


def shortened(text: str, length: int) -> str:
    """The text, its middle left out where it is too long.

    Example:
        >>> shortened("mean fractal dimension", 11)
        'mean …nsion'
    """
    if len(text) <= length:
        return text
    kept = length - len(ELLIPSIS)
    return text[: kept // 2] + ELLIPSIS + text[len(text) - (kept - kept // 2) :]


def coalition_label(coalition: int, names: Sequence[str]) -> str:
    """Names of the players of a coalition, long names and long lists cut in the middle.

    Args:
        coalition: its index, sum of 2**i over its players i.
        names: of all players.

    Returns:
        At most about `LABEL_LENGTH` letters.

    Example:
        >>> coalition_label(0b11, ["nose", "eye"])
        'nose, eye'
        >>> coalition_label(0b1111, ["a rather long name", "another long name", "a third long name", "the end"])
        'a rather long name, …, the end (4)'
    """
    players = [shortened(" ".join(names[player].split()), NAME_LENGTH) for player in coalition_players(coalition)]
    label = ", ".join(players)
    for kept in range(len(players) - 1, 1, -1):
        if len(label) <= LABEL_LENGTH:
            break
        front = players[: kept - kept // 2]
        label = ", ".join([*front, ELLIPSIS, *players[len(players) - kept // 2 :]]) + f" ({len(players)})"
    return label
