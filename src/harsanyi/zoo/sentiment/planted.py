"""The known score of a sentence as AND and OR interactions between its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo.sentiment import lexicon

Positions = tuple[int, ...]


@final
@dataclass(frozen=True)
class Planted:
    """The exact interactions of a sentence, by positions of its words.

    Attributes:
        words: of the sentence.
        and_: effect that the score gains where all words at these positions are present; single words are here.
        or_: effect that the score gains where any word at these positions is present; two positions or more.
    """

    words: tuple[str, ...]
    and_: Mapping[Positions, float]
    or_: Mapping[Positions, float]

    def score(self, present: Sequence[bool] | None = None) -> float:
        """Score of the sentence with only some words present, one bool a word; of the whole sentence without.

        Raises:
            ArgumentError: not one bool a word.
        """
        present = [True] * len(self.words) if present is None else present
        if len(present) != len(self.words):
            raise ArgumentError("present", f"{len(present)} values", f"{len(self.words)}, one for each word")
        held = sum(effect for positions, effect in self.and_.items() if all(present[i] for i in positions))
        return held + sum(effect for positions, effect in self.or_.items() if any(present[i] for i in positions))


def planted(sentence: str | Sequence[str]) -> Planted:
    """Interactions of a sentence; its score is their sum, 0 for no words.

    An adjective has its worth. A negation one or two words before it, an intensifier right before it, and the two
    together add ANDs with it. An idiom is an AND of its words. All words of praise are one OR, all words of blame
    another; where there is one such word, it is an effect of that word alone. Every other word has no effect. The
    score of a masked sentence is that of the sentence with any other word, or none, in the place of the masked ones.

    Args:
        sentence: words, or a str with blanks between them; words the grammar does not know have no effect.

    Returns:
        The `Planted` interactions.

    Example:
        >>> planted("the plot was not very good").and_
        {(5,): 1.0, (4, 5): 0.5, (3, 5): -1.5, (3, 4, 5): -0.25}
        >>> planted("bravo superb the plot was good").or_
        {(0, 1): 1.5}

    Source: our definition.
    """
    words = tuple(sentence.split() if isinstance(sentence, str) else sentence)
    and_: dict[Positions, float] = defaultdict(float)
    or_: dict[Positions, float] = {}
    for position, word in enumerate(words):
        if word in lexicon.ADJECTIVES:
            for positions, share in _phrase(words, position).items():
                and_[positions] += share * lexicon.ADJECTIVES[word]
    for idiom, effect in lexicon.IDIOMS.items():
        for start in range(len(words) - len(idiom) + 1):
            if words[start : start + len(idiom)] == idiom:
                and_[tuple(range(start, start + len(idiom)))] += effect
    for kind, effect in ((lexicon.PRAISE, lexicon.EXCLAIMED), (lexicon.BLAME, -lexicon.EXCLAIMED)):
        positions = tuple(i for i, word in enumerate(words) if word in kind)
        if len(positions) == 1:
            and_[positions] += effect
        elif positions:
            or_[positions] = effect
    return Planted(words, dict(and_), or_)


def _phrase(words: Sequence[str], adjective: int) -> dict[Positions, float]:
    """Effects of an adjective and of what stands before it, in units of its worth."""
    before = [i for i in (adjective - 1, adjective - 2) if i >= 0]
    effects: dict[Positions, float] = {(adjective,): 1.0}
    if before and words[before[0]] in lexicon.INTENSIFIERS:
        effects[(before[0], adjective)] = lexicon.INTENSIFIED
    for position in before:
        if words[position] in lexicon.NEGATIONS:
            effects[(position, adjective)] = lexicon.NEGATED
    if len(before) == 2 and words[before[0]] in lexicon.INTENSIFIERS and words[before[1]] in lexicon.NEGATIONS:
        effects[(before[1], before[0], adjective)] = lexicon.BOTH
    return effects
