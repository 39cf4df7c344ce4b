"""A layer of a network by its name: what it returns for a batch, and what follows when that is replaced."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.network import Network

Layer = str | nn.Module


@dataclass(frozen=True)
class Place:
    """One call of one layer.

    Attributes:
        name: of the layer among the network's modules.
        call: which of its calls in a forward pass, from 1; 0 where it must be called once.
    """

    name: str
    call: int = 0

    def __str__(self) -> str:
        return f"{self.name}#{self.call}" if self.call else self.name


def find_layer(network: Network, at: Layer, argument: str = "at") -> Place:
    """The layer that a name or a module stands for.

    Args:
        network: a module.
        at: name of a layer, as in `network.named_modules()`, with "#2" behind it for its second call; or the layer.
        argument: how the caller calls it, for messages.

    Returns:
        The `Place`.

    Raises:
        ArgumentError: no such layer (lists the near names), or the network is no module.
    """
    if not isinstance(network, nn.Module) or isinstance(network, torch.jit.ScriptModule):
        raise ArgumentError(argument, at, f"none: the network is a {type(network).__name__}, whose layers cannot be "
                            "looked into; a torch.nn.Module as it was defined can")  # fmt: skip
    first: dict[nn.Module, str] = {}
    names: dict[str, str] = {}  # every name of a layer, and its first one
    for name, module in network.named_modules(remove_duplicate=False):
        names[name] = first.setdefault(module, name)
    names.pop("", None)
    if isinstance(at, nn.Module):
        if at not in first or at is network:
            raise ArgumentError(argument, f"a {type(at).__name__} that is no part of the network", "one of its layers")
        return Place(first[at])
    name, _, call = at.partition("#")
    if name not in names or (call and not call.isdigit()) or call == "0":
        near = difflib.get_close_matches(name, names, 5) or [other for other in names if name in other][:5]
        hint = f"Did you mean {', '.join(map(repr, near))}?" if near and name not in names else ""
        listed = ", ".join(list(names)[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise ArgumentError(argument, repr(at), "a layer of the network, with #2 behind it for its second call: "
                            f"{listed}", hint)  # fmt: skip
    return Place(names[name], int(call or 0))


def unwrapped(network: Network) -> Network:
    """The module inside DataParallel or torch.compile, whose layers have the names that the user knows."""
    while isinstance(network, nn.Module):
        inner = getattr(network, "_orig_mod", None)
        inner = network.module if isinstance(network, nn.DataParallel) else inner
        if not isinstance(inner, nn.Module):
            break
        network = inner
    return network


class Tap:
    """While it is open, looks at what a layer returns in its call, and replaces it where a value is given."""

    def __init__(self, network: nn.Module, place: Place, value: Tensor | None = None) -> None:
        self._layer, self._place, self._value = network.get_submodule(place.name), place, value
        self.calls, self.output = 0, None

    def __enter__(self) -> Tap:
        self._handle = self._layer.register_forward_hook(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.remove()

    def _look(self, _layer: nn.Module, _inputs: Any, output: Any) -> Any:
        self.calls += 1
        if self.calls != max(1, self._place.call):
            return None
        if self._value is None and isinstance(output, Tensor):
            output = output.clone()  # what follows may change it in place
        self.output = output
        return self._value

    def check(self) -> Tensor:
        """What the layer returned.

        Raises:
            ArgumentError: it was never called, was called several times and none was chosen, or returned no tensor.
        """
        if self.calls < max(1, self._place.call):
            raise ArgumentError("at", repr(str(self._place)), f"a layer called that often; it is called {self.calls} "
                                "times in a forward pass")  # fmt: skip
        if self.calls > 1 and self._place.call == 0:
            raise ArgumentError("at", repr(self._place.name), f"one of the {self.calls} calls of this layer in a "
                                f"forward pass: {self._place.name}#1 to {self._place.name}#{self.calls}")  # fmt: skip
        if not isinstance(self.output, Tensor):
            raise ArgumentError("at", f"{str(self._place)!r}, which returns a {type(self.output).__name__}",
                                "a layer that returns one tensor")  # fmt: skip
        return self.output


class Replacing(nn.Module):
    """The whole network, run with what the layer returns replaced: correct for every network, slower than a suffix.

    Called with the layer's values and the samples they belong to.
    """

    def __init__(self, network: nn.Module, place: Place) -> None:
        super().__init__()
        self.network, self._place = network, place

    def forward(self, values: Tensor, samples: Tensor) -> Any:
        """Outputs of the network for these values of the layer, (batch, ...)."""
        with Tap(self.network, self._place, values) as tap:
            outputs = self.network(samples.clone())  # a network may write into its input
        if tap.calls < max(1, self._place.call):
            raise NetworkError(f"the layer {self._place} was not called in this forward pass")
        return outputs
