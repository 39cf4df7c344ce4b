"""The pieces that a study is computed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

FIGURES = ("objective", "lower_bound", "gap", "noise_bound", "iterations")  # of `Computed.certificate`


@dataclass(frozen=True)
class Unit:
    """One block of samples at one checkpoint of one network: what is computed and stored at once.

    Attributes:
        network: its name.
        rows: positions of the checkpoints with this content; one, unless several are equal.
        places: positions among the layers, one layer that is masked, or all that are read.
        first: first sample of the block.
        last: one behind its last sample.
        content: hash of the checkpoint.
    """

    network: str
    rows: tuple[int, ...]
    places: tuple[int, ...]
    first: int
    last: int
    content: str

    @property
    def name(self) -> str:
        """What tells it apart from every other unit of the study, whatever is added to the study later."""
        return f"{self.network}/{self.content[:32]}/{self.places[0]}/{self.first}"


@dataclass(frozen=True, eq=False)
class Task:
    """A unit that was claimed, and which of its samples are still to do (positions, rising, int64)."""

    unit: Unit
    samples: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Computed:
    """Results of the samples of a unit that were still to do.

    Attributes:
        samples: their positions, int64 (samples,).
        scores: float64 (places, samples, 2**n).
        effects: AND and OR effects, float64 (places, samples, 2, 2**n).
        certificate: `FIGURES` of each sample, float64 (places, samples, 5).
        logits: of the unmasked samples, float64 (places, samples, classes); nothing where outputs are no logits.
        seconds: wall time by what it was spent on.
        warnings: texts.
    """

    samples: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]
    effects: npt.NDArray[np.float64]
    certificate: npt.NDArray[np.float64]
    logits: npt.NDArray[np.float64] | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a task: results, or why there are none."""

    task: Task
    computed: Computed | None
    error: str = ""


def stretches(samples: npt.NDArray[np.int64]) -> list[tuple[slice, slice]]:
    """Rising positions of samples in parts that follow each other without a hole.

    Args:
        samples: int64 (samples,).

    Returns:
        For each part, where it stands among these positions, and the positions themselves.

    Example:
        >>> stretches(np.array([3, 4, 7]))
        [(slice(0, 2, None), slice(3, 5, None)), (slice(2, 3, None), slice(7, 8, None))]
    """
    cuts = [0, *(np.flatnonzero(np.diff(samples) != 1) + 1).tolist(), len(samples)]
    return [(slice(start, stop), slice(int(samples[start]), int(samples[stop - 1]) + 1))
            for start, stop in pairwise(cuts) if stop > start]  # fmt: skip
