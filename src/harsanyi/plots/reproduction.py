"""How few effects reproduce the network on every masked version of a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.axes import Axes

from harsanyi.core.errors import ArgumentError
from harsanyi.core.strength import reproduction_error
from harsanyi.plots.source import Source, caption, rows
from harsanyi.plots.style import POSITIVE, REFERENCE, axes_or_new, finish, plain_log

_POINTS = 40
_HEADROOM = 1.35  # for the legend
_ROUNDING = 1e-9  # in standard deviations of the scores


def reproduction(interactions: Source, ks: Sequence[int] | None = None, ax: Axes | None = None) -> Axes:
    """Error with which the k strongest effects of a sample reproduce all 2**n scores, against k.

    Args:
        interactions: of several samples, drawn as median and middle half, or of one.
        ks: the numbers of effects, each >= 1; nothing takes about 40 from 1 to all, evenly on a logarithmic axis.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: k against the root mean square error in standard deviations of the scores. A horizontal line shows
        the noise bound in the same unit; a vertical one the k from which the error stays within it (with several
        samples: in half of them), where there is one.

    Raises:
        ArgumentError: no numbers of effects, or one below 1; no samples.
    """
    parent, drawn = rows(interactions)
    counts = _counts(ks, 2 * (parent.scores.shape[1] - 1))
    error = _errors(parent.scores[drawn], parent.and_[drawn], parent.or_[drawn], counts)
    spread = parent.scores[drawn].std(1)
    bound = np.divide(parent.noise_bound[drawn], spread, out=np.zeros_like(spread), where=spread > 0)
    ax = axes_or_new(ax)
    low, median, high = np.quantile(error, (0.25, 0.5, 0.75), axis=0)
    if len(error) > 1:
        ax.fill_between(counts, low, high, color=POSITIVE, alpha=0.2, linewidth=0, label="middle half of the samples")
    label = "k strongest effects" + " (median)" * (len(error) > 1)
    ax.plot(counts, median, color=POSITIVE, marker="o", markersize=3, label=label)
    _mark_bound(ax, counts, error, bound)
    ax.set_xscale("log")
    plain_log(ax.xaxis)
    ax.set_ylim(0, _HEADROOM * max(float(high.max()), float(np.median(bound))) or 1)
    ax.set_xlabel("number k of strongest effects used")
    ax.set_ylabel("error / standard deviation of the scores")
    ax.legend(fontsize="small", loc="upper right", framealpha=0.9, edgecolor="none")
    masked = f"all {parent.scores.shape[1]} masked inputs"
    return finish(ax, "Reproduction by the strongest effects", f"{masked}, {caption(interactions)}")


def _counts(ks: Sequence[int] | None, effects: int) -> list[int]:
    if ks is None:
        return sorted({round(k) for k in np.geomspace(1, effects, _POINTS)})
    counts = sorted({int(k) for k in ks})
    if not counts or counts[0] < 1:
        raise ArgumentError("ks", list(ks), "numbers >= 1, at least one")
    return counts


def _errors(
    scores: npt.NDArray[np.float64], and_: npt.NDArray[np.float64], or_: npt.NDArray[np.float64], counts: list[int]
) -> npt.NDArray[np.float64]:
    """Error of each sample and count, (samples, counts); 0 where the scores are constant but for rounding."""
    samples = zip(*map(torch.from_numpy, (scores, and_, or_)), strict=True)
    error = np.stack([reproduction_error(v, a, b, counts).numpy() for v, a, b in samples])
    return np.where(np.isfinite(error), error, 0.0)


def _mark_bound(ax: Axes, counts: list[int], error: npt.NDArray[np.float64], bound: npt.NDArray[np.float64]) -> None:
    """Draw the noise bound, and the number of effects from which on the error is within it."""
    label = "noise bound" + " (median)" * (len(bound) > 1)
    ax.axhline(float(np.median(bound)), color=REFERENCE, linestyle="--", linewidth=1.2, label=label)
    mostly_outside = (error > bound[:, None] + _ROUNDING).sum(0) * 2 > len(error)
    first = int(np.flatnonzero(np.append(True, mostly_outside))[-1])  # all later counts are within
    if first < len(counts):
        k = counts[first]
        ax.axvline(k, color=REFERENCE, linestyle=":", linewidth=1.2, label=f"within the noise bound from k = {k} on")
