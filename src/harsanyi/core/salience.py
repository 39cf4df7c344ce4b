"""Which effects are salient: the thresholds of the papers, each a small rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.errors import ArgumentError


class SalienceRule(Protocol):
    """A threshold tau for each sample; an effect is salient where |effect| >= tau."""

    def thresholds(
        self,
        scores: Float[Tensor, "samples coalitions"],
        and_: Float[Tensor, "samples coalitions"],
        or_: Float[Tensor, "samples coalitions"],
    ) -> Float[Tensor, "samples"]:
        """Tau of each sample, in the unit of the scores."""
        ...


def _strengths(and_: Tensor, or_: Tensor) -> Tensor:
    """Largest |effect| of a non-empty coalition, a sample."""
    return torch.maximum(and_[:, 1:].abs().amax(1), or_[:, 1:].abs().amax(1))


def _check_share(share: float) -> None:
    if not 0 <= share < float("inf"):
        raise ArgumentError("share", share, "a number >= 0")


@dataclass(frozen=True)
class ScoreRange:
    """tau = share * mean over samples of |v(N) - v(empty)|: one threshold for all samples.

    Args:
        share: c, default 0.03.

    Raises:
        ArgumentError: a negative share.

    Source: 2407.19198 (for 2405.10262).
    """

    share: float = 0.03

    def __post_init__(self) -> None:
        _check_share(self.share)

    def thresholds(self, scores: Tensor, and_: Tensor, or_: Tensor) -> Tensor:
        """Tau, (samples,), the same for every sample."""
        return (self.share * (scores[:, -1] - scores[:, 0]).abs().mean()).expand(len(scores))


@dataclass(frozen=True)
class MaxEffect:
    """tau = share * the largest |effect|, of each sample or over all samples.

    Args:
        share: c, default 0.05.
        over: "effects": the largest of the sample itself; "samples": the largest of all samples, one tau for all.

    Raises:
        ArgumentError: a negative share, or another `over`.

    Source: 2401.16318 ("effects"); 2409.08712, appendix M.4 ("samples").
    """

    share: float = 0.05
    over: Literal["effects", "samples"] = "effects"

    def __post_init__(self) -> None:
        _check_share(self.share)
        if self.over not in ("effects", "samples"):
            raise ArgumentError("over", repr(self.over), '"effects" or "samples"')

    def thresholds(self, scores: Tensor, and_: Tensor, or_: Tensor) -> Tensor:
        """Tau, (samples,)."""
        strongest = _strengths(and_, or_)
        return self.share * (strongest.amax().expand(len(strongest)) if self.over == "samples" else strongest)


@dataclass(frozen=True)
class FixedThreshold:
    """tau = a given number.

    Args:
        value: in the unit of the scores.

    Raises:
        ArgumentError: a negative number.

    Source: our definition.
    """

    value: float

    def __post_init__(self) -> None:
        _check_share(self.value)

    def thresholds(self, scores: Tensor, and_: Tensor, or_: Tensor) -> Tensor:
        """Tau, (samples,)."""
        return torch.full_like(scores[:, 0], self.value)
