"""PointNet for point clouds."""

from __future__ import annotations

from itertools import pairwise

import torch.fx
from torch import Tensor, nn

from harsanyi.zoo.checks import at_least
from harsanyi.zoo.clouds import channels_first

torch.fx.wrap("channels_first")  # it looks at the shape, which a symbolic trace does not know


def pointnet(classes: int = 40) -> PointNet:
    """PointNet for classification, with its input and its feature transform.

    Args:
        classes: number of logits.

    Returns:
        The network: clouds (batch, 3, points) or (batch, points, 3), any number of points, to logits (batch, classes);
        3,480,049 parameters with 40 classes. The order of the points does not matter.

    Raises:
        ArgumentError: classes below 1.

    Example:
        >>> import torch
        >>> pointnet(classes=16).eval()(torch.zeros(2, 3, 50)).shape
        torch.Size([2, 16])

    Source: Qi et al. 2017, arXiv 1612.00593, figure 2 and supplement C; table 6 gives 3.5 million parameters. Dropout
        before the last layer only, as in the paper's text. The penalty that keeps the feature transform near
        orthogonal belongs to training and is not part of the network.
    """
    at_least(1, classes=classes)
    return PointNet(classes)


class PointNet(nn.Module):
    """Features of each point on its own, their maximum over the points, and a classifier of that.

    Args:
        classes: number of logits.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.input_transform = Transform(3)
        self.local = _of_each_point(3, 64, 64)
        self.feature_transform = Transform(64)
        self.features = _of_each_point(64, 64, 128, 1024)
        self.classifier = nn.Sequential(*_of_the_cloud(1024, 512, 256), nn.Dropout(0.3), nn.Linear(256, classes))

    def forward(self, points: Tensor) -> Tensor:
        """Map clouds (batch, 3, points) or (batch, points, 3) to logits (batch, classes)."""
        points = channels_first(points)
        local = self.local(self.input_transform(points))  # (batch, 64, points)
        features = self.features(self.feature_transform(local))  # (batch, 1024, points)
        logits: Tensor = self.classifier(features.amax(2))
        return logits


class Transform(nn.Module):
    """A linear map of the features, found from the whole cloud; the identity at first (the paper's T-Net).

    Args:
        width: number of features of a point.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.features = _of_each_point(width, 64, 128, 1024)
        self.cloud = nn.Sequential(*_of_the_cloud(1024, 512, 256))
        self.matrix = nn.Linear(256, width * width)
        nn.init.zeros_(self.matrix.weight)
        nn.init.eye_(self.matrix.bias.view(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, width, points) to the same shape."""
        matrix = self.matrix(self.cloud(self.features(x).amax(2)))  # (batch, width * width)
        transformed: Tensor = matrix.view(-1, self.width, self.width) @ x
        return transformed


def _of_each_point(*sizes: int) -> nn.Sequential:
    """Linear layers with batch normalization and ReLU, the same for every point: (batch, size, points)."""
    return nn.Sequential(
        *(part for a, b in pairwise(sizes) for part in (nn.Conv1d(a, b, 1), nn.BatchNorm1d(b), nn.ReLU()))
    )


def _of_the_cloud(*sizes: int) -> list[nn.Module]:
    """Linear layers with batch normalization and ReLU: (batch, size)."""
    return [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU())]
