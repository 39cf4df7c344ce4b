"""What the callbacks of all trainers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from harsanyi.game.network import Network
from harsanyi.monitor.measures import Loss
from harsanyi.monitor.monitor import Monitor


def whole(module: nn.Module) -> Network:
    """The module itself."""
    return module


@dataclass(frozen=True)
class Watch:
    """A monitor, and how to find what it looks at in the module that a trainer trains.

    Args:
        monitor: shown every step.
        network: of the module that is trained, the network to look at.
        train_loss: of that network, called only where a step is logged; or nothing.
        test_loss: likewise.
    """

    monitor: Monitor
    network: Callable[[Any], Network]
    train_loss: Loss
    test_loss: Loss

    def __call__(self, module: Any, step: int) -> None:
        """Show a step to the monitor."""
        self.monitor.step(self.network(module), step, train_loss=self.train_loss, test_loss=self.test_loss)
