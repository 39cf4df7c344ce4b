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
    check_agreement(baselines, rule)
    check_alike("target", "in the target", target, target)
    for position, baseline in enumerate(baselines):
        check_alike("baselines", f"in baseline {position}", baseline, target)
    salient = salient_effects(target, rule.salience)
    if not salient.any():
        raise ArgumentError("target", "no salient effect in any sample", "one effect or more",
                            "Lower the share of the salience rule")  # fmt: skip
    return salient, generalizing(both_types(target), salient, would_generalize(baselines, rule))


def check_agreement(baselines: Sequence[Interactions], rule: TransferRule) -> None:
    """Refuse a number of baselines that the rule cannot ask.

    Raises:
        ArgumentError: no baseline; a majority of one.
    """
    if not baselines:
        raise ArgumentError("baselines", "none", "interactions of one network or more")
    if len(baselines) == 1 and rule.agreement == "majority":
        raise ArgumentError("agreement", "'majority' of a single baseline", "'one', or several baselines")


def would_generalize(baselines: Sequence[Interactions], rule: TransferRule) -> Bools:
    """Which effects would generalize to the baselines if a network had them.

    Args:
        baselines: of one network or more, on the same samples.
        rule: when an interaction generalizes.

    Returns:
        bool (2, 2, samples, 2**n): a positive effect, then a negative one; AND, then OR.
    """
    votes = np.zeros((2, 2, *baselines[0].scores.shape), np.int64)
    for baseline in baselines:
        salient, effects = salient_effects(baseline, rule.baseline_salience or rule.salience), both_types(baseline)
        signs = (effects > 0, effects < 0) if rule.same_sign else (True, True)
        votes += np.stack([salient & sign for sign in signs])
    return np.asarray(votes >= {"one": 1, "majority": len(baselines) // 2 + 1, "all": len(baselines)}[rule.agreement])


def generalizing(effects: npt.NDArray[np.float64], salient: Bools, accepted: Bools) -> Bools:
    """Which salient effects generalize, bool (2, samples, 2**n), given what `would_generalize`."""
    return salient & np.where(effects > 0, accepted[0], accepted[1])
