from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from harsanyi import ArgumentError
from harsanyi.plots import interaction_on_sentence, top_words
from harsanyi.plots.glyphs import drawable, fonts_for
from harsanyi.plots.style import NEGATIVE, NEUTRAL, POSITIVE
from harsanyi.plots.wrap import laid_out

TALE = "One fine day " + "the quick brown fox jumps over the lazy dog, again and again; " * 5 + "the end."


def _of(sentences, text, *players):
    """The same effects in another sentence, whose players are these words, where they stand first."""
    regions = np.full((1, len(text)), -1, dtype=np.int16)
    for number, word in enumerate(players):
        start = text.index(word)
        regions[0, start : start + len(word)] = number
    return replace(sentences, inputs=np.array([text]), regions=regions)[0]


def _axes(figure):
    (ax,) = figure.axes
    return ax


def _words(ax):
    """Words as drawn, in order, with their extents in pixels."""
    renderer = ax.figure.figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in ax.texts]


def _marked(ax):
    """Words inside the boxes of an interaction."""
    boxes = [patch.get_window_extent() for patch in ax.patches if patch.get_facecolor()[3] > 0]
    return [word for word, at in _words(ax) if any(box.contains(*at.get_points().mean(0)) for box in boxes)]


def _drawn(ax, dpi=100):
    FigureCanvasAgg(ax.figure.figure)
    ax.figure.figure.set_dpi(dpi)
    ax.figure.figure.canvas.draw()
    return ax


def test_words_are_drawn_in_order_as_they_stand(sentences):
    ax = interaction_on_sentence(sentences, 0)
    assert [text.get_text() for text in ax.texts] == [
        "It", "costs", "$5", "and", "is", "not", "very", "good", ",", "<b>but</b>", "fun", ":", "not", "boring", ",",
        "a", "joy", "{x_1}", "to", "watch.",
    ]  # fmt: skip
    assert not any(text.get_parse_math() or text.get_usetex() for text in ax.texts)


@pytest.mark.parametrize("dpi", [72, 110, 300])
@pytest.mark.parametrize("labelled", [True, False])
def test_lines_wrap_inside_the_axes_and_nothing_overlaps(sentences, dpi, labelled):
    sample = _of(sentences, TALE, "day", "fox jumps", "dog", "end")
    ax = _drawn(_axes(top_words(sample, 1)) if labelled else interaction_on_sentence(sample, (0, 1)), dpi)
    room = ax.get_window_extent()
    words = _words(ax)[2 * labelled :]
    assert " ".join(word for word, _ in words).replace(" ,", ",").replace(" .", ".") == TALE
    for word, at in words:
        assert room.x0 - 1 <= at.x0 <= at.x1 <= room.x1 + dpi / 72, word
        assert room.y0 <= at.y0 <= at.y1 <= room.y1, word
    lines = 1
    for (_, left), (word, right) in pairwise(words):
        if right.x0 < left.x0:
            lines += 1
            assert right.y1 < left.y0 + 0.5 * dpi / 72, word
            assert right.x0 == pytest.approx(words[0][1].x0, abs=3 * dpi / 72)
        else:
            assert right.x0 > left.x1 - 0.6 * dpi / 72, word
    assert lines > 3
    for box in ax.patches:
        assert room.x0 - 1 <= box.get_window_extent().x0
        assert box.get_window_extent().x1 <= room.x1 + 1


def test_marked_words_are_those_of_the_interaction(sentences):
    assert _marked(interaction_on_sentence(sentences, ("not", "fun"))) == ["not", "fun", "not"]
    assert _marked(interaction_on_sentence(sentences, "very good")) == ["very", "good"]
    assert _marked(_axes(top_words(sentences))) == ["not", "very", "good", "not", "not", "fun", "not", "boring"]


def test_other_players_have_thin_boxes_and_other_words_none(sentences):
    patches = interaction_on_sentence(sentences, "fun").patches
    assert len(patches) == 5  # "not" stands twice
    thin = [patch for patch in patches if patch.get_linewidth() < 1]
    assert len(thin) == 4
    assert {to_hex(patch.get_edgecolor()) for patch in thin} == {NEUTRAL.lower()}


def test_kind_and_sign_are_told_without_colour(sentences):
    sample = replace(sentences, or_=-sentences.and_)[0]
    for kind, sign, colour in (("AND", "−", NEGATIVE), ("OR", "+", POSITIVE)):
        ax = interaction_on_sentence(sample, (0, 1), kind)
        assert ax.get_title(loc="left") == f"{kind} of 2 words: {sign}2.00"
        boxes = [patch for patch in ax.patches if patch.get_facecolor()[3] > 0]
        assert {patch.get_linestyle() in ("solid", "-") for patch in boxes} == {kind == "AND"}
        assert {to_hex(patch.get_edgecolor()) for patch in boxes} == {colour.lower()}


def test_blocks_are_the_strongest_interactions(sentences):
    texts = [text.get_text() for text in _axes(top_words(sentences)).texts]
    labels = [text for text in texts if text[0] in "+−" or " of " in text]
    assert labels == ["−2.00", "AND of 2 words", "+1.00", "OR of 3 words"]
    assert "OR of 3 words" not in [text.get_text() for text in _axes(top_words(sentences, 1)).texts]
    none = replace(sentences, and_=0 * sentences.and_, or_=0 * sentences.or_)
    assert _axes(top_words(none)).texts[0].get_text() == "every effect is 0"


def test_labels_stand_left_of_the_sentence(sentences):
    ax = _drawn(_axes(top_words(sentences)))
    words = _words(ax)
    labels = [at for word, at in words if word[0] in "+−" or " of " in word]
    others = [at for word, at in words if not (word[0] in "+−" or " of " in word)]
    assert max(at.x1 for at in labels) < min(at.x0 for at in others)


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_letters_shrink_until_all_fits_into_the_axes_given(sentences, layout):
    sample = _of(sentences, TALE, "day", "fox jumps", "dog", "end")
    sizes = []
    for width, height in ((7, 3), (3.5, 3)):
        figure = Figure(figsize=(width, height), layout=layout)
        assert top_words(sample, figure=figure) is figure
        ax = _drawn(_axes(figure))
        room = ax.get_window_extent()
        for word, at in _words(ax):
            assert room.y0 - 1 < at.y0, word
            assert at.x1 < room.x1 + 2, word
        sizes.append(ax.texts[3].get_size())
    assert sizes[0] > sizes[-1]


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_letters_of_one_interaction_fit_into_axes_beside_others(sentences, layout):
    figure = Figure(figsize=(7, 3), layout=layout)
    left, right = figure.subplots(1, 2)
    sample = _of(sentences, TALE, "day", "fox jumps", "dog", "end")
    for ax in (left, right):
        assert interaction_on_sentence(sample, 0, ax=ax) is ax
    for ax in (_drawn(left), right):
        room = ax.get_window_extent()
        for word, at in _words(ax):
            assert room.y0 - 1 < at.y0, word
            assert at.x1 < room.x1 + 2, word


def test_room_is_what_the_layout_leaves(sentences):
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    right.set_yticks([0.5], ["a label as long as half of the figure"])
    ax = _drawn(interaction_on_sentence(_of(sentences, TALE, "day", "fox jumps", "dog", "end"), 0, ax=left))
    room = ax.get_window_extent()
    assert all(at.x1 < room.x1 + 2 for _, at in _words(ax))


def test_long_sentences_lose_stretches_without_players(sentences):
    filler = "and so on and so forth, " * 40
    text = f"{filler}start here. {filler}Then a turn, {filler}and then a stop. {filler}"
    ax = interaction_on_sentence(_of(sentences, text, "start", "turn", "stop"), (0, 2))
    drawn = [text.get_text() for text in ax.texts]
    assert _marked(ax) == ["start", "stop"]
    assert drawn.count("…") == 4
    assert (drawn[0], drawn[-1]) == ("…", "…")
    assert len(" ".join(drawn)) < 500
    kept = " ".join(drawn).replace(" ,", ",").replace(" .", ".").split("…")
    assert all(part.strip() in text for part in kept)


@pytest.mark.parametrize(
    "text",
    [
        "", " \n ", "😀 \ud800 \u200d e\u0301 \x00\x07 tab\there", "x" * 400, "הסרט לא היה טוב, אבל המשחק מצוין",
        "فيلم رائع جدا", "这部电影不好看,但是演员的表演非常精彩。" * 6, "今日は「映画」を見た。" * 9, "ภาพยนตร์ที่ดี",
        "\\frac{1}{2} $\\alpha$ %s {0}",
    ],
)  # fmt: skip
def test_any_text_is_drawn_without_a_warning(sentences, text):
    sample = replace(sentences, inputs=np.array([text]), regions=np.arange(len(text) + 1)[None] // 3 % 5 - 1)[0]
    ax = _axes(top_words(sample))
    assert ax.figure._repr_png_()
    room = ax.get_window_extent()
    assert all(at.x1 < room.x1 + 3 for _, at in _words(ax))


def test_any_names_are_drawn_without_a_warning(sentences):
    named = replace(sentences, names=(("这", "\ud800", "😀", "$"),))
    assert named.plot.top_interactions().figure._repr_png_()


def test_text_from_right_to_left_begins_at_the_right(sentences):
    first, *_, last = _words(_drawn(interaction_on_sentence(_of(sentences, "סרט טוב מאוד", "טוב"), 0)))
    assert first[0] == "סרט"
    assert first[1].x0 > last[1].x1


def test_letters_that_no_font_has_are_boxes():
    fonts = fonts_for("a \ue000")
    assert drawable("a \ue000b", fonts) == "a □b"


def test_ideographs_break_anywhere_but_before_a_full_stop():
    layout = laid_out("一二三四。五六", [0, 0, -1, -1, -1, -1, -1], 4.9, lambda text: float(len(text)))
    lines = ["".join(word.text for word in layout.words if word.line == line) for line in range(layout.lines)]
    assert lines == ["一二三", "四。五六"]
    (box,) = layout.boxes
    assert (box.line, box.player) == (0, 0)
    assert 2 < box.width < 2.5


def test_blanks_at_the_ends_of_a_player_are_not_in_its_box():
    spaced = laid_out("so very good it is", [-1, -1, *[0] * 11, *[-1] * 5], 99, lambda text: float(len(text)))
    tight = laid_out("so very good it is", [-1, -1, -1, *[0] * 9, *[-1] * 6], 99, lambda text: float(len(text)))
    assert spaced == tight
    assert len(spaced.boxes) == 1


def test_errors(sentences):
    with pytest.raises(ArgumentError, match=r"^player: given 'joy'"):
        interaction_on_sentence(sentences, "joy")
    with pytest.raises(ArgumentError, match=r"^kind: given 'XOR'"):
        interaction_on_sentence(sentences, 0, "XOR")
    with pytest.raises(ArgumentError, match=r"^k: given 0"):
        top_words(sentences, 0)
    with pytest.raises(ArgumentError, match="keep_inputs=True"):
        top_words(replace(sentences, inputs=None))
    with pytest.raises(ArgumentError, match="without regions"):
        top_words(replace(sentences, regions=None))
