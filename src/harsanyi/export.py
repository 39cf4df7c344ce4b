"""The effects in the form of other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.coalitions import coalition_players, orders
from harsanyi.core.extras import missing
from harsanyi.core.transforms import and_interactions, scores_from


def to_shapiq(and_: npt.NDArray[np.float64], or_: npt.NDArray[np.float64]) -> Mapping[str, Any]:
    """AND, OR and merged effects of one sample as shapiq `InteractionValues`.

    Args:
        and_: float64 (2**n,).
        or_: float64 (2**n,).

    Returns:
        "and" (index "Moebius"), "or" (index "Co-Moebius": (-1)^(|S|+1) I_or(S)) and "merged" (index "Moebius" of the
        predicted score), each with all coalitions, the empty set included.

    Raises:
        ImportError: shapiq is not installed.
    """
    try:
        from shapiq import InteractionValues
    except ImportError as error:
        raise missing("to_shapiq needs shapiq", "shapiq") from error
    a, b = torch.from_numpy(and_), torch.from_numpy(or_)
    n = len(and_).bit_length() - 1
    sign = 1 - 2 * ((orders(n) + 1) % 2)
    merged = and_interactions(scores_from(a, b))
    lookup = {coalition_players(coalition): coalition for coalition in range(1 << n)}

    def values(effects: torch.Tensor, index: str) -> Any:
        return InteractionValues(
            values=effects.numpy().copy(), index=index, max_order=n, min_order=0, n_players=n,
            interaction_lookup=dict(lookup), estimated=False, baseline_value=float(effects[0]),
        )  # fmt: skip

    return {"and": values(a, "Moebius"), "or": values(sign * b, "Co-Moebius"), "merged": values(merged, "Moebius")}
