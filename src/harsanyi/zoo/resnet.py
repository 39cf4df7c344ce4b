"""ResNet-20 and ResNet-32, residual networks for small images, and a form of them for images of 224 pixels."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn

from harsanyi.zoo.checks import at_least, image_side
from harsanyi.zoo.initial import he_normal


def resnet20(classes: int = 10, image_size: int = 32, channels: int = 3) -> nn.Sequential:
    """ResNet-20: three stages of three blocks, 16, 32 and 64 channels wide, shortcuts without parameters.

    Args:
        classes: number of logits.
        image_size: pixels a side, a multiple of 4. At 224 the first convolution is 7 x 7 with stride 2 and a
            max-pooling follows, so that the stages see sides of 56, 28 and 14.
        channels: of the images; inputs are (batch, channels, image_size, image_size).

    Returns:
        The network, logits (batch, classes); 269,722 parameters with three channels and 10 classes. Its ReLUs are
        "relu" and, for stage 1 to 3 and block 0 to 2, "stage1.0.relu1" and "stage1.0.relu2".

    Raises:
        ArgumentError: an image size that is no multiple of 4, or a number below 1.

    Example:
        >>> import torch
        >>> resnet20()(torch.zeros(2, 3, 32, 32)).shape
        torch.Size([2, 10])

    Source: He et al. 2015, arXiv 1512.03385, section 4.2 and table 6, shortcuts by option A; the form for 224 is ours.
    """
    return _resnet(3, classes, image_size, channels)


def resnet32(classes: int = 10, image_size: int = 32, channels: int = 3) -> nn.Sequential:
    """ResNet-32: three stages of five blocks, 16, 32 and 64 channels wide, shortcuts without parameters.

    Args:
        classes: number of logits.
        image_size: pixels a side, a multiple of 4; 224 as for `resnet20`.
        channels: of the images; inputs are (batch, channels, image_size, image_size).

    Returns:
        The network, logits (batch, classes); 464,154 parameters with three channels and 10 classes.

    Raises:
        ArgumentError: as `resnet20`.

    Source: as `resnet20`.
    """
    return _resnet(5, classes, image_size, channels)


def _resnet(blocks: int, classes: int, image_size: int, channels: int) -> nn.Sequential:
    at_least(1, classes=classes, channels=channels)
    image_side(image_size, multiple=4)
    network = nn.Sequential(
        OrderedDict(
            **_stem(channels, large=image_size == 224),  # (batch, 16, side, side); at 224 (batch, 16, 56, 56)
            stage1=_stage(16, 16, blocks),
            stage2=_stage(16, 32, blocks),  # half the side
            stage3=_stage(32, 64, blocks),  # a quarter of the side
            average=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            classifier=nn.Linear(64, classes),
        )
    )
    he_normal(network)
    return network


def _stem(channels: int, large: bool) -> dict[str, nn.Module]:
    if not large:
        return {"conv": _conv(channels, 16), "norm": nn.BatchNorm2d(16), "relu": nn.ReLU()}
    conv = nn.Conv2d(channels, 16, 7, stride=2, padding=3, bias=False)
    pool = nn.MaxPool2d(3, stride=2, padding=1)
    return {"conv": conv, "norm": nn.BatchNorm2d(16), "relu": nn.ReLU(), "pool": pool}


def _stage(channels: int, width: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(Block(channels, width), *(Block(width, width) for _ in range(blocks - 1)))


def _conv(channels: int, width: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, width, 3, stride=stride, padding=1, bias=False)  # the normalization has the bias


class Block(nn.Module):
    """Two convolutions beside a shortcut; a block that widens halves the side.

    Args:
        channels: of the input, (batch, channels, side, side).
        width: channels of the output.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        widens = width > channels
        self.conv1 = _conv(channels, width, stride=2 if widens else 1)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()  # a ReLU for every call, so that each has a name
        self.conv2 = _conv(width, width)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = ZeroPaddedShortcut(width - channels) if widens else nn.Identity()
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, side, side) to (batch, width, side, side), or half the side if it widens."""
        hidden = self.relu1(self.norm1(self.conv1(x)))
        output: Tensor = self.relu2(self.norm2(self.conv2(hidden)) + self.shortcut(x))
        return output


class ZeroPaddedShortcut(nn.Module):
    """Every second pixel, and zeros as further channels: option A of the paper.

    Args:
        extra: how many channels of zeros.
    """

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, side, side) to (batch, channels + extra, side / 2, side / 2)."""
        return nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.extra))
