"""From the interactions at each checkpoint to the strength of each sample, all that the dynamics need to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Floats
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, SalienceRule
from harsanyi.core.threads import one_thread
from harsanyi.interactions import Interactions

Checkpoints = Mapping[Any, Interactions] | Iterable[tuple[Any, Interactions]]


@dataclass(frozen=True, eq=False)
class Strengths:
    """Strength by order of the same samples at several checkpoints.

    Attributes:
        steps: of the checkpoints, strictly rising, (checkpoints,).
        strength: sums of positive and of negative salient effects, (checkpoints, samples, 2, n).
        count: number of salient effects, float64 (checkpoints, samples).
    """

    steps: npt.NDArray[Any]
    strength: Floats
    count: Floats


def strengths_of(checkpoints: Checkpoints, salience: SalienceRule | str | None) -> Strengths:
    """Read one checkpoint after the other, keeping sums only.

    Args:
        checkpoints: interactions by step, or pairs of both.
        salience: rule for the effects that count; nothing counts every effect.

    Returns:
        The `Strengths`.

    Raises:
        ArgumentError: no checkpoint, steps that do not rise, or other samples, players or labels at one of them.
    """
    rule = FixedThreshold(0.0) if salience is None else salience
    steps, strengths, counts, first = [], [], [], None
    with one_thread:
        for step, interactions in pairs_of(checkpoints):
            first = interactions if first is None else first
            check_alike("checkpoints", f"at step {step}", interactions, first)
            steps.append(step)
            strengths.append(interactions.strength_by_order(rule))
            counts.append(interactions.salient(rule).count)
    return Strengths(rising_steps(steps), np.stack(strengths), np.stack(counts).astype(np.float64))


def pairs_of(checkpoints: Checkpoints) -> Iterable[tuple[Any, Interactions]]:
    """Step and interactions of each checkpoint."""
    return checkpoints.items() if isinstance(checkpoints, Mapping) else checkpoints


def rising_steps(steps: list[Any]) -> npt.NDArray[Any]:
    """The steps, (checkpoints,), refused where there are none, or they do not strictly rise."""
    if not steps:
        raise ArgumentError("checkpoints", "no checkpoint", "at least one")
    rising = np.array(steps)
    usable = rising.ndim == 1 and rising.dtype.kind in "iuf" and bool(np.isfinite(rising).all())
    if not usable or not (np.diff(rising) > 0).all():
        raise ArgumentError("checkpoints", f"steps {steps}", "numbers that strictly rise")
    return rising
