"""The numbers that a monitor logs at a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from harsanyi.analysis import Bootstrap, training_dynamics
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.game.network import Network, evaluation_mode
from harsanyi.interactions import Interactions

Loss = float | Tensor | Callable[[Any], float | Tensor] | None


def measured(interactions: Interactions, salience: SalienceRule | str | None) -> dict[str, float]:
    """Mean order, salient count and strength by order, each as `Dynamics` defines it.

    Args:
        interactions: of one step.
        salience: rule for the effects that count; nothing counts every effect.

    Returns:
        mean_order (NaN without strength), salient_count, and positive_k (J_pos) and negative_k (J_neg <= 0) for every
        order k.

    Example:
        >>> from harsanyi import extract_game
        >>> measured(extract_game(lambda present: 2.0 * present.prod(1), 2, progress=False), "score_range")
        {'mean_order': 2.0, 'salient_count': 1.0, 'positive_1': 0.0, 'positive_2': 2.0, 'negative_1': 0.0, \
'negative_2': 0.0}
    """
    found = training_dynamics({0: interactions}, salience=salience, bootstrap=Bootstrap(draws=1))
    row = {name: float(getattr(found, name).value[0]) for name in ("mean_order", "salient_count")}
    for name in ("positive", "negative"):
        row |= {f"{name}_{order}": float(value) for order, value in enumerate(getattr(found, name).value[0], 1)}
    return row


def loss_value(argument: str, loss: Loss, network: Network) -> float:
    """The number that a loss stands for; NaN for none.

    Args:
        argument: its name, for messages.
        loss: a number, a tensor of one, a function of the network that gives one of these, or nothing.
        network: what a function is called with, in evaluation mode, without gradients.

    Raises:
        ArgumentError: something else.
    """
    with evaluation_mode(network):
        value = loss(network) if callable(loss) else loss
    try:
        if isinstance(value, Tensor):
            value = value.detach()
        return np.nan if value is None else float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise ArgumentError(argument, given, "one number, or a function of the network that gives one") from error
