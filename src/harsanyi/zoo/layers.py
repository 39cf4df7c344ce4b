"""Names of layers inside a network, as `network.get_submodule(name)` takes them."""

from __future__ import annotations

from torch import nn

from harsanyi.core.errors import ArgumentError


def relu_names(network: nn.Module) -> list[str]:
    """Names of all ReLU modules, in the order in which the network defines them (in this zoo: the order of calls).

    Args:
        network: any module; functional calls of relu have no name and are not found.

    Returns:
        One name a ReLU module.

    Example:
        >>> relu_names(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Sequential(nn.Linear(8, 8), nn.ReLU())))
        ['1', '2.1']

    Source: our definition.
    """
    return [name for name, module in network.named_modules() if isinstance(module, nn.ReLU)]


def relu_name(network: nn.Module, k: int) -> str:
    """Name of the k-th ReLU, counted from 1, as the papers count: they mask after the 2nd of VGG, the 1st of AlexNet.

    Args:
        network: any module whose ReLUs are modules.
        k: 1 is the first.

    Returns:
        The name, such as "features.3".

    Raises:
        ArgumentError: the network has no such ReLU.

    Example:
        >>> from harsanyi.zoo.vgg import vgg16
        >>> relu_name(vgg16(), 2)
        'features.3'

    Source: which one is masked: arXiv 2405.10262 and 2407.19198; the function is ours.
    """
    names = relu_names(network)
    if not isinstance(k, int) or not 1 <= k <= len(names):
        accepted = f"1 to {len(names)}, the ReLU modules of this network" if names else "a network with ReLU modules"
        raise ArgumentError("k", repr(k), accepted)
    return names[k - 1]
