"""Stored scores of several networks split together, into effects that the networks share where they can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.joint import joint_split
from harsanyi.core.penalty import l1_norm
from harsanyi.interactions import Interactions


def split_together(
    networks: Mapping[str, Interactions], *, alpha: float = 0.1, normalise: bool = True, max_gap: float = 0.01
) -> tuple[dict[str, Interactions], Tensor]:
    """Joint interactions of several networks, from their stored scores and noise bounds.

    Args:
        networks: interactions of two networks or more by their names, of the same samples and players.
        alpha: what each network pays for an effect by itself, see `joint_split`.
        normalise: whether the scores of each network are divided by the mean of |v(N) - v(empty)| over its samples
            before, and its effects multiplied by that afterwards: what is large for one network is not always large
            for another. Our option.
        max_gap: certified relative gap of the joint objective.

    Returns:
        Interactions of each network, and the certified gap of the joint objective of each sample, (samples,). As
        `objective` and `lower_bound` of a network tell of its own L1 norm, `gap` says how far its effects are from the
        sparsest that it could have alone.

    Source: 2401.16318.
    """
    scores, noise = (
        torch.from_numpy(np.stack([getattr(x, name) for x in networks.values()])) for name in ("scores", "noise_bound")
    )
    unit = (scores[..., -1] - scores[..., 0]).abs().mean(1, keepdim=True)
    unit = torch.where(unit > 0, unit, 1.0) if normalise else torch.ones_like(unit)
    split = joint_split(scores / unit[..., None], noise / unit, alpha, max_gap)
    record = {"networks": list(networks), "alpha": alpha, "normalise": normalise, "max_gap": max_gap}
    joint = {}
    for (name, x), and_, or_ in zip(networks.items(), *(each * unit[..., None] for each in (split.and_, split.or_)),
                                    strict=True):  # fmt: skip
        own = _with_effects(x, and_, or_)
        joint[name] = replace(own, iterations=split.iterations.numpy(), converged=split.converged.numpy(),
                              provenance={**x.provenance, "joint_split": record})  # fmt: skip
    return joint, split.gap


def _with_effects(x: Interactions, and_: Tensor, or_: Tensor) -> Interactions:
    """Other effects in the place of a network's own; their L1 norm against the bound that its extraction certified."""
    objective = l1_norm(and_, or_).numpy()
    lower_bound = np.minimum(x.lower_bound, objective)
    gap = np.divide(objective - lower_bound, objective, out=np.zeros(len(x)), where=objective > 0)
    return replace(x, and_=and_.numpy(), or_=or_.numpy(), objective=objective, lower_bound=lower_bound, gap=gap)
