"""A game given as a function of coalitions, as shapiq's games are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import coalition_masks
from harsanyi.core.errors import NetworkError

CoalitionFunction = Callable[[Any], Any]


def evaluate_function(
    game: CoalitionFunction, n: int, batch_size: int, advance: Callable[[int], None]
) -> Float[Tensor, "coalitions"]:
    """Scores of all coalitions of a function that takes a boolean NumPy matrix (batch, n) and returns (batch,).

    Raises:
        NetworkError: another number of values, or values that are not finite (says at which coalition).
    """
    masks = coalition_masks(n).numpy()
    parts = []
    for start in range(0, len(masks), batch_size):
        batch = masks[start : start + batch_size]
        values = torch.as_tensor(game(batch), dtype=torch.float64).flatten()
        if len(values) != len(batch):
            raise NetworkError(f"the game returned {len(values)} values for {len(batch)} coalitions")
        parts.append(values)
        advance(len(batch))
    scores = torch.cat(parts)
    if not bool(scores.isfinite().all()):
        coalition = int((~scores.isfinite()).nonzero()[0])
        raise NetworkError(f"the game's value is {float(scores[coalition])} at coalition {coalition}")
    return scores
