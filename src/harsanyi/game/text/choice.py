"""Which words of a sentence are its players."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.game.text.tokens import Encoded
from harsanyi.game.text.words import Span, find_words, is_meaningful, names_of

_NONE, _OTHER = -1, -2  # owners of characters of no word, and of words that are not looked at
_LISTED = 8  # sentences or words named in a message


@dataclass(frozen=True)
class Word:
    """A word or phrase of a sentence, and its tokens.

    Attributes:
        name: as written, with "#" and its number where the sentence repeats it.
        start: its first character.
        end: the character after its last one.
        tokens: positions of all its pieces.
        trouble: why it cannot be masked alone; empty where it can.
    """

    name: str
    start: int
    end: int
    tokens: tuple[int, ...]
    trouble: str = ""


def words_of(sentence: Encoded, spans: Sequence[Span] | None = None) -> list[Word]:
    """The words of a sentence, or the phrases at some spans, with their tokens.

    Args:
        sentence: in tokens.
        spans: disjoint, in the order of the text; nothing for all its words.

    Returns:
        One `Word` a span.
    """
    text = sentence.text
    everything = find_words(text)
    spans = everything if spans is None else spans
    owner = _owners(len(text), spans, everything)
    tokens: list[list[int]] = [[] for _ in spans]
    trouble = [""] * len(spans)
    for position, (start, end) in enumerate(sentence.spans):
        owners = set(owner[start:end]) - {_NONE}
        for word in owners - {_OTHER}:
            tokens[word].append(position)
            if len(owners) > 1:
                trouble[word] = f"its token {text[start:end]!r} holds other words too"
    for start, end in sentence.lost:
        for word in set(owner[start:end]) - {_NONE, _OTHER}:
            trouble[word] = f"it lies behind the first {len(sentence.tokens)} tokens, where the sentence is cut off"
    rows = zip(names_of(text, spans), spans, tokens, trouble, strict=True)
    return [Word(name, *span, tuple(own), why or ("" if own else "it has no token")) for name, span, own, why in rows]


def random_words(sentences: Sequence[Encoded], n: int | None, seed: int, stop: Collection[str]) -> list[list[Word]]:
    """Random meaningful words of each sentence, in the order of the text.

    Args:
        sentences: in tokens.
        n: how many; nothing for all of them.
        seed: the same sentence and seed give the same words, whatever the other sentences are.
        stop: words that are no players.

    Returns:
        n words a sentence.

    Raises:
        ArgumentError: sentences with fewer (says which, and how many they have).
    """
    candidates = [
        [word for word in words_of(sentence) if not word.trouble and is_meaningful(_written(sentence, word), stop)]
        for sentence in sentences
    ]
    counts = [len(words) for words in candidates]
    if n is None:
        _check_equal(counts, "n")
        return candidates
    short = [index for index, count in enumerate(counts) if count < n]
    if short:
        found = _listed([f"sentence {index} has {counts[index]}" for index in short])
        raise ArgumentError(
            "n",
            f"{n} words, but {found}",
            f"at most {min(counts)}, the meaningful words of sentence {counts.index(min(counts))}",
            "Lower n, leave out these sentences, or change stop_words (as a field of a --players file)",
        )
    return [_drawn(sentence, words, n, seed) for sentence, words in zip(sentences, candidates, strict=True)]


def named_words(sentences: Sequence[Encoded], names: Sequence[Sequence[str]]) -> list[list[Word]]:
    """The words that the user names, in the order of the text.

    Args:
        sentences: in tokens.
        names: for each sentence; a name again means the next occurrence, "good#2" the second one.

    Returns:
        The words of each sentence.

    Raises:
        ArgumentError: a word that is not there, is named twice, or cannot be masked alone.
    """
    chosen = [
        _named(sentence, wanted, index) for index, (sentence, wanted) in enumerate(zip(sentences, names, strict=True))
    ]
    _check_equal([len(words) for words in chosen], "words")
    return chosen


def spanned_words(sentences: Sequence[Encoded], spans: Sequence[Sequence[Span]]) -> list[list[Word]]:
    """The phrases at the user's spans, in the order of the text.

    Args:
        sentences: in tokens.
        spans: for each sentence; (first character, character after the last).

    Returns:
        The phrases of each sentence.

    Raises:
        ArgumentError: a span outside the sentence, one over another, or one that cannot be masked alone.
    """
    chosen = []
    for index, (sentence, own) in enumerate(zip(sentences, spans, strict=True)):
        words = words_of(sentence, _checked_spans(sentence.text, own, index))
        _check_alone(words, "spans", index)
        chosen.append(words)
    _check_equal([len(words) for words in chosen], "spans")
    return chosen


def _owners(length: int, spans: Sequence[Span], everything: Sequence[Span]) -> list[int]:
    """The span that each character belongs to."""
    owner = [_NONE] * length
    for start, end in everything:
        owner[start:end] = [_OTHER] * (end - start)
    for index, (start, end) in enumerate(spans):
        owner[start:end] = [index] * (end - start)
    return owner


def _written(sentence: Encoded, word: Word) -> str:
    return sentence.text[word.start : word.end]


def _drawn(sentence: Encoded, words: Sequence[Word], n: int, seed: int) -> list[Word]:
    own = zlib.crc32(sentence.text.encode("utf-8", "replace"), seed)  # 32 bits: torch looks at no more of a seed
    generator = torch.Generator().manual_seed(own)
    return [words[i] for i in sorted(torch.randperm(len(words), generator=generator)[:n].tolist())]


def _named(sentence: Encoded, wanted: Sequence[str], index: int) -> list[Word]:
    words = words_of(sentence)
    by_name = {word.name: word for word in words}
    chosen: list[Word] = []
    for name in wanted:
        same = [word for word in words if _written(sentence, word) == name]
        same = same or ([by_name[name]] if name in by_name else [])
        if not same:
            there = _listed([word.name for word in words], 40)
            hint = "A phrase takes spans=" if len(find_words(name)) > 1 else ""
            raise ArgumentError("words", f"{name!r} for sentence {index}", f"words of it: {there}", hint)
        free = [word for word in same if word not in chosen]
        if not free:
            given = f"{name!r} {list(wanted).count(name)} times for sentence {index}"
            raise ArgumentError("words", given, f"each of its {len(same)} occurrences once")
        chosen.append(free[0])
    _check_alone(chosen, "words", index)
    return sorted(chosen, key=lambda word: word.start)


def _checked_spans(text: str, spans: Sequence[Span], index: int) -> list[Span]:
    accepted = f"disjoint (start, end) with 0 <= start < end <= {len(text)} for sentence {index}"
    try:
        ordered = sorted((int(start), int(end)) for start, end in spans)
    except (TypeError, ValueError):
        raise ArgumentError("spans", f"{spans!r:.80}", accepted) from None
    before = 0
    for start, end in ordered:
        if not before <= start < end <= len(text):
            raise ArgumentError("spans", (start, end), accepted)
        before = end
    return ordered


def _check_alone(words: Sequence[Word], argument: str, index: int) -> None:
    for word in words:
        if word.trouble:
            given = f"{word.name!r} for sentence {index}: {word.trouble}"
            raise ArgumentError(argument, given, "what can be masked on its own")


def _check_equal(counts: Sequence[int], argument: str) -> None:
    if len(set(counts)) > 1 or not counts[0]:
        found = _listed([f"{count} for sentence {index}" for index, count in enumerate(counts)])
        raise ArgumentError(argument, f"players: {found}", "the same number for every sentence, at least 1")


def _listed(things: Sequence[str], most: int = _LISTED) -> str:
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(things[:most]) + more
