"""How many salient effects several networks have in common: sums over a sample, and shares of their means."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from harsanyi.analysis.bootstrap import Floats, mean_of_known
from harsanyi.analysis.measures import ratio
from harsanyi.analysis.transfer import both_types, salient_effects
from harsanyi.core.salience import SalienceRule
from harsanyi.core.strength import strength_by_order
from harsanyi.interactions import Interactions


def shared_sums(networks: Mapping[str, Interactions], rule: SalienceRule | str, same_sign: bool) -> Floats:
    """What is averaged over samples, of one extraction.

    Args:
        networks: m of them.
        rule: which effects are salient; each network has thresholds of its own.
        same_sign: whether an effect that all have needs the same sign in all.

    Returns:
        Numbers of salient effects of each network, then of those that all have, by type and order; then the sum of
        |effects| of each network: (samples, (m + 1) 2 n + m).
    """
    effects = np.stack([both_types(x) for x in networks.values()])  # (m, 2, samples, 2**n)
    salient = np.stack([salient_effects(x, rule) for x in networks.values()])
    common = salient.all(0, keepdims=True)
    if same_sign:
        common &= (effects > 0).all(0) | (effects < 0).all(0)
    chosen = torch.from_numpy(np.concatenate((salient, common)).astype(np.float64))
    counts = strength_by_order(chosen)[..., 0, :].movedim(2, 0).flatten(1)
    return np.concatenate((counts.numpy(), np.abs(effects[..., 1:]).sum((1, 3)).T), 1)


def shared_measures(means: Floats, networks: int) -> dict[str, Floats]:
    """Shares, from means over samples of `shared_sums` of the joint and then of the separate extraction.

    Args:
        means: (..., 2 ((m + 1) 2 n + m)).
        networks: their number m.

    Returns:
        network_share (..., 2, m); their mean over the networks as share (..., 2), order_share (..., 2, n) and
        type_share (..., 2, 2), networks without such effects left out; gain (...), the first share less the second;
        strength_ratio (...), the mean over the networks of the joint L1 norm over the separate one.
    """
    each = means.reshape(*means.shape[:-1], 2, means.shape[-1] // 2)
    counts, norms = each[..., :-networks], each[..., -networks:]
    shape = (networks + 1, 2, counts.shape[-1] // (2 * networks + 2))  # network, type, order
    counts = counts.reshape(*counts.shape[:-1], *shape)
    share = _mean(_shares(counts.sum((-2, -1))))
    return {
        "network_share": _shares(counts.sum((-2, -1))),
        "share": share,
        "order_share": _mean(_shares(np.moveaxis(counts.sum(-2), -2, -1))),
        "type_share": _mean(_shares(np.moveaxis(counts.sum(-1), -2, -1))),
        "gain": share[..., 0] - share[..., 1],
        "strength_ratio": _mean(ratio(norms[..., 0, :], norms[..., 1, :])),
    }


def _shares(counts: Floats) -> Floats:
    """Number that all have over the number of each, (..., m + 1) to (..., m)."""
    return ratio(np.broadcast_to(counts[..., -1:], (*counts.shape[:-1], counts.shape[-1] - 1)), counts[..., :-1])


def _mean(values: Floats) -> Floats:
    """Mean over the networks, the last axis; NaN is left out."""
    return mean_of_known(np.moveaxis(values, -1, 0))
