"""The words of the sentiment grammar and what they are worth."""

from __future__ import annotations

ADJECTIVES = {
    "great": 1.5, "charming": 1.25, "good": 1.0, "unforgettable": 2.0, "fine": 0.5,
    "awful": -1.5, "boring": -1.25, "bad": -1.0, "unwatchable": -2.0, "weak": -0.5,
}  # fmt: skip
NEGATIONS = ("not", "never", "hardly")
INTENSIFIERS = ("very", "really", "so")
NEGATED = -1.5  # AND of a negation and an adjective, times the worth of the adjective
INTENSIFIED = 0.5  # AND of an intensifier and an adjective, likewise
BOTH = -0.25  # AND of negation, intensifier and adjective, likewise

PRAISE = ("bravo", "superb", "masterpiece", "brilliant")
BLAME = ("rubbish", "nonsense", "disaster", "dreadful")
EXCLAIMED = 1.5  # OR over all words of praise; its negative over all words of blame

IDIOMS = {
    ("must", "see"): 1.5,
    ("well", "worth", "it"): 2.0,
    ("falls", "flat"): -1.5,
    ("waste", "of", "time"): -2.0,
}  # AND of the words of each

NOUNS = ("plot", "cast", "music", "film", "story", "screenplay", "ending")
VERBS = ("is", "was")
BEFORE_IDIOM = {
    ("must", "see"): ("is", "a"),
    ("well", "worth", "it"): ("is",),
    ("falls", "flat"): (),
    ("waste", "of", "time"): ("is", "a"),
}
ARTICLE = "the"
CONJUNCTIONS = ("and", "but")


def words() -> list[str]:
    """Every word of the grammar once, sorted."""
    idioms = [word for idiom, before in BEFORE_IDIOM.items() for word in (*before, *idiom)]
    kinds = (ADJECTIVES, NEGATIONS, INTENSIFIERS, PRAISE, BLAME, idioms, NOUNS, VERBS, [ARTICLE], CONJUNCTIONS)
    return sorted({word for kind in kinds for word in kind})
