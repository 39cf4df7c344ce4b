"""A sentence set into axes, once for each interaction, in letters that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation, Transform

from harsanyi.plots.glyphs import as_it_stands, drawable, joined, width_in_em
from harsanyi.plots.style import AND_COLOUR, NEUTRAL, OUTLINE, figure_of, new_figure, sign_colour
from harsanyi.plots.wrap import Box, Layout, Word, laid_out

NEW_WIDTH = 6.5  # inches, of a new figure
_WIDTH = 72 * NEW_WIDTH
_MARGIN, _TITLE, _PAD = 4.0, 10.0, 9.0  # points: around a new figure's axes, letters of its title, between both
_LEADING = 1.2  # em, of a line of the title
_SIZES = (10.0, 9.0, 8.0, 7.0, 6.0, 5.0)  # points, of the letters
# In em, the size of the letters:
_LINE = 1.7  # from one line to the next
_ASCENT, _BOX = 0.97, 1.32  # top of a box over the baseline of its letters; its height
_LABEL = 2.2  # height of the label of a block
_GAP = 1.1  # between blocks, and between label and sentence
_SMALL = 0.8  # letters of the second line of a label
_TINT = 0.25  # opacity


class Text(NamedTuple):
    """A sentence, the player of each of its characters (-1 for none), and fonts for it."""

    sentence: str
    players: list[int]
    fonts: FontProperties

    def laid_out(self, width: float) -> Layout:
        """The sentence in lines of this width in em."""
        return laid_out(self.sentence, self.players, width, self.width)

    def width(self, text: str) -> float:
        """Width of a piece of text as it is drawn, in em."""
        return width_in_em(drawable(text, self.fonts), self.fonts)


class Block(NamedTuple):
    """An interaction to mark in the sentence, and the two lines of its label."""

    players: Sequence[int]
    kind: str
    effect: float
    label: tuple[str, str] = ("", "")


class _Setting(NamedTuple):
    """What a block is drawn with: the axes, fonts, size of the letters, and em from the upper left corner."""

    ax: Axes
    fonts: FontProperties
    size: float
    place: Transform

    def write(self, text: str, x: float, y: float, colour: str = "black", share: float = 1.0, align: str = "left",
              weight: str = "normal") -> None:  # fmt: skip
        """Write text as it stands: no formula, no markup."""
        written = self.ax.text(
            x, y, drawable(text, self.fonts), transform=self.place, fontproperties=self.fonts, size=share * self.size,
            weight=weight, color=colour, ha=align, va="baseline", parse_math=False, usetex=False,
        )  # fmt: skip
        written.set_in_layout(False)  # else a layout would make room for letters beside narrow axes, narrowing them

    def outline(self, box: Box, y: float, marked: Block | None) -> None:
        """Draw the box of a player, tinted where it is of the interaction."""
        colour = NEUTRAL if marked is None else sign_colour(marked.effect)
        drawn = FancyBboxPatch(
            (box.x, y - _ASCENT), box.width, _BOX, boxstyle="round,pad=0,rounding_size=0.18",
            facecolor="none" if marked is None else to_rgba(colour, _TINT), edgecolor=colour,
            linewidth=0.5 if marked is None else 1.4, linestyle="solid" if marked is None else OUTLINE[marked.kind],
            transform=self.place, clip_on=False, in_layout=False,
        )  # fmt: skip
        self.ax.add_patch(drawn)


def typeset(text: Text, blocks: Sequence[Block], title: Sequence[str], ax: Axes | None, below: float = 0.0) -> Axes:
    """Draw the sentence once for every interaction, one below the other, labels to the left.

    Args:
        text: the sentence.
        blocks: the interactions; where one has a label, they all have.
        title: of the axes, in parts that are joined by commas and broken into lines between them.
        ax: drawn into from the upper left corner on; nothing makes a new figure as high as it takes.
        below: points left free at the bottom of a new figure.

    Returns:
        The axes.
    """
    labels = [_label_width(block, text.fonts) for block in blocks if any(block.label)]
    left = max(labels) + _GAP if labels else 0.0
    if ax is None:
        size = _SIZES[0]
        layout = text.laid_out((_WIDTH - 2 * _MARGIN) / size - left)
        written = joined(title, _WIDTH / _TITLE - 1)
        height = _height(layout, blocks) * size + _title_height(written) + _PAD + 2 * _MARGIN + below
        ax = new_figure(NEW_WIDTH, height / 72).add_subplot()
        _clear(ax, written)
    else:
        _clear(ax, joined(title, _room(ax)[0] / _TITLE))
        size, layout = _fitting(text, blocks, left, *_room(ax))
    for number, block in enumerate(blocks):
        top = number * _pitch(layout, blocks)
        place = Affine2D().translate(0, top).scale(size / 72, -size / 72) + _inches_from_upper_left(ax)
        _draw(_Setting(ax, text.fonts, size, place), layout, block, left)
    return ax


def _clear(ax: Axes, title: str) -> None:
    ax.set_axis_off()
    ax.set_title(title, fontsize=_TITLE, loc="left", pad=_PAD, **as_it_stands(title))


def _title_height(title: str) -> float:
    """Height of a title in points."""
    return _LEADING * _TITLE * (1 + title.count("\n"))


def _draw(setting: _Setting, layout: Layout, block: Block, left: float) -> None:
    """Draw one block: its label, the boxes, and the words over them."""
    first, second = block.label
    if first:
        setting.write(first, 0, _ASCENT, sign_colour(block.effect) if block.players else "black", weight="bold")
    if second:
        setting.write(second, 0, _ASCENT + _LABEL / 2, AND_COLOUR, _SMALL)
    for box in layout.boxes:
        marked = block if box.player in block.players else None
        setting.outline(box._replace(x=left + box.x), _baseline(box), marked)
    for word in layout.words:
        middle = left + word.x + word.width / 2  # the widths of drawn letters depend a little on the resolution
        setting.write(word.text, middle, _baseline(word), align="center")


def _baseline(placed: Box | Word) -> float:
    return _ASCENT + _LINE * placed.line


def _fitting(text: Text, blocks: Sequence[Block], left: float, width: float, height: float) -> tuple[float, Layout]:
    """The largest letters with which all fits into this many points, and the sentence laid out in them."""
    for size in _SIZES:
        layout = text.laid_out(width / size - left)
        if _height(layout, blocks) * size <= height:
            break
    return size, layout


def _height(layout: Layout, blocks: Sequence[Block]) -> float:
    """Height of all blocks, in em."""
    return len(blocks) * _pitch(layout, blocks) - _GAP


def _pitch(layout: Layout, blocks: Sequence[Block]) -> float:
    """Distance from one block to the next, in em."""
    sentence = _LINE * (layout.lines - 1) + _BOX
    return max(sentence, _LABEL if any(any(block.label) for block in blocks) else 0) + _GAP


def _label_width(block: Block, fonts: FontProperties) -> float:
    bold = fonts.copy()
    bold.set_weight("bold")
    first, second = block.label
    return max(width_in_em(first, bold), _SMALL * width_in_em(second, fonts))


def _room(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in points, once their figure is laid out."""
    figure = figure_of(ax)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    box = ax.get_window_extent()
    return 72 * box.width / figure.dpi, 72 * box.height / figure.dpi


def _inches_from_upper_left(ax: Axes) -> Transform:
    return ax.figure.dpi_scale_trans + ScaledTranslation(0, 1, BboxTransformTo(ax.bbox))
