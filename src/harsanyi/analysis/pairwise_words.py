"""Pairwise interactions by the size of their contexts in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Estimate

if TYPE_CHECKING:
    from harsanyi.analysis.pairwise import PairwiseOrders

_ROUNDINGS = 4  # scores of one interaction
_LOUD = 0.5  # share of the strength from which noise is told


def pairwise_sentences(x: PairwiseOrders) -> list[str]:
    """Most and least strength, then the shape, then the noise."""
    if not x.strength.value.any():
        return ["None of these pairs interacts: the strength is 0 with contexts of every size."]
    rounding = float(x.provenance.get("rounding", 0.0))
    if x.strength.value.max() <= _ROUNDINGS * rounding:
        return [f"No interaction is told from rounding: the strength is at most {x.strength.value.max():.2g}, and "
                f"scores are known to {rounding:.2g}; a network in float64 tells more."]  # fmt: skip
    return [*_ends(x), *_shape(x), *_noise(x)]


def _ends(x: PairwiseOrders) -> list[str]:
    strongest, weakest = int(x.strength.value.argmax()), x.weakest
    found = f"Pairs interact most strongly with {_where(x, strongest)}: {_value(x.normalised, strongest, x)}"
    if len(x.sizes) == 1:
        return [f"With {_where(x, 0)}, pairs interact with a mean strength of {_value(x.strength, 0, x)}."]
    return [f"{found} of the mean strength; most weakly with {_where(x, weakest)}: {_value(x.normalised, weakest, x)}."]


def _where(x: PairwiseOrders, place: int) -> str:
    size = int(x.sizes[place])
    return f"{size} of the {x.n - 2} other players present ({100 * x.shares[place]:.0f} %)"


def _value(estimate: Estimate, place: int, x: PairwiseOrders) -> str:
    low, high = float(estimate.low[place]), float(estimate.high[place])
    ends = "" if np.isnan(low) else f" ({100 * x.bootstrap.level:g} % interval {low:.3g} to {high:.3g})"
    return f"{estimate.value[place]:.3g}{ends}"


def _shape(x: PairwiseOrders) -> list[str]:
    if len(x.sizes) < 3:
        return []
    if x.verdict == "one sample":
        return ["Weakest in between; one sample does not tell a U-shape from chance: explain more samples."]
    if x.verdict == "U-shaped":
        ends = f"interval {x.bottleneck.low:g} to {x.bottleneck.high:g} of the sizes asked for"
        return [
            f"U-shaped: strong in small and in large contexts, with a bottleneck at {_where(x, x.weakest)}; {ends}."
        ]
    if 0 < x.weakest < len(x.sizes) - 1:
        return ["Not seen to be U-shaped: the weakest size differs from its sides by no more than drawing may make."]
    return [f"Not U-shaped: weakest with the {'fewest' if x.weakest == 0 else 'most'} players present."]


def _noise(x: PairwiseOrders) -> list[str]:
    if (x.contexts == 1).any() and np.isnan(x.noise).any():
        return ["One context a pair does not tell how much of the strength drawing makes: draw more contexts."]
    loud = np.flatnonzero(x.noise > _LOUD * x.strength.value)
    if not len(loud):
        return []
    sizes = ", ".join(str(size) for size in x.sizes[loud])
    share = float((x.noise[loud] / x.strength.value[loud]).max())
    return [f"With {sizes} players present, drawing contexts would make up to {100 * share:.0f} % of that strength "
            "were there no interactions; more contexts lessen it."]  # fmt: skip
