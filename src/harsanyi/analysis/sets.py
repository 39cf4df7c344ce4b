"""Sets of the samples that have the highest scores, and what two such sets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.chance import expected_jaccard, limit_jaccard, overlap_p_value
from harsanyi.analysis.confusion_scores import ROUNDING, first_of, set_size
from harsanyi.analysis.sides import LEAST
from harsanyi.analysis.transfer import Bools
from harsanyi.core.errors import ArgumentError


def score_row(argument: str, scores: npt.ArrayLike, samples: int | None = None) -> Floats:
    """Scores of the samples of one network, (samples,); NaN for a sample without one.

    Raises:
        ArgumentError: another shape or type, infinity, or another number of samples than there should be.
    """
    given = np.asarray(scores)
    if given.ndim != 1 or given.dtype.kind not in "fiub":
        raise ArgumentError(argument, f"shape {given.shape}, {given.dtype}", "numbers, (samples,)")
    if samples is not None and len(given) != samples:
        raise ArgumentError(argument, f"{len(given)} samples", f"{samples}, as the first has",
                            "Evaluate all on the same samples, in the same order")  # fmt: skip
    found = given.astype(np.float64)
    if np.isinf(found).any():
        raise ArgumentError(argument, "an infinite score", "finite numbers, or NaN for a sample without a score")
    return found


def check_share(share: float) -> None:
    """Refuse a share that is outside (0, 1]."""
    if not 0 < share <= 1:
        raise ArgumentError("share", share, "a number in (0, 1]")


def top_set(name: str, scores: Floats, share: float, seed: list[int]) -> Bools:
    """The samples that have the highest scores; equal ones at the edge are chosen at random.

    To choose by position would choose the same samples in every network.

    Args:
        name: of the network, for errors.
        scores: (samples,); a sample with NaN is never chosen.
        share: of the samples that have a score, in (0, 1], rounded to the nearest number of samples.
        seed: of the choice between equal scores, a list of numbers >= 0.

    Returns:
        bool (samples,).

    Raises:
        ArgumentError: fewer than two samples in the set.
    """
    known = np.random.default_rng(seed).permutation(np.flatnonzero(~np.isnan(scores)))
    ranked = known[np.argsort(-scores[known].round(ROUNDING), kind="stable")]
    chosen = first_of(ranked, set_size(share, len(known)), len(scores))
    if chosen.sum() < LEAST:
        needed = max(LEAST, ceil((LEAST - 0.5) / share - 1e-9))
        raise ArgumentError("share", f"{share:g} of the {len(known)} samples that have a score in {name!r}",
                            f"a set of at least {LEAST} samples",
                            f"That needs {needed} samples with a score, or a larger share")  # fmt: skip
    return chosen


def given_set(name: str, members: npt.ArrayLike, scores: Floats) -> Bools:
    """A set that was chosen already, bool (samples,).

    Raises:
        ArgumentError: no boolean mask of the samples, a sample without a score, or fewer than two samples.
    """
    mask = np.asarray(members)
    argument = f"members[{name!r}]"
    if mask.dtype.kind != "b" or mask.shape != scores.shape:
        raise ArgumentError(argument, f"shape {mask.shape}, {mask.dtype}", f"a boolean mask ({len(scores)},)")
    lacking = np.flatnonzero(mask & np.isnan(scores))
    if len(lacking):
        raise ArgumentError(argument, f"sample {lacking[0]}, which has no score", "samples that have one")
    if mask.sum() < LEAST:
        raise ArgumentError(argument, f"{mask.sum()} samples", f"a set of at least {LEAST} samples")
    return mask


def tied_outside(scores: Floats, members: Bools) -> int:
    """How many samples outside a set have the least score in it."""
    rounded = scores.round(ROUNDING)
    return int((rounded[~members] == rounded[members].min()).sum())


@dataclass(frozen=True)
class Common:
    """Two sets of samples, looked at among the samples that both networks give a score.

    Attributes:
        samples: that have a score in both.
        first: of them in one set.
        second: in the other.
        both: in both.
    """

    samples: int
    first: int
    second: int
    both: int

    @property
    def either(self) -> int:
        """Number of samples in one of the sets or in both."""
        return self.first + self.second - self.both

    @property
    def jaccard(self) -> float:
        """Samples in both sets over samples in either; NaN where neither has any."""
        return self.both / self.either if self.either else float("nan")

    @property
    def chance(self) -> float:
        """Mean Jaccard index of independent sets of these sizes."""
        return expected_jaccard(self.samples, self.first, self.second)

    @property
    def limit(self) -> float:
        """The same for endless samples, q / (2 - q) where both sets are a share q."""
        return limit_jaccard(*(size / max(self.samples, 1) for size in (self.first, self.second)))

    @property
    def p_value(self) -> float:
        """Probability of as many in both by chance, or more."""
        return overlap_p_value(self.samples, self.first, self.second, self.both)


def common(scores: tuple[Floats, Floats], members: tuple[Bools, Bools]) -> Common:
    """What two sets have in common.

    Given their sizes among the samples that both networks score, independent sets have a hypergeometric number of them
    in common: that holds whatever other samples one of the networks alone gives a score.

    Args:
        scores: of the two networks, (samples,) each.
        members: their sets, likewise.
    """
    known = ~np.isnan(scores[0]) & ~np.isnan(scores[1])
    first, second = (mask & known for mask in members)
    return Common(int(known.sum()), int(first.sum()), int(second.sum()), int((first & second).sum()))


def named_rows(argument: str, scores: Mapping[str, npt.ArrayLike], least: int, of: str) -> dict[str, Floats]:
    """Scores by name, all of as many samples.

    Args:
        argument: how the caller calls them.
        scores: by name.
        least: how many names there must be.
        of: what the names are of, for errors.

    Raises:
        ArgumentError: too few names, or what `score_row` refuses.
    """
    if len(scores) < least:
        raise ArgumentError(argument, f"{of} of {len(scores)}", f"{least} or more")
    samples = len(np.atleast_1d(np.asarray(next(iter(scores.values())))))
    return {name: score_row(f"{argument}[{name!r}]", row, samples) for name, row in scores.items()}
