"""Initial values with which deep networks of ReLUs train."""

from __future__ import annotations

from torch import nn


def he_normal(network: nn.Module) -> None:
    """Draw the weights of every convolution from N(0, 2 / fan-in) and set its bias to 0, in place.

    Source: He et al. 2015, arXiv 1502.01852, equation 10.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
