"""Measures of layers by order: their table, and whether each falls with the order, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import clear_sign, part, told, with_ends
from harsanyi.analysis.layer_input import spoken
from harsanyi.analysis.layer_parts import TYPES
from harsanyi.analysis.ranks import correlation_of_known
from harsanyi.analysis.sharing_words import listed

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

_STEADY = 0.5  # rank correlation from which on a measure is said to fall or to rise


def order_trends(value: Floats, drawn: Floats, bootstrap: Bootstrap) -> Estimate:
    """Rank correlation of a measure of both types with the order, by layer.

    Args:
        value: (layers, 3, n + 1): type, order; the last entry is of all orders and left out. NaN is left out.
        drawn: the same of resampled samples, (draws, layers, 3, n + 1).
        bootstrap: level of the intervals.

    Returns:
        (layers,); NaN for fewer than three orders that are known.
    """
    order = np.arange(1, value.shape[-1])
    both = [values[..., -1, :-1] for values in (value, drawn)]
    known = ~np.isnan(both[0])
    found = [np.stack([correlation_of_known(values[..., at, :].round(9), order, known[at])
                       for at in range(len(known))], -1) for values in both]  # fmt: skip
    return bootstrap.estimate(found[0], found[1])


def order_table(
    names: Sequence[str], columns: dict[str, Estimate], others: dict[str, npt.NDArray[Any]]
) -> pd.DataFrame:
    """One row a layer, type and order.

    Args:
        names: of the layers.
        columns: by name, (layers, 3, n + 1) each.
        others: columns without intervals, likewise.
    """
    import pandas as pd

    held = {**with_ends(columns), **others}
    orders = range(1, next(iter(held.values())).shape[-1])
    index = pd.MultiIndex.from_product([names, TYPES, orders], names=["layer", "type", "order"])
    return pd.DataFrame({name: values[..., :-1].ravel() for name, values in held.items()}, index=index)


def trend_sentences(
    names: Sequence[str], what: str, trend: Estimate, level: float, along: str = "with the order"
) -> list[str]:
    """In which layers a measure falls, in which it rises, and in which that cannot be told.

    Args:
        names: of the layers.
        what: the measure, as a sentence begins.
        trend: rank correlations, (layers,).
        level: of the intervals.
        along: with what it rises or falls.
    """
    lower = what[0].lower() + what[1:]
    verbs = {"falls": f"{what} falls {along} in", "rises": f"{what} rises {along} in",
             "neither": f"{what} neither falls nor rises steadily {along} in",
             "unclear": f"Whether {lower} falls or rises {along} cannot be told of"}  # fmt: skip
    found: dict[str, list[str]] = {kind: [] for kind in verbs}
    for at, name in enumerate(names):
        single = part(trend, at)
        found[trend_kind(single)].append(f"{spoken(name)} ({_told(single, level)})")
    return [f"{verbs[kind]} {listed(layers)}." for kind, layers in found.items() if layers]


def trend_kind(single: Estimate) -> str:
    """What a rank correlation says: "falls", "rises", "neither" (it is small), or "unclear" (its interval holds 0).

    Example:
        >>> trend_kind(Estimate(*map(np.array, (0.9, 0.6, 1.0)))), trend_kind(Estimate(*map(np.array, (0.2, 0.1, 0.3))))
        ('rises', 'neither')
    """
    sign = clear_sign(single)
    if sign and abs(single.value) < _STEADY:
        return "neither"
    return {-1: "falls", 1: "rises", 0: "unclear"}[sign]


def _told(single: Estimate, level: float) -> str:
    if np.isnan(single.value):
        return "no rank correlation"
    return f"rank correlation {told(single, level).replace(' (', ', ').rstrip(')')}"
