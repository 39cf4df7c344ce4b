"""The papers' multilayer perceptrons for tables."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from harsanyi.zoo.checks import at_least


def mlp5(columns: int, classes: int = 2, width: int = 100) -> nn.Sequential:
    """Five linear layers with a ReLU between each two.

    Args:
        columns: of a sample; inputs are (batch, columns).
        classes: number of logits; 1 for a single logit of two classes.
        width: neurons of every hidden layer.

    Returns:
        The network, logits (batch, classes); its k-th ReLU is the module named str(2 * k - 1).

    Raises:
        ArgumentError: a number below 1.

    Example:
        >>> import torch
        >>> mlp5(columns=12, classes=3)(torch.zeros(4, 12)).shape
        torch.Size([4, 3])

    Source: MLP-5 of arXiv 2405.10262 and 2407.19198, with 100 neurons a layer.
    """
    return _mlp(5, columns, classes, width)


def mlp7(columns: int, classes: int = 2, width: int = 100) -> nn.Sequential:
    """Seven linear layers with a ReLU between each two.

    Args:
        columns: of a sample; inputs are (batch, columns).
        classes: number of logits; 1 for a single logit of two classes.
        width: neurons of every hidden layer.

    Returns:
        The network, logits (batch, classes); its k-th ReLU is the module named str(2 * k - 1).

    Raises:
        ArgumentError: a number below 1.

    Source: MLP-7 of arXiv 2405.10262 and 2407.19198, with 100 neurons a layer.
    """
    return _mlp(7, columns, classes, width)


def _mlp(linear_layers: int, columns: int, classes: int, width: int) -> nn.Sequential:
    at_least(1, columns=columns, classes=classes, width=width)
    sizes = [columns, *[width] * (linear_layers - 1)]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(width, classes))
