"""Interactions that may be compared: of the same samples, players and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions


def check_alike(argument: str, place: str, x: Interactions, first: Interactions) -> None:
    """Refuse interactions that cannot be compared with others.

    Args:
        argument: how the caller calls them.
        place: where these are among them, such as "at step 8".
        x: these.
        first: the others.

    Raises:
        ArgumentError: no sample, scores that are not finite, or other players, samples, labels or numbers of classes.
    """
    if len(x) == 0:
        raise ArgumentError(argument, f"no sample {place}", "at least one sample")
    if not np.isfinite(x.scores).all():
        raise ArgumentError(argument, f"scores that are not finite {place}", "numbers")
    if x.names != first.names or not _equal(x.regions, first.regions):
        raise ArgumentError(argument, f"other players, or another number of samples, {place}",
                            "the same samples and players everywhere")  # fmt: skip
    if not (_equal(x.inputs, first.inputs) and _equal(x.labels, first.labels)):
        raise ArgumentError(argument, f"other samples or labels {place}",
                            "the same samples, in the same order, scored for the same labels",
                            "Pass labels to extract: networks may predict different classes")  # fmt: skip
    outputs, expected = _outputs(x), _outputs(first)
    if outputs is not None and expected is not None and outputs != expected:
        raise ArgumentError(argument, f"a network of {outputs} outputs {place}",
                            f"networks for the same classes, of {expected} outputs")  # fmt: skip


def _outputs(x: Interactions) -> int | None:
    """How many outputs the network has, where that is on record."""
    outputs = x.provenance.get("outputs")
    return outputs if isinstance(outputs, int) else None


def _equal(one: npt.NDArray[Any] | None, other: npt.NDArray[Any] | None) -> bool:
    if one is None or other is None:
        return True
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc" and other.dtype.kind in "fc")
