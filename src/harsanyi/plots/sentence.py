"""A sentence with the words of an interaction marked in it."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.coalitions import coalition_players
from harsanyi.plots.glyphs import fonts_for
from harsanyi.plots.kinds import require, stored_regions
from harsanyi.plots.legend import add_legend, legend_height, outlines
from harsanyi.plots.source import Source, chosen, heading, one_sample, strongest
from harsanyi.plots.style import arranged, effect_title, figure_of, signed, size_of
from harsanyi.plots.typeset import NEW_WIDTH, Block, Text, typeset
from harsanyi.sample import SampleInteractions


def interaction_on_sentence(
    sample: Source, players: int | str | tuple[int | str, ...], kind: str = "AND", ax: Axes | None = None
) -> Axes:
    """A sentence with the words of one interaction tinted and outlined, and the effect as title.

    Args:
        sample: one sample, extracted with players that are words of a sentence.
        players: of the interaction, names or numbers, as in `sample[players]`.
        kind: "AND" (solid outline) or "OR" (dashed outline).
        ax: where to draw, from its upper left corner on, in letters of 5 to 10 points, the largest that fit; draw into
            it last where drawing changes the layout of its figure. Nothing makes a new figure.

    Returns:
        The axes. Words that are players, but not of this interaction, have a thin outline. Long stretches without
        players are left out of a long sentence (…); letters that no font has are boxes (□).

    Raises:
        ArgumentError: several samples; unknown players or none; interactions without the samples or regions; samples
            that are no sentences (says which pictures fit them).
    """
    sample = one_sample(sample)
    text = _text_of(sample)
    numbers, effect = chosen(sample, players, kind)
    return typeset(text, [Block(numbers, kind, effect)], [effect_title(kind, len(numbers), "word", effect)], ax)


def top_words(sample: Source, k: int = 5, figure: Figure | None = None) -> Figure:
    """The k strongest interactions of a sample, each with its words marked in the sentence.

    Args:
        sample: one sample, extracted with players that are words of a sentence.
        k: how many, >= 1; effects that are 0 are left out.
        figure: where to add the axes that all is drawn into; nothing makes a new figure.

    Returns:
        The figure: one block an interaction, the strongest on top; its effect and kind stand to the left of the
        sentence, which is drawn as `interaction_on_sentence` draws it.

    Raises:
        ArgumentError: as for `interaction_on_sentence`; k below 1.
    """
    sample = one_sample(sample)
    text = _text_of(sample)
    blocks = [_labelled(coalition, kind, float(effects[0])) for coalition, kind, effects in strongest(sample, k)]
    blocks = blocks or [Block([], "AND", 0.0, ("every effect is 0", ""))]
    if figure is None:
        drawn = figure_of(typeset(text, blocks, heading(sample), None, below=72 * legend_height(NEW_WIDTH)))
        add_legend(drawn, outlines())
        return drawn
    add_legend(arranged(figure), outlines())
    typeset(text, blocks, heading(sample), figure.add_subplot())
    return figure


def _labelled(coalition: int, kind: str, effect: float) -> Block:
    players = coalition_players(coalition)
    return Block(players, kind, effect, (signed(effect), size_of(kind, len(players), "word")))


def _text_of(sample: SampleInteractions) -> Text:
    """The sentence of a sample.

    Raises:
        ArgumentError: it is none, or is not stored.
    """
    require(sample, "sentence")
    inputs: npt.NDArray[Any] | None = sample.parent.inputs
    assert inputs is not None
    sentence = str(inputs[sample.index])
    return Text(sentence, stored_regions(sample).tolist(), fonts_for(sentence))
