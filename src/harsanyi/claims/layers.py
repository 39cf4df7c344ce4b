"""Claims about what the layers of a network know."""

from __future__ import annotations

import numpy as np

from harsanyi.analysis.bootstrap import Estimate
from harsanyi.analysis.estimates import clear_sign, part
from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.analysis.layer_input import spoken
from harsanyi.claims.claim import Claim, Finding, all_of, numbers, verdict_of, vote
from harsanyi.claims.material import LAYERS, Material

_PAPER = "2409.08712"


def check_depth(material: Material) -> Finding:
    """C13. Completeness and redundancy of the layers of one network, over its depth.

    Appears where the interval of the rank correlation of completeness and depth lies above 0, and those of the rise of
    redundancy from the lowest layer to its peak and of its fall from there to the highest layer both lie above 0. Does
    not appear where completeness clearly falls, or redundancy clearly only rises or only falls.
    """
    found = material.layers().layer_by_layer("cnn")
    trends = found.trends
    voted = all_of((vote(trends.completeness), _arch(found)))
    shares = ", ".join(f"{spoken(name)} {complete:.2f} and {redundant:.2f}" for name, complete, redundant in zip(
        found.names[:-1], found.completeness.value, found.redundancy.value, strict=False))  # fmt: skip
    measured = (f"Completeness and redundancy: {shares}; completeness against depth, rank correlation "
                f"{numbers(trends.completeness)}; redundancy rises by {numbers(trends.rise)} and falls by "
                f"{numbers(trends.fall)}.")  # fmt: skip
    return Finding(measured, verdict_of([voted]), (0,))


def _arch(found: LayerByLayer) -> int:
    """Of redundancy: 1 where it clearly rises and then falls, -1 where it clearly does one of both alone."""
    trends, highest = found.trends, len(found.names) - 2
    rises, falls = clear_sign(trends.rise) > 0, clear_sign(trends.fall) > 0
    only = (trends.peak == 0 and falls) or (trends.peak == highest and rises)
    return -1 if only else int(rises and falls)


def check_capacity(material: Material) -> Finding:
    """C14. IoU of the salient effects of two networks that differ by the seed of their training, by order.

    Appears where the interval of the rank correlation of the IoU of the outputs and the order lies below 0, does not
    appear where it lies above.
    """
    found = material.layers().generalization_capacity("cnn", "again")
    return _by_order("IoU", found.iou, found.trend)


def check_stability(material: Material) -> Finding:
    """C15. Mean over standard deviation of salient effects of the output, when noise is added to the sample, by order.

    Appears where the interval of the rank correlation of that and the order lies below 0, does not appear where it lies
    above.
    """
    found = material.layers().stability("cnn")
    return _by_order("Mean over standard deviation", found.stability, found.trend)


def _by_order(what: str, values: Estimate, trend: Estimate) -> Finding:
    """A measure of the output by order, (layers, 3, n + 1), and its trend, (layers,)."""
    output, last = part(values, -1, -1), part(trend, -1)
    known = np.flatnonzero(~np.isnan(output.value[:-1]))
    at = ", ".join(f"{numbers(part(output, int(k)))} at order {k + 1}" for k in sorted({*known[[0, -1]]}))
    measured = f"{what} {at}; rank correlation with the order {numbers(last)}."
    return Finding(measured, verdict_of([vote(last, 0.0, -1)]), (0,))


CLAIMS = (
    Claim("C13", _PAPER, "The deeper a layer, the more it knows of the output; what it carries needlessly rises, then "
          "falls.", "a flat course", check_depth, (LAYERS,)),
    Claim("C14", _PAPER, "The higher the order, the fewer interactions two networks share.", "no fall",
          check_capacity, (LAYERS,)),
    Claim("C15", _PAPER, "The higher the order, the less stable interactions are under small noise.", "no fall",
          check_stability, (LAYERS,)),
)  # fmt: skip
