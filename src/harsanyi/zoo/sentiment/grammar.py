"""Sentences of the sentiment grammar with their labels."""

from __future__ import annotations

from random import Random

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.zoo.data import Source, text_part
from harsanyi.zoo.sentiment import lexicon
from harsanyi.zoo.sentiment.planted import planted

CLASSES = ("negative", "positive")
_LEAST_SCORE = 0.1
_TRIES = 2000  # draws without a new sentence after which the grammar counts as used up


def sentiment(samples: int = 2000, max_words: int = 10, seed: int = 0) -> Source[list[str]]:
    """Different sentences, as many positive as negative ones; `planted` gives the interactions of each.

    A sentence has one or two clauses ("the plot was not very good", "the story falls flat"), and up to three words of
    praise or blame before or after them; words may repeat.

    Args:
        samples: number of sentences.
        max_words: most words of a sentence, at least 4.
        seed: of the sentences.

    Returns:
        The `Source`: sentences, words with blanks between them; label 1 where the planted score is above 0, else 0.

    Raises:
        ArgumentError: a number out of range, or more sentences than there are of so many words.

    Example:
        >>> source = sentiment(samples=100)
        >>> all((planted(text).score() > 0) == label
        ...     for text, label in zip(source.train.read(torch.arange(100)), source.train.labels.tolist()))
        True
    """
    require_whole(samples=samples)
    require_whole(4, max_words=max_words)
    require_whole(0, seed=seed)
    random, found, tries = Random(seed), dict[str, int](), 0
    while len(found) < samples:
        words = _sentence(random)
        text, score = " ".join(words), planted(words).score()
        wanted = len(found) % 2  # alternate, so that the classes are equally frequent
        fits = len(words) <= max_words and abs(score) >= _LEAST_SCORE and (score > 0) == wanted
        tries += 1
        if fits and text not in found:
            found[text], tries = wanted, 0
        elif tries > _TRIES:
            accepted = f"about {len(found)}: no more are found with at most {max_words} words"
            raise ArgumentError("samples", samples, accepted)
    return Source(text_part(list(found), torch.tensor(list(found.values()))), CLASSES)


def _sentence(random: Random) -> list[str]:
    clauses = _clause(random)
    if random.random() < 0.4:
        clauses += [random.choice(lexicon.CONJUNCTIONS), *_clause(random)]
    kind = random.choice((lexicon.PRAISE, lexicon.BLAME))
    calls = [random.choice(kind) for _ in range(random.choice((0, 0, 1, 2, 3)))]
    return calls + clauses if random.random() < 0.5 else clauses + calls


def _clause(random: Random) -> list[str]:
    subject = [lexicon.ARTICLE, random.choice(lexicon.NOUNS)]
    if random.random() < 0.25:
        idiom = random.choice(list(lexicon.IDIOMS))
        return [*subject, *lexicon.BEFORE_IDIOM[idiom], *idiom]
    negation = [random.choice(lexicon.NEGATIONS)] if random.random() < 0.4 else []
    intensifier = [random.choice(lexicon.INTENSIFIERS)] if random.random() < 0.4 else []
    return [*subject, random.choice(lexicon.VERBS), *negation, *intensifier, random.choice(list(lexicon.ADJECTIVES))]
