"""Scores as AND effects alone, without the sparsest split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from harsanyi.core.transforms import and_interactions
from harsanyi.interactions import Interactions


def and_alone(x: Interactions) -> Interactions:
    """The same scores by AND effects alone, which then reproduce them exactly and are unique: their Moebius transform.

    Much less sparse than the split into AND and OR, and an effect of order k carries 2**k times the noise of a score.

    Args:
        x: interactions.

    Returns:
        `Interactions` of the same samples and scores, OR effects 0, noise bound 0. The lower bound is that of the
        sparsest split; `converged` is False, as nothing was minimised.

    Example:
        >>> from harsanyi import extract_game
        >>> either = extract_game(lambda present: 1.0 * present.any(1), 2, progress=False)
        >>> either.or_[0].round(3).tolist(), and_alone(either).and_[0].round(3).tolist()
        ([0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, -1.0])

    Source: the Harsanyi dividends of the game.
    """
    effects = and_interactions(torch.from_numpy(x.scores)).numpy()
    objective = np.abs(effects[:, 1:]).sum(1)
    gap = np.divide(objective - x.lower_bound, objective, out=np.zeros(len(x)), where=objective > 0)
    return replace(
        x, and_=effects, or_=np.zeros_like(effects), objective=objective, gap=gap, noise_bound=np.zeros(len(x)),
        iterations=np.zeros(len(x), dtype=np.int64), converged=np.zeros(len(x), dtype=bool),
        provenance={**x.provenance, "effects": "AND alone"},
    )  # fmt: skip
