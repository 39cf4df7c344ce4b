"""From the interactions at each checkpoint to what generalizes of them and what is newly gained, in sums by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.alike import check_alike
from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.parts import gained_sums, part_sums
from harsanyi.analysis.references import Encodings, encodings_of
from harsanyi.analysis.strengths import Checkpoints, pairs_of, rising_steps
from harsanyi.analysis.transfer import TransferRule, both_types, transferred
from harsanyi.core.threads import one_thread
from harsanyi.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Learned:
    """What the same samples say at several checkpoints.

    Attributes:
        steps: of the checkpoints, strictly rising, (checkpoints,).
        sums: `part_sums`, (samples, checkpoints, 6 n).
        gained: `gained_sums` from each checkpoint to the next, (samples, checkpoints - 1, 2, n).
        last: interactions at the last checkpoint.
        encoded: what the networks encode that it is compared with.
    """

    steps: npt.NDArray[Any]
    sums: Floats
    gained: Floats
    last: Interactions
    encoded: Encodings


def learned_of(
    checkpoints: Checkpoints,
    baselines: Sequence[Interactions],
    ceilings: Sequence[Interactions],
    floors: Sequence[Interactions],
    rule: TransferRule,
) -> Learned:
    """Read one checkpoint after the other, keeping sums and the effects of the one before.

    Raises:
        ArgumentError: no checkpoint, steps that do not rise, or networks that cannot be compared.
    """
    steps, sums, gained, encoded, before, last = [], [], [], None, None, None
    with one_thread:
        for step, last in pairs_of(checkpoints):
            check_alike("checkpoints", f"at step {step}", last, last if encoded is None else baselines[0])
            encoded = encoded or encodings_of(last, baselines, ceilings, floors, rule)
            salient, shared = transferred(last, encoded.baselines, rule)
            effects = np.where(salient, both_types(last), 0.0)
            steps.append(step)
            sums.append(part_sums(effects, salient, shared))
            if before is not None:
                gained.append(gained_sums(effects, before, shared))
            before = effects
    rising = rising_steps(steps)
    assert last is not None  # there is a step
    assert encoded is not None
    none = np.empty((len(last), 0, 2, last.n))
    return Learned(rising, np.stack(sums, 1), np.stack(gained, 1) if gained else none, last, encoded)
