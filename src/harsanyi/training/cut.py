"""A network cut in two: its low and its high layers, and the values that belong to each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import is_whole


@final
@dataclass(frozen=True)
class Cut:
    """Layers below and above a cut: names of the modules with parameters or buffers of their own, in their order.

    Attributes:
        low: up to the cut; "" is the network itself.
        high: the rest.
    """

    low: tuple[str, ...]
    high: tuple[str, ...]


def cut(network: nn.Module, low: str | int) -> Cut:
    """Cut a network after a module, in the order in which it defines its modules.

    Args:
        network: with parameters on both sides.
        low: name of the last low module, which may have others within it or no parameters; or how many of the modules
            with parameters of their own are low, 1 or more.

    Returns:
        The `Cut`.

    Raises:
        ArgumentError: no such module (lists those there are), too large a number, no parameter on one side, or one
            that belongs to both.

    Example:
        >>> network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
        >>> cut(network, "2") == cut(network, 2)
        True
        >>> cut(network, "0")
        Cut(low=('0',), high=('1', '3'))

    Source: our definition.
    """
    modules = [name for name, _ in network.named_modules(remove_duplicate=False)]
    last = _last(network, modules, low)
    layers = tuple(dict.fromkeys(map(_owner, network.state_dict())))
    below = {name for name in layers if modules.index(name) <= last}
    found = Cut(*(tuple(name for name in layers if (name in below) is side) for side in (True, False)))
    _check_sides(network, found, low)
    return found


def values_of(network: nn.Module, layers: Collection[str]) -> dict[str, Tensor]:
    """Parameters and buffers of these modules themselves, not of those within them, by their names in the network."""
    return {name: values for name, values in network.state_dict().items() if _owner(name) in layers}


def misfits(network: nn.Module, other: nn.Module, layers: Collection[str]) -> list[str]:
    """How the values of these modules differ in name or shape, a text each.

    Example:
        >>> misfits(nn.Sequential(nn.Linear(4, 8)), nn.Sequential(nn.Linear(4, 6, bias=False)), ["0"])
        ['0.bias is nothing instead of (8,)', '0.weight is (6, 4) instead of (8, 4)']
    """
    here, there = ({name: tuple(values.shape) for name, values in values_of(each, layers).items()}
                   for each in (network, other))  # fmt: skip
    return [f"{name} is {there.get(name, 'nothing')} instead of {here.get(name, 'nothing')}"
            for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)]  # fmt: skip


def _owner(name: str) -> str:
    """The module that a value of the state dict belongs to."""
    return name.rpartition(".")[0]


def _last(network: nn.Module, modules: list[str], low: str | int) -> int:
    """Where in the list of modules the last low one is."""
    if isinstance(low, str):
        inside = [index for index, name in enumerate(modules) if name == low or name.startswith(f"{low}.")]
        if not low or not inside:
            raise ArgumentError("low", repr(low), f"one of the modules {', '.join(modules[1:])}",
                                did_you_mean(low, modules[1:]))  # fmt: skip
        return inside[-1]
    owners = list(dict.fromkeys(_owner(name) for name, _ in network.named_parameters(remove_duplicate=False)))
    if not is_whole(low, 1) or low >= len(owners):
        raise ArgumentError("low", repr(low), f"1 to {len(owners) - 1} of the {len(owners)} modules with parameters "
                            f"({', '.join(owners)}), or the name of one")  # fmt: skip
    return modules.index(owners[low - 1])


def _check_sides(network: nn.Module, found: Cut, low: str | int) -> None:
    """Refuse a side without parameters, and a parameter of both sides."""
    named = list(network.named_parameters(remove_duplicate=False))
    low_ones, high_ones = ({id(values): name for name, values in named if _owner(name) in side}
                           for side in (found.low, found.high))  # fmt: skip
    if not low_ones or not high_ones:
        raise ArgumentError("low", f"{low!r}, with no parameter {'above' if low_ones else 'up to'} it",
                            "a cut with parameters on both sides")  # fmt: skip
    both = low_ones.keys() & high_ones.keys()
    if both:
        tied = ", ".join(f"{low_ones[each]} is {high_ones[each]}" for each in both)
        raise ArgumentError("low", f"{low!r}, where low and high layers have parameters in common ({tied})",
                            "a cut with each parameter on one side")  # fmt: skip
