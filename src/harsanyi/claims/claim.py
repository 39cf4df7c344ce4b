"""A claim of a paper that can be checked, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, final

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.estimates import clear_sign

if TYPE_CHECKING:
    from harsanyi.claims.material import Material

APPEARS, DOES_NOT_APPEAR, CANNOT_TELL, NOT_RUN = "appears", "does not appear", "cannot tell", "not run"
VERDICTS = (APPEARS, DOES_NOT_APPEAR, CANNOT_TELL, NOT_RUN)


@final
@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        measured: a sentence with the numbers and their intervals.
        verdict: one of `VERDICTS`.
        seeds: of the networks that were looked at, or the numbers of the pairs; none where the check needs no network.
    """

    measured: str
    verdict: str
    seeds: tuple[int, ...] = ()


@final
@dataclass(frozen=True)
class Claim:
    """A claim, what would refute it, and how it is checked.

    Attributes:
        number: such as "C5".
        paper: arXiv numbers of the papers that make it.
        words: the claim.
        null: what must be excluded for it to appear.
        check: measures it; its docstring states the rule of its verdict.
        needs: what of the `Material` it reads, made before it is called.
    """

    number: str
    paper: str
    words: str
    null: str
    check: Callable[[Material], Finding]
    needs: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Verdict:
    """What came of a claim.

    Attributes:
        claim: which one.
        measured: a sentence with the numbers and their intervals.
        verdict: one of `VERDICTS`.
        seeds: of the networks that were looked at, or the numbers of the pairs.
        seconds: that it took, with the making of what it was the first to need.
    """

    claim: Claim
    measured: str
    verdict: str
    seeds: tuple[int, ...]
    seconds: float


def vote(estimate: Estimate, null: float = 0.0, expected: int = 1) -> int:
    """What one interval says: 1 for the claim, -1 against it, 0 where it holds the null or there is none.

    Args:
        estimate: a single number.
        null: what the claim says it is other than.
        expected: 1 where the claim says that it is above the null, -1 where below.

    Example:
        >>> import numpy as np
        >>> vote(Estimate(*map(np.array, (-0.9, -1.0, -0.6))), expected=-1)
        1
    """
    return expected * clear_sign(Estimate(*(end - null for end in (estimate.value, estimate.low, estimate.high))))


def all_of(votes: Iterable[int]) -> int:
    """Of a claim with several parts: 1 where all are for it, -1 where any is against it, else 0."""
    found = list(votes)
    return -1 if -1 in found else int(min(found) == 1)


def verdict_of(votes: Sequence[int]) -> str:
    """The verdict from one vote a network, or from a single one.

    "appears": more than half are for the claim and none is against it; "does not appear": the other way round.

    Example:
        >>> verdict_of([1, 1, 0]), verdict_of([-1, -1]), verdict_of([1, -1])
        ('appears', 'does not appear', 'cannot tell')
    """
    for side, verdict in ((1, APPEARS), (-1, DOES_NOT_APPEAR)):
        if 2 * votes.count(side) > len(votes) and -side not in votes:
            return verdict
    return CANNOT_TELL


def by_seed(seeds: Sequence[int], ask: Callable[[int], tuple[int, str]], what: str) -> Finding:
    """Ask the network of each seed the same.

    Args:
        seeds: of the networks.
        ask: gives a vote and the numbers in words.
        what: was measured, as the sentence begins.
    """
    answers = {seed: ask(seed) for seed in seeds}
    told = "; ".join(f"{text} (seed {seed})" for seed, (_, text) in answers.items())
    return Finding(f"{what}: {told}.", verdict_of([voted for voted, _ in answers.values()]), tuple(seeds))


def numbers(estimate: Estimate) -> str:
    """A number with its interval in brackets.

    Example:
        >>> import numpy as np
        >>> numbers(Estimate(*map(np.array, (0.5, 0.25, 1.0))))
        '0.5 [0.25, 1]'
    """
    value, low, high = (float(end) for end in (estimate.value, estimate.low, estimate.high))
    if isnan(value):
        return "not known"
    return f"{value:.3g} [{'not known' if isnan(low) else f'{low:.3g}, {high:.3g}'}]"
