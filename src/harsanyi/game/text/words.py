"""The words of a text: where they stand, which of them mean something, and what to call each."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

Span = tuple[int, int]  # first character, and the one after the last

# Our own list. Negations (not, no, never, don't, …) are missing on purpose: they turn the meaning of a sentence.
STOP_WORDS = frozenset(
    """
    a an the this that these those such same other another each every either both all any some few many much more most
    several own one ones
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers
    herself it its itself they them their theirs themselves who whom whose which what whoever whatever whichever
    someone somebody something anyone anybody anything everyone everybody everything oneself there here
    am is are was were be been being do does did doing done have has had having will would shall should can could may
    might must ought get gets got let
    and or but if than then so as because while although though unless until since whether for when where why how
    whenever wherever once
    of at by with about against between into through during before after above below to from up down in out on off
    over under again further onto upon within without along across behind beside besides beyond around among toward
    towards via per
    just only very too also even still yet already quite rather really almost now ever else thus hence therefore
    however
    i'm i've i'd i'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll we're we've we'd
    we'll they're they've they'd they'll that's that'd that'll there's there'd here's who's who'd who'll what's where's
    when's why's how's let's
    b c d e f g h j k l m n o p q r s t u v w x y z
    """.split()  # noqa: SIM905
)

# w: letters with their marks, d: digits, j: what joins parts of a word, p: what joins digits of a number.
_WORD = re.compile("[wd]+(?:j[wd]+|(?<=d)p(?=d)[wd]+)*")
_JOINERS = frozenset("'’-‐‑\u200c\u200d")


def find_words(text: str) -> list[Span]:
    """Where the words stand: letters and digits, with apostrophes and hyphens inside.

    Args:
        text: any text.

    Returns:
        Spans of characters, in order.

    Example:
        >>> text = "A well-made film, isn't it? 9.5/10!"
        >>> [text[start:end] for start, end in find_words(text)]
        ['A', 'well-made', 'film', "isn't", 'it', '9.5', '10']
    """
    return [found.span() for found in _WORD.finditer("".join(map(_kind, text)))]


def is_meaningful(word: str, stop_words: Collection[str] = STOP_WORDS) -> bool:
    """Whether a word is none of the stop words, which are written in small letters with a straight apostrophe."""
    return plain(word) not in stop_words


def plain(word: str) -> str:
    """A word in small letters, with a straight apostrophe."""
    return word.casefold().replace("’", "'")


def names_of(text: str, spans: Sequence[Span]) -> list[str]:
    """Names: each as written, with its number where the spans repeat it.

    Args:
        text: the text.
        spans: of everything that could be named, in the order of the text.

    Returns:
        One name a span, all distinct.

    Example:
        >>> names_of("so good, good film", [(3, 7), (9, 13), (14, 18)])
        ['good#1', 'good#2', 'film']
    """
    written = [text[start:end] for start, end in spans]
    repeated = Counter(written)
    seen: Counter[str] = Counter()
    names = []
    for word in written:
        seen[word] += 1
        names.append(f"{word}#{seen[word]}" if repeated[word] > 1 else word)
    return names


def _kind(character: str) -> str:
    if character in _JOINERS:
        return "j"
    if character in ".,":
        return "p"
    category = unicodedata.category(character)
    if category[0] == "N":
        return "d"
    return "w" if category[0] in "LM" else " "
