"""VGG-11, VGG-13 and VGG-16, with or without batch normalization, for images of 224 pixels and for small ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from harsanyi.zoo.checks import at_least, image_side
from harsanyi.zoo.initial import he_normal

_WIDTHS = (64, 128, 256, 512, 512)  # of the five stages; each ends in a pooling that halves the side


def vgg11(classes: int = 10, image_size: int = 32, channels: int = 3, batch_norm: bool = False) -> nn.Sequential:
    """VGG-11; the papers mask its feature map after the 2nd ReLU, "features.4" ("features.6" with batch_norm).

    Args:
        classes: number of logits.
        image_size: pixels a side. 224 is the published network; any other multiple of 32 gets one linear layer as
            head, as is usual for CIFAR-10.
        channels: of the images; inputs are (batch, channels, image_size, image_size).
        batch_norm: whether a batch normalization follows every convolution.

    Returns:
        The network, logits (batch, classes); 132,863,336 parameters at 224 with three channels, 1,000 classes and no
        batch normalization. Weights of the convolutions are drawn as in He et al. 2015.

    Raises:
        ArgumentError: an image size that is no multiple of 32, or a number below 1.

    Example:
        >>> import torch
        >>> vgg11()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])

    Source: Simonyan and Zisserman 2015, arXiv 1409.1556, table 1, column A, with the layer names of torchvision, so
        that its ImageNet weights fit; the head for small images is ours.
    """
    return _vgg((1, 1, 2, 2, 2), classes, image_size, channels, batch_norm)


def vgg13(classes: int = 10, image_size: int = 32, channels: int = 3, batch_norm: bool = False) -> nn.Sequential:
    """VGG-13; the papers mask its feature map after the 2nd ReLU, "features.3" ("features.5" with batch_norm).

    Args:
        classes: number of logits.
        image_size: pixels a side, 224 or another multiple of 32, as for `vgg11`.
        channels: of the images.
        batch_norm: whether a batch normalization follows every convolution.

    Returns:
        The network, logits (batch, classes); 133,047,848 parameters in the published form.

    Raises:
        ArgumentError: as `vgg11`.

    Source: Simonyan and Zisserman 2015, arXiv 1409.1556, table 1, column B; otherwise as `vgg11`.
    """
    return _vgg((2, 2, 2, 2, 2), classes, image_size, channels, batch_norm)


def vgg16(classes: int = 10, image_size: int = 32, channels: int = 3, batch_norm: bool = False) -> nn.Sequential:
    """VGG-16; the papers mask its feature map after the 2nd ReLU, "features.3" ("features.5" with batch_norm).

    Args:
        classes: number of logits.
        image_size: pixels a side, 224 or another multiple of 32, as for `vgg11`.
        channels: of the images.
        batch_norm: whether a batch normalization follows every convolution.

    Returns:
        The network, logits (batch, classes); 138,357,544 parameters in the published form.

    Raises:
        ArgumentError: as `vgg11`.

    Source: Simonyan and Zisserman 2015, arXiv 1409.1556, table 1, column D; otherwise as `vgg11`.
    """
    return _vgg((2, 2, 3, 3, 3), classes, image_size, channels, batch_norm)


def _vgg(depths: Sequence[int], classes: int, image_size: int, channels: int, batch_norm: bool) -> nn.Sequential:
    at_least(1, classes=classes, channels=channels)
    image_side(image_size, multiple=32)
    flat = 512 * (image_size // 32) ** 2
    network = nn.Sequential(
        OrderedDict(
            features=_features(depths, channels, batch_norm),  # (batch, 512, side / 32, side / 32)
            flatten=nn.Flatten(),
            classifier=_head(flat, classes) if image_size == 224 else nn.Linear(flat, classes),
        )
    )
    he_normal(network)
    return network


def _features(depths: Sequence[int], channels: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, depth in zip(_WIDTHS, depths, strict=True):
        for _ in range(depth):
            norm = [nn.BatchNorm2d(width)] if batch_norm else []
            layers += [nn.Conv2d(channels, width, 3, padding=1), *norm, nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def _head(flat: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(flat, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, classes),
    )
