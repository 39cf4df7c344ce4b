"""LeNet-5 for small images."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo.checks import at_least


def lenet(classes: int = 10, image_size: int = 28, channels: int = 1) -> nn.Sequential:
    """LeNet-5 with ReLU, max-pooling and every map of the second convolution connected to every one of the first.

    Args:
        classes: number of logits.
        image_size: 32, or 28, which the first convolution pads by 2.
        channels: of the images; inputs are (batch, channels, image_size, image_size).

    Returns:
        The network, logits (batch, classes); 61,706 parameters for one channel and 10 classes. Its first two ReLUs
        are "features.1" and "features.4".

    Raises:
        ArgumentError: another image size, or a number below 1.

    Example:
        >>> import torch
        >>> lenet()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])

    Source: LeCun et al. 1998, Gradient-based learning applied to document recognition, figure 2; ReLU, max-pooling,
        full connection and the linear last layer are today's usual form.
    """
    at_least(1, classes=classes, channels=channels)
    if image_size not in (28, 32):
        raise ArgumentError("image_size", repr(image_size), "28 or 32")
    features = nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=(32 - image_size) // 2),  # (batch, 6, 28, 28)
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),  # (batch, 16, 10, 10)
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 16, 5, 5)
    )
    classifier = nn.Sequential(
        nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)
    )
    return nn.Sequential(OrderedDict(features=features, flatten=nn.Flatten(), classifier=classifier))
