"""All claims by their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harsanyi.claims import confusion, dynamics, generalization, layers, mathematics, pairwise, sharing
from harsanyi.claims.claim import Claim
from harsanyi.core.errors import ArgumentError, did_you_mean

_MODULES = (mathematics, dynamics, generalization, confusion, layers, sharing, pairwise)
CLAIMS: Mapping[str, Claim] = {
    claim.number: claim
    for claim in sorted((claim for module in _MODULES for claim in module.CLAIMS), key=lambda one: int(one.number[1:]))
}


def chosen_claims(numbers: Sequence[str]) -> list[Claim]:
    """The claims of these numbers, by their number; all where there are none.

    Raises:
        ArgumentError: an unknown number.

    Example:
        >>> [claim.number for claim in chosen_claims(["c10", "C2"])]
        ['C2', 'C10']
    """
    wanted = [number.upper() for number in numbers]
    for given, number in zip(numbers, wanted, strict=True):
        if number not in CLAIMS:
            raise ArgumentError("only", repr(given), f"some of {', '.join(CLAIMS)}", did_you_mean(number, CLAIMS))
    return [claim for number, claim in CLAIMS.items() if not wanted or number in wanted]
