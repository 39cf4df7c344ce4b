"""Which interactions of a network another network encodes too, on the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.alike import check_alike
from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions

Bools = npt.NDArray[np.bool_]
AGREEMENTS = ("one", "majority", "all")


@final
@dataclass(frozen=True)
class TransferRule:
    """When an interaction of a network generalizes to baseline networks; each part is an option.

    Args:
        salience: rule for the effects of the network that are asked about.
        baseline_salience: rule for the effects that a baseline network encodes; nothing takes `salience`. Each network
            has thresholds of its own.
        same_sign: whether the effect in the baseline needs the same sign.
        agreement: how many of several baselines must encode it: "one" at least, the "majority" (more than half), or
            "all".

    Raises:
        ArgumentError: another agreement.

    Source: 2505.06993 in words: a salient interaction generalizes if a network trained on other samples encodes it too,
        on the same sample. Which effects these are exactly is our definition.
    """

    salience: SalienceRule | str = "score_range"
    baseline_salience: SalienceRule | str | None = None
    same_sign: bool = True
    agreement: str = "one"

    def __post_init__(self) -> None:
        if self.agreement not in AGREEMENTS:
            hint = did_you_mean(str(self.agreement), AGREEMENTS)
            raise ArgumentError("agreement", repr(self.agreement), ", ".join(map(repr, AGREEMENTS)), hint)


def both_types(x: Interactions) -> npt.NDArray[np.float64]:
    """AND and OR effects, float64 (2, samples, 2**n)."""
    return np.stack((x.and_, x.or_))


def salient_effects(x: Interactions, rule: SalienceRule | str) -> Bools:
    """Which AND and OR effects are salient, bool (2, samples, 2**n)."""
    found = x.salient(rule)
    return np.stack((found.and_, found.or_))


def transferred(target: Interactions, baselines: Sequence[Interactions], rule: TransferRule) -> tuple[Bools, Bools]:
    """Salient interactions of the target, and which of them generalize to the baselines.

    Args:
        target: of the network that is asked about.
        baselines: of other networks, on the same samples and players, for the same labels.
        rule: when an interaction generalizes.

    Returns:
        salient and generalizes, bool (2, samples, 2**n), AND first; the second is a part of the first.

    Raises:
        ArgumentError: no baseline; a majority of one; other samples, players or labels; no salient effect at all.
    """
    if not baselines:
        raise ArgumentError("baselines", "none", "interactions of one network or more")
    if len(baselines) == 1 and rule.agreement == "majority":
        raise ArgumentError("agreement", "'majority' of a single baseline", "'one', or several baselines")
    check_alike("target", "in the target", target, target)
    for position, baseline in enumerate(baselines):
        check_alike("baselines", f"in baseline {position}", baseline, target)
    salient = salient_effects(target, rule.salience)
    if not salient.any():
        raise ArgumentError("target", "no salient effect in any sample", "one effect or more",
                            "Lower the share of the salience rule")  # fmt: skip
    votes = sum((_encodes(baseline, target, rule).astype(np.int64) for baseline in baselines), np.zeros((), np.int64))
    needed = {"one": 1, "majority": len(baselines) // 2 + 1, "all": len(baselines)}[rule.agreement]
    return salient, salient & np.asarray(votes >= needed)


def _encodes(baseline: Interactions, target: Interactions, rule: TransferRule) -> Bools:
    """Which effects the baseline encodes as the target has them, bool (2, samples, 2**n)."""
    found = salient_effects(baseline, rule.baseline_salience or rule.salience)
    return found & (both_types(baseline) * both_types(target) > 0) if rule.same_sign else found
