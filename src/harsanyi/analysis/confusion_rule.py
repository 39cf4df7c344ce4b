"""Which samples count as confusing: by which score, and how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from harsanyi.analysis.transfer import TransferRule
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.salience import SalienceRule

NON_GENERALIZABLE, COMPLEX_CANCELLING = "non_generalizable", "complex_cancelling"
SCORES = (NON_GENERALIZABLE, COMPLEX_CANCELLING)
SHARE = 0.1
_TRANSFER = TransferRule()


@final
@dataclass(frozen=True)
class ConfusionRule:
    """Which samples confuse a network; each part is an option.

    Args:
        score: "non_generalizable", 1 - H of the sample, which needs baseline networks; "complex_cancelling", the share
            of its strength at high orders times how far its effects cancel, which needs none. Nothing takes the first
            where there are baselines, else the second.
        share: of the samples that have a score, those with the highest, in (0, 1]; rounded to the nearest number of
            samples, at least one; of up to half, only those above the median. Nothing takes 0.1 where no threshold is
            given.
        threshold: in place of a share, the least score of a confusing sample, in [0, 1].
        high_order: lowest order that counts as high, 1 to n; n // 2 + 1 unless given.
        salience: rule for the effects that count; nothing takes that of `transfer`.
        transfer: when an interaction generalizes to the baselines.

    Raises:
        ArgumentError: an unknown score, a number out of range, or both a share and a threshold.

    Source: 2502.08625 in words: a sample that a network classifies by interactions that do not generalize, which are
        complex and cancel each other. The scores and the sets are our definitions.
    """

    score: str | None = None
    share: float | None = None
    threshold: float | None = None
    high_order: int | None = None
    salience: SalienceRule | str | None = None
    transfer: TransferRule = _TRANSFER

    def __post_init__(self) -> None:
        if self.score is not None and self.score not in SCORES:
            raise ArgumentError("score", repr(self.score), ", ".join(map(repr, SCORES)),
                                did_you_mean(str(self.score), SCORES))  # fmt: skip
        if self.share is not None and self.threshold is not None:
            raise ArgumentError("threshold", f"{self.threshold} beside a share of {self.share}", "one of the two")
        if self.share is not None and not 0 < self.share <= 1:
            raise ArgumentError("share", self.share, "a number in (0, 1]")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ArgumentError("threshold", self.threshold, "a score in [0, 1]")

    @property
    def counting(self) -> TransferRule:
        """The rule of transfer, with the salience of this one."""
        return self.transfer if self.salience is None else replace(self.transfer, salience=self.salience)

    def deciding(self, baselines: int) -> str:
        """The score that decides where there are so many baselines."""
        if self.score == NON_GENERALIZABLE and not baselines:
            raise ArgumentError("baselines", "none", "interactions of one network or more",
                                f"Without them samples have the score {COMPLEX_CANCELLING!r}")  # fmt: skip
        return self.score or (NON_GENERALIZABLE if baselines else COMPLEX_CANCELLING)

    def lowest_high(self, n: int) -> int:
        """Lowest order that counts as high among n players."""
        high = n // 2 + 1 if self.high_order is None else self.high_order
        if not 1 <= high <= n:
            raise ArgumentError("high_order", high, f"an order, 1 to {n}")
        return high
