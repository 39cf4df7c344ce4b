"""A monitor as a callback of Hugging Face's Trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harsanyi.core.extras import missing
from harsanyi.game.network import Network
from harsanyi.monitor.callback import Watch, whole
from harsanyi.monitor.measures import Loss
from harsanyi.monitor.monitor import Monitor


def hugging_face_callback(
    monitor: Monitor,
    network: Callable[[Any], Network] = whole,
    *,
    train_loss: Loss = None,
    test_loss: Loss = None,
) -> Any:
    """A callback that shows a monitor every step of a Hugging Face Trainer; only rank zero extracts.

    Steps are those of `state.global_step`. What the trainer logs stays as it is. The parameters must be whole on every
    process.

    Args:
        monitor: the monitor.
        network: of the trainer's model, the network to look at; the model itself unless given.
        train_loss: a function of that network, called only where a step is logged; or nothing.
        test_loss: likewise.

    Returns:
        A `transformers.TrainerCallback`.

    Raises:
        ImportError: transformers is not installed.
    """
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise missing("hugging_face_callback needs transformers", "text") from error
    made: Any = type("MonitorCallback", (_Hooks, TrainerCallback), {"__doc__": _Hooks.__doc__})
    return made(Watch(monitor, network, train_loss, test_loss))


class _Hooks:
    """Shows a monitor the model before the training and after every step."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **others: Any) -> None:
        """The step before the first."""
        self._show(state, model)

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **others: Any) -> None:
        """Every step of the optimizer."""
        self._show(state, model)

    def _show(self, state: Any, model: Any) -> None:
        if state.is_world_process_zero:
            self._watch(model, state.global_step)
