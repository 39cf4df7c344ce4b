"""AlexNet with a single tower, for images of 224 pixels and for small ones."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from harsanyi.zoo.checks import at_least, image_side


def alexnet(classes: int = 10, image_size: int = 32, channels: int = 3) -> nn.Sequential:
    """AlexNet; the papers mask its feature map after the 1st ReLU, "features.1".

    Args:
        classes: number of logits.
        image_size: pixels a side. 224 is the published network; any other multiple of 32 gives the small form: the
            first convolution padded by 5, pooling in windows of 2, and one linear layer as head.
        channels: of the images; inputs are (batch, channels, image_size, image_size).

    Returns:
        The network, logits (batch, classes); 61,100,840 parameters at 224 with three channels and 1,000 classes. The
        map after the 1st ReLU is (batch, 64, 8, 8) for images of 32 pixels and (batch, 64, 55, 55) for 224.

    Raises:
        ArgumentError: an image size that is no multiple of 32, or a number below 1.

    Example:
        >>> import torch
        >>> alexnet()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])

    Source: after Krizhevsky 2014, arXiv 1404.5997, for 224, with the layer names of torchvision, so that its ImageNet
        weights fit; the small form, usual for CIFAR-10, is ours in its details.
    """
    at_least(1, classes=classes, channels=channels)
    image_side(image_size, multiple=32)
    large = image_size == 224
    features = _features(channels, large)
    head = _head(classes) if large else nn.Linear(256 * (image_size // 32) ** 2, classes)
    return nn.Sequential(OrderedDict(features=features, flatten=nn.Flatten(), classifier=head))


def _features(channels: int, large: bool) -> nn.Sequential:
    """Sides of the maps at 224: 55, 27, 13, 6; in the small form 1/4, 1/8, 1/16, 1/32 of the image's."""
    window = 3 if large else 2
    return nn.Sequential(
        nn.Conv2d(channels, 64, 11, stride=4, padding=2 if large else 5),
        nn.ReLU(),
        nn.MaxPool2d(window, stride=2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(window, stride=2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(window, stride=2),
    )


def _head(classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Linear(4096, classes),
    )
