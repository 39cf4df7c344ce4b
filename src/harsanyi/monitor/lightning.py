"""A monitor as a callback of Lightning."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from harsanyi.game.network import Network
from harsanyi.monitor.callback import Watch, whole
from harsanyi.monitor.measures import Loss
from harsanyi.monitor.monitor import Monitor

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def lightning_callback(
    monitor: Monitor,
    network: Callable[[Any], Network] = whole,
    *,
    train_loss: Loss = None,
    test_loss: Loss = None,
) -> Any:
    """A callback that shows a monitor every step of a Lightning training; only rank zero extracts.

    Steps are those of `trainer.global_step`. The parameters must be whole on every process, as under "ddp".

    Args:
        monitor: the monitor.
        network: of the LightningModule, the network to look at; the module itself unless given.
        train_loss: a function of that network, called only where a step is logged; or nothing.
        test_loss: likewise.

    Returns:
        A `Callback` of lightning.pytorch, of pytorch_lightning, or of both where both are imported.

    Raises:
        ImportError: neither is installed.
    """
    bases = (_Hooks, *_callback_classes())
    made: Any = type("MonitorCallback", bases, {"__doc__": _Hooks.__doc__})
    return made(Watch(monitor, network, train_loss, test_loss))


class _Hooks:
    """Shows a monitor the module before the training and after every batch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """The step before the first."""
        self._show(trainer, pl_module)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Every step, once: batches whose gradients are accumulated share one."""
        self._show(trainer, pl_module)

    def _show(self, trainer: Any, pl_module: Any) -> None:
        if trainer.is_global_zero:
            self._watch(pl_module, trainer.global_step)


def _callback_classes() -> list[Any]:
    """`Callback` of each package that is imported already, else of the first one that is installed."""
    loaded = [sys.modules[name] for name in _PACKAGES if sys.modules.get(name)]
    return [package.Callback for package in loaded or [_installed()]]


def _installed() -> Any:
    for name in _PACKAGES:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise ImportError("lightning_callback needs Lightning: pip install lightning")
