"""A sentence broken into lines: where each word stands, and the boxes around the players."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

_PADDING, _APART = 0.14, 0.07  # em, between a player's letters and its box, and beside the box
_LONG = 500  # letters from which stretches without players are cut
_KEPT = 60  # letters of such a stretch that stay on either side of the cut
_CUT = " … "

Letter = tuple[str, int]  # a character and its player, -1 for none


class Word(NamedTuple):
    """Letters without a blank, of one player or of none (-1): their line, left end and width, in em."""

    text: str
    player: int
    line: int
    x: float
    width: float


class Box(NamedTuple):
    """The letters of a player that stand together on a line, their padding included, in em."""

    player: int
    line: int
    x: float
    width: float


class Layout(NamedTuple):
    """Where everything stands; the first line is 0."""

    words: list[Word]
    boxes: list[Box]
    lines: int


def laid_out(sentence: str, players: Sequence[int], width: float, measure: Callable[[str], float]) -> Layout:
    """Break a sentence into lines no wider than this.

    Lines break at blanks, around ideographs, at line breaks of the sentence, and within what is wider than a line.
    Long stretches without players are cut in a long sentence. A sentence that begins from right to left is set so.

    Args:
        sentence: any text.
        players: of each character, -1 for none; characters beyond the end have none.
        width: of a line, in em.
        measure: width of a piece of text, in em.

    Returns:
        The `Layout`. A blank belongs to a player where the letters on both its sides do.
    """
    letters = [*zip(sentence, [*players, *[-1] * (len(sentence) - len(players))], strict=False)]
    lines = list(_lines(_without_long_gaps(_blanks_apart(letters)), width, measure))
    placed = [_placed(line, runs, measure) for line, runs in enumerate(lines)]
    words = [word for found, _ in placed for word in found]
    boxes = [box for _, found in placed for box in found]
    if _right_to_left(sentence):
        words = [word._replace(x=width - word.x - word.width) for word in words]
        boxes = [box._replace(x=width - box.x - box.width) for box in boxes]
    return Layout(words, boxes, len(lines))


def _placed(line: int, runs: list[tuple[int, str]], measure: Callable[[str], float]) -> tuple[list[Word], list[Box]]:
    """The words and boxes of one line."""
    words: list[Word] = []
    boxes: list[Box] = []
    x = 0.0
    for player, text in runs:
        start = x = x + _APART * (player >= 0)
        x += _PADDING * (player >= 0)
        for piece in _pieces(text):
            width = measure(piece)
            words += [] if piece.isspace() else [Word(piece, player, line, x, width)]
            x += width
        if player >= 0:
            x += _PADDING
            boxes.append(Box(player, line, start, x - start))
            x += _APART
    return words, boxes


def _blanks_apart(letters: Sequence[Letter]) -> list[Letter]:
    """The letters, blanks at the ends of players' stretches given to nobody, and none at the ends of the sentence."""
    kept: list[Letter] = []
    groups = [(blank, list(group)) for blank, group in groupby(letters, lambda letter: letter[0].isspace())]
    for position, (blank, group) in enumerate(groups):
        inner = 0 < position < len(groups) - 1
        if not blank:
            kept += group
        elif inner:
            before, after = groups[position - 1][1][-1][1], groups[position + 1][1][0][1]
            kept += [(letter, player if player == before == after else -1) for letter, player in group]
    return kept


def _without_long_gaps(letters: list[Letter]) -> list[Letter]:
    """The letters, long stretches without players cut at blanks where the whole is long."""
    if len(letters) <= _LONG:
        return letters
    groups = [list(group) for _, group in groupby(letters, lambda letter: letter[1])]
    kept: list[Letter] = []
    for position, group in enumerate(groups):
        first, last = position == 0, position == len(groups) - 1
        long = group[0][1] < 0 and len(group) > 4 * _KEPT and len(groups) > 1
        kept += _cut(group, first, last) if long else group
    return kept


def _cut(gap: list[Letter], first: bool, last: bool) -> list[Letter]:
    """Both ends of a stretch without players, whole words; of the first stretch the end, of the last the beginning."""
    blanks = [position for position, (letter, _) in enumerate(gap) if letter.isspace()]
    head = max((at for at in blanks if at <= _KEPT), default=_KEPT)
    tail = min((at + 1 for at in blanks if at >= len(gap) - _KEPT), default=len(gap) - _KEPT)
    cut: list[Letter] = [(letter, -1) for letter in _CUT]
    return (cut[1:] if first else [*gap[:head], *cut]) + ([] if last else gap[tail:])


def _lines(letters: list[Letter], width: float, measure: Callable[[str], float]) -> Iterator[list[tuple[int, str]]]:
    """Lines of runs (player, text), as full as they can be."""
    line: list[Letter] = []
    blank: list[Letter] = []
    for atom in _atoms(letters):
        if atom[0][0].isspace():
            blank = [(" ", atom[0][1])]
            if any(letter in "\n\r\u2028\u2029" for letter, _ in atom) and line:
                yield _runs(line)
                line = []
            continue
        for part in [atom] if _wide(atom, measure) <= width else [[letter] for letter in atom]:
            if line and _wide([*line, *blank, *part], measure) > width:
                yield _runs(line)
                line = []
            line = [*line, *(blank if line else []), *part]
            blank = []
    yield _runs(line)


def _atoms(letters: list[Letter]) -> Iterator[list[Letter]]:
    """Stretches within which no line breaks: words and blanks."""
    atom: list[Letter] = []
    for letter, following in pairwise([*letters, (" ", -1)]):
        atom.append(letter)
        if _may_break(letter[0], following[0]):
            yield atom
            atom = []
    if atom:
        yield atom


def _may_break(before: str, after: str) -> bool:
    """Whether a line, or a blank, may begin between two characters."""
    if before.isspace() or after.isspace():
        return before.isspace() != after.isspace()
    ideograph = any(unicodedata.east_asian_width(letter) == "W" for letter in (before, after))
    return ideograph and unicodedata.category(before) not in ("Ps", "Pi") and not _closes(after)


def _closes(letter: str) -> bool:
    """Whether a character stays with the one before it."""
    return unicodedata.category(letter) in ("Pe", "Pf", "Po", "Mn", "Me", "Mc", "Cf", "Sk")


def _runs(letters: list[Letter]) -> list[tuple[int, str]]:
    grouped = groupby(letters, lambda letter: letter[1])
    return [(player, "".join(letter for letter, _ in group)) for player, group in grouped]


def _pieces(text: str) -> list[str]:
    """Words, the blanks between them, and single ideographs."""
    return ["".join(letter for letter, _ in atom) for atom in _atoms([(letter, -1) for letter in text])]


def _wide(letters: list[Letter], measure: Callable[[str], float]) -> float:
    """Width of a line of these letters, with the padding of its players."""
    return sum(
        2 * (_PADDING + _APART) * (player >= 0) + sum(map(measure, _pieces(text))) for player, text in _runs(letters)
    )


def _right_to_left(sentence: str) -> bool:
    directions = (unicodedata.bidirectional(letter) for letter in sentence)
    return next((direction != "L" for direction in directions if direction in ("L", "R", "AL")), False)
