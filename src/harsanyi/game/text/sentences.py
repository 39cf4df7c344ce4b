"""Sentences with chosen words, ready to be masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.masking import Masking
from harsanyi.game.text.choice import Word, words_of
from harsanyi.game.text.tokens import ATTENTION, INJECTED, TOKEN, Encoded


@final
@dataclass(frozen=True, eq=False)
class SentencePlayers:
    """Words of given sentences as players of their samples.

    Attributes:
        sentences: in tokens.
        words: the players of each sentence, the same number for all.
        shows: what an absent word's tokens show, by row of a sample.
        rest: "keep" or "mask" the other words.
    """

    sentences: Sequence[Encoded]
    words: Sequence[Sequence[Word]]
    shows: Mapping[int, int]
    rest: str

    def check(self, inputs: Tensor) -> int:
        """Number of players; the sentences were looked at when the words were chosen."""
        return len(self.words[0])

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking a sample, (4, tokens)."""
        longest = max(len(sentence.text) for sentence in self.sentences)
        rows = zip(inputs, self.sentences[first:], self.words[first:], strict=False)
        return [self._masking(sample, sentence, words, longest) for sample, sentence, words in rows]

    def _masking(self, sample: Tensor, sentence: Encoded, words: Sequence[Word], longest: int) -> Masking:
        regions = torch.full((1, sample.shape[-1]), -1)
        drawn = torch.full((longest,), -1)
        for player, word in enumerate(words):
            regions[0, list(word.tokens)] = player
            drawn[word.start : word.end] = player
        regions = regions.to(sample.device)
        baseline = sample.clone()
        for row, value in self.shows.items():
            baseline[row] = value
        if self.rest == "mask":
            sample = torch.where(_found(sentence, sample) & (regions < 0), baseline, sample)
        return Masking(sample, baseline, regions, tuple(word.name for word in words), drawn=drawn)


def shows(baseline: str | Tensor, token: int) -> dict[int, int]:
    """What absent words show, by row of a sample.

    Args:
        baseline: "pad", or an embedding or its name where there is no token, or any other name of a token.
        token: its id.
    """
    if isinstance(baseline, Tensor) or baseline == "mean":
        return {INJECTED: 1}
    return {TOKEN: token, ATTENTION: 0} if baseline == "pad" else {TOKEN: token}


def as_texts(inputs: Any) -> list[str]:
    """Texts as a list.

    Raises:
        ArgumentError: anything but texts with characters other than white space.
    """
    accepted = "texts, one a sample"
    if isinstance(inputs, str):
        raise ArgumentError("inputs", f"one text, {inputs!r:.40}", accepted, "Put it into a list: [text]")
    if hasattr(inputs, "columns"):
        known = ", ".join(map(str, inputs.columns))
        raise ArgumentError("inputs", f"a table with the columns {known}", accepted, "Give one column: table['text']")
    if isinstance(inputs, Mapping) or not hasattr(inputs, "__iter__"):
        raise ArgumentError("inputs", type(inputs).__name__, accepted)
    texts = list(inputs)
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise ArgumentError("inputs", f"{type(text).__name__} for sentence {index}", accepted)
        if not text.strip():
            raise ArgumentError("inputs", f"nothing but white space for sentence {index}", accepted)
    if not texts:
        raise ArgumentError("inputs", "no sentences", "at least one")
    return [str(text) for text in texts]


def check_attended(sentences: Sequence[Encoded], words: Sequence[Sequence[Word]], rest: str) -> None:
    """Refuse sentences of which padding would leave no token to attend to.

    Raises:
        ArgumentError: says which sentence.
    """
    for index, (sentence, own) in enumerate(zip(sentences, words, strict=True)):
        everyone = words_of(sentence) if rest == "mask" else own
        masked = {token for word in (*own, *everyone) for token in word.tokens}
        if len(masked) == len(sentence.tokens) - max(0, len(sentence.answer) - 1):
            given = f"'pad', which hides every token of sentence {index} when no player is there"
            hint = "Leave a word out of the players, or add a token that begins every text"
            raise ArgumentError("baseline", given, "'pad' where a token stays, or another baseline", hint)


def _found(sentence: Encoded, sample: Tensor) -> Tensor:
    """Tokens of all words of the sentence, bool (1, tokens)."""
    found = torch.zeros(1, sample.shape[-1], dtype=torch.bool)
    for word in words_of(sentence):
        found[0, list(word.tokens)] = True
    return found.to(sample.device)
