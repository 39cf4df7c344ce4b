"""Single interactions from layer to layer, by name: which emerge, which are forgotten, how the strongest change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.layer_input import Layers
from harsanyi.analysis.layer_parts import TYPES, shared_part
from harsanyi.analysis.transfer import both_types
from harsanyi.core.coalitions import coalition_name
from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions

if TYPE_CHECKING:
    import pandas as pd


def changed(
    players: Interactions, lower: Floats, higher: Floats, part: str, sample: int | None, least: float = 1e-9
) -> pd.DataFrame:
    """Interactions that emerge between two layers, or are forgotten, strongest first.

    Args:
        players: whose names and orders they are.
        lower: salient effects of the lower layer, the others 0, (2, samples, 2**n).
        higher: of the higher one.
        part: "emerged" or "forgotten".
        sample: position of one, or nothing for sums over all of them.
        least: share of the strongest effect from which on a change is no rounding.

    Returns:
        Columns: players, type, order, lower, higher (effects, 0 where not salient), kept (what both share of it, with
        its sign), `part` (strength that emerges or is forgotten), samples (in how many), coalition.

    Raises:
        ArgumentError: no such sample; several samples whose players are not the same things.
    """
    import pandas as pd

    chosen = _chosen(players, sample)
    one, other = lower[:, chosen], higher[:, chosen]
    shared = shared_part(one, other)
    amount = np.abs((other if part == "emerged" else one) - shared)
    amount[amount <= least * max(float(np.abs(one).max()), float(np.abs(other).max()))] = 0
    is_or, coalition = np.nonzero(amount.sum(1))
    sums = {"lower": one, "higher": other, "kept": shared, part: amount}
    names = players.names[0 if sample is None else sample]
    table = pd.DataFrame({
        "players": [coalition_name(int(each), names) for each in coalition],
        "type": [TYPES[each] for each in is_or],
        "order": players.order[coalition],
        **{name: values.sum(1)[is_or, coalition] for name, values in sums.items()},
        "samples": (amount > 0).sum(1)[is_or, coalition],
        "coalition": coalition,
    })  # fmt: skip
    return table.sort_values(part, ascending=False, kind="stable").reset_index(drop=True)


def followed(layers: Layers, effects: Mapping[str, Floats], sample: int, count: int) -> pd.DataFrame:
    """The interactions of a sample that are the strongest in any layer, and their effects in every layer.

    Args:
        layers: interactions by layer.
        effects: the salient ones, the others 0, (2, samples, 2**n).
        sample: its position.
        count: how many interactions at most, at least 1.

    Returns:
        Index: players, type, order, coalition. Columns: layer, then effect and salient.

    Raises:
        ArgumentError: no such sample; a count below 1.
    """
    import pandas as pd

    if count < 1:
        raise ArgumentError("count", count, "a number of interactions >= 1")
    first = next(iter(layers.values()))
    (at,) = _chosen(first, sample)
    own = {name: both_types(x)[:, at] for name, x in layers.items()}  # (2, 2**n)
    strongest = np.max([np.abs(effects[name][:, at]) for name in layers], axis=0)
    ranked = np.argsort(-strongest.ravel(), kind="stable")[:count]
    is_or, coalition = np.unravel_index(ranked[strongest.ravel()[ranked] > 0], strongest.shape)
    rows = [(coalition_name(int(c), first.names[at]), TYPES[t], int(c).bit_count(), int(c))
            for t, c in zip(is_or, coalition, strict=True)]  # fmt: skip
    columns = {(name, what): values[is_or, coalition] for name in layers
               for what, values in (("effect", own[name]), ("salient", effects[name][:, at] != 0))}  # fmt: skip
    index = pd.MultiIndex.from_tuples(rows, names=["players", "type", "order", "coalition"])
    table = pd.DataFrame(columns, index=index)
    table.columns.names = ["layer", "what"]
    return table


def _chosen(x: Interactions, sample: int | None) -> list[int]:
    """Positions of one sample, or of all where their players are the same things."""
    if sample is None:
        x.require_same_players()
        return list(range(len(x)))
    if not 0 <= sample < len(x):
        raise ArgumentError("sample", sample, f"0 to {len(x) - 1}")
    return [sample]
