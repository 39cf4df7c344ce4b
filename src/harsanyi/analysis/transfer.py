"""Which interactions of a network another network encodes too, on the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Floats
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


def both_types(x: Interactions) -> Floats:
    """AND and OR effects, float64 (2, samples, 2**n)."""
    return np.stack((x.and_, x.or_))


def salient_effects(x: Interactions, rule: SalienceRule | str) -> Bools:
    """Which AND and OR effects are salient, bool (2, samples, 2**n)."""
    found = x.salient(rule)
    return np.stack((found.and_, found.or_))


@final
@dataclass(frozen=True, eq=False)
class Encoded:
    """What networks encode on each sample, so that many others may be asked about without reading it again.

    Attributes:
        positive: where a positive effect would generalize, bool (2, samples, 2**n), AND first.
        negative: where a negative one would.
    """

    positive: Bools
    negative: Bools

    def shared(self, effects: Floats) -> Bools:
        """Which of these effects are encoded as they are, (2, samples, 2**n) of both."""
        return np.where(effects > 0, self.positive, self.negative)

    def shared_elsewhere(self, effects: Floats) -> Floats:
        """Share of the other samples on which each of these effects is encoded, in [0, 1], (2, samples, 2**n).

        That is the mean over all ways to give every sample the effects of another one.
        """
        counts = [found.sum(1, keepdims=True) - found.astype(np.int64) for found in (self.positive, self.negative)]
        return np.asarray(np.where(effects > 0, *counts) / max(effects.shape[1] - 1, 1))


def encoded_by(
    networks: Sequence[Interactions], target: Interactions, rule: TransferRule, kind: str = "baseline"
) -> Encoded:
    """What other networks encode, the agreement of several looked at.

    Args:
        networks: on the samples and players of the target, for the same labels.
        target: of the network that will be asked about.
        rule: when an interaction generalizes.
        kind: what these networks are, for errors; with an s the argument of the caller.

    Returns:
        The `Encoded`.

    Raises:
        ArgumentError: no network; a majority of one; other samples, players, labels or numbers of classes.
    """
    argument = f"{kind}s"
    if not networks:
        raise ArgumentError(argument, "none", "interactions of one network or more")
    if len(networks) == 1 and rule.agreement == "majority":
        raise ArgumentError("agreement", f"'majority' of a single {kind}", f"'one', or several {argument}")
    for position, network in enumerate(networks):
        check_alike(argument, f"in {kind} {position}", network, target)
    needed = {"one": 1, "majority": len(networks) // 2 + 1, "all": len(networks)}[rule.agreement]
    votes = np.zeros((2, 2, len(target), 1 << target.n), dtype=np.int64)
    for network in networks:
        found, effects = salient_effects(network, rule.baseline_salience or rule.salience), both_types(network)
        signs = (effects > 0, effects < 0) if rule.same_sign else (True, True)
        votes += np.stack([found & sign for sign in signs])
    return Encoded(votes[0] >= needed, votes[1] >= needed)


def transferred(target: Interactions, encoded: Encoded, rule: TransferRule) -> tuple[Bools, Bools]:
    """Salient interactions of a network, and which of them generalize.

    Args:
        target: of the network that is asked about.
        encoded: what the baselines encode.
        rule: when an interaction generalizes.

    Returns:
        salient and generalizes, bool (2, samples, 2**n), AND first; the second is a part of the first.
    """
    salient = salient_effects(target, rule.salience)
    return salient, salient & encoded.shared(both_types(target))
