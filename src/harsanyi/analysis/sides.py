"""Two sets of samples that are compared: each by a mask or by positions, none in both."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError

Positions = npt.NDArray[np.int64]
LEAST = 2  # samples on a side: one alone tells nothing about noise


def positions(argument: str, chosen: npt.ArrayLike, samples: int) -> Positions:
    """Positions of chosen samples, rising.

    Args:
        argument: how the caller calls them.
        chosen: bool mask (samples,), or positions 0 to samples - 1 in any order, integers (m,).
        samples: how many there are to choose from.

    Returns:
        int64 (m,), m >= 2.

    Raises:
        ArgumentError: a mask of another length, positions that are not there or there twice, or fewer than two
            samples, of which no interval can be told.

    Example:
        >>> positions("train", [True, False, True], 3).tolist(), positions("test", [2, 0], 3).tolist()
        ([0, 2], [0, 2])
    """
    given = np.asarray(chosen)
    if given.dtype.kind == "b" and given.shape == (samples,):
        given = np.flatnonzero(given)
    elif given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ArgumentError(argument, f"shape {given.shape}, {given.dtype}",
                            f"a boolean mask ({samples},), or positions of samples, integers")  # fmt: skip
    wrong = [int(position) for position in given if not 0 <= position < samples]
    if wrong:
        raise ArgumentError(argument, f"position {wrong[0]}", f"positions of samples, 0 to {samples - 1}")
    rising, times = np.unique(given.astype(np.int64), return_counts=True)
    if (times > 1).any():
        raise ArgumentError(argument, f"position {rising[times.argmax()]} twice", "each sample once")
    if len(rising) < LEAST:
        given_count = f"{len(rising)} sample{'' if len(rising) == 1 else 's'}"
        raise ArgumentError(argument, given_count, f"at least {LEAST}: an interval needs as many")
    return rising


def two_sides(
    arguments: tuple[str, str], one: npt.ArrayLike, other: npt.ArrayLike, samples: int
) -> tuple[Positions, Positions]:
    """Positions of two sets of samples that have none in common.

    Args:
        arguments: how the caller calls the two.
        one: as for `positions`.
        other: likewise.
        samples: how many there are to choose from.

    Returns:
        Both, rising, int64 (m,) and (k,).

    Raises:
        ArgumentError: as `positions`; samples on both sides.
    """
    first, second = (positions(name, chosen, samples) for name, chosen in zip(arguments, (one, other), strict=True))
    both = np.intersect1d(first, second)
    if len(both):
        raise ArgumentError(arguments[1], f"sample {both[0]}, which is in {arguments[0]} too",
                            f"samples that are not in {arguments[0]}")  # fmt: skip
    return first, second
