"""The dynamic graph network for point clouds (DGCNN)."""

from __future__ import annotations

import torch
import torch.fx
from torch import Tensor, nn

from harsanyi.zoo.checks import at_least
from harsanyi.zoo.clouds import channels_first

_SLOPE = 0.2  # of the leaky ReLUs below 0
torch.fx.wrap("channels_first")  # these look at shapes, which a symbolic trace does not know
torch.fx.wrap("nearest")


def dgcnn(classes: int = 40, k: int = 20) -> DGCNN:
    """DGCNN for classification: four edge convolutions, each on the graph of nearest neighbours in its own features.

    Args:
        classes: number of logits.
        k: neighbours of a point, itself among them; a cloud of fewer points uses all of them.

    Returns:
        The network: clouds (batch, 3, points) or (batch, points, 3) to logits (batch, classes); 1,809,576 parameters
        with 40 classes. The order of the points does not matter. Its activations are leaky ReLUs.

    Raises:
        ArgumentError: a number below 1.

    Example:
        >>> import torch
        >>> dgcnn(classes=16).eval()(torch.rand(2, 3, 50)).shape
        torch.Size([2, 16])

    Source: Wang et al. 2019, arXiv 1801.07829, figure 3 (classification), without the spatial transform, as in the
        authors' PyTorch code (github.com/WangYueFt/dgcnn; its issue 39 counts 1.8 million parameters).
    """
    at_least(1, classes=classes, k=k)
    return DGCNN(classes, k)


class DGCNN(nn.Module):
    """Edge convolutions, the features of all of them together, maximum and mean over the points, and a classifier.

    Args:
        classes: number of logits.
        k: neighbours of a point, itself among them.
    """

    def __init__(self, classes: int, k: int) -> None:
        super().__init__()
        self.edge1 = EdgeConvolution(3, 64, k)
        self.edge2 = EdgeConvolution(64, 64, k)
        self.edge3 = EdgeConvolution(64, 128, k)
        self.edge4 = EdgeConvolution(128, 256, k)
        self.joined = nn.Sequential(nn.Conv1d(512, 1024, 1, bias=False), nn.BatchNorm1d(1024), nn.LeakyReLU(_SLOPE))
        self.classifier = nn.Sequential(
            *(nn.Linear(2048, 512, bias=False), nn.BatchNorm1d(512), nn.LeakyReLU(_SLOPE), nn.Dropout()),
            *(nn.Linear(512, 256), nn.BatchNorm1d(256), nn.LeakyReLU(_SLOPE), nn.Dropout()),
            nn.Linear(256, classes),
        )

    def forward(self, points: Tensor) -> Tensor:
        """Map clouds (batch, 3, points) or (batch, points, 3) to logits (batch, classes)."""
        first = self.edge1(channels_first(points))  # (batch, 64, points)
        second = self.edge2(first)  # (batch, 64, points)
        third = self.edge3(second)  # (batch, 128, points)
        fourth = self.edge4(third)  # (batch, 256, points)
        features = self.joined(torch.cat([first, second, third, fourth], dim=1))  # (batch, 1024, points)
        logits: Tensor = self.classifier(torch.cat([features.amax(2), features.mean(2)], dim=1))
        return logits


class EdgeConvolution(nn.Module):
    """Largest response of a linear layer to (neighbour - point, point) over the neighbours of each point.

    The layer is linear, so it is applied to the points, and the responses are gathered: inputs of edges, which would
    need k times the memory and k times the work, are never formed.

    Args:
        channels: features of a point, (batch, channels, points).
        width: features of a point afterwards.
        k: neighbours of a point, itself among them.
    """

    def __init__(self, channels: int, width: int, k: int) -> None:
        super().__init__()
        self.k = k
        self.difference = nn.Conv1d(channels, width, 1, bias=False)  # of neighbour - point
        self.point = nn.Conv1d(channels, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.activation = nn.LeakyReLU(_SLOPE)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, points) to (batch, width, points)."""
        difference = self.difference(x)  # (batch, width, points)
        of_point = self.point(x) - difference
        edges = gathered(difference, nearest(x, self.k)) + of_point.unsqueeze(3)  # (batch, width, points, k)
        output: Tensor = self.activation(self.norm(edges).amax(3))  # it increases, so it may follow the maximum
        return output


def nearest(x: Tensor, k: int) -> Tensor:
    """Indices (batch, points, k) of the nearest points by Euclidean distance, each point itself among them.

    Args:
        x: (batch, channels, points).
        k: how many; all of them where there are fewer.
    """
    x = x.detach()
    squares = x.square().sum(1, keepdim=True)  # (batch, 1, points)
    closeness = 2 * x.transpose(1, 2) @ x - squares  # |x_i|^2 - |x_i - x_j|^2: the same order in each row i
    return closeness.topk(min(k, x.shape[2]), dim=2).indices


def gathered(x: Tensor, indices: Tensor) -> Tensor:
    """Features (batch, width, points, k) of the points at the indices.

    Args:
        x: (batch, width, points).
        indices: (batch, points, k).
    """
    flat = indices.flatten(1).unsqueeze(1).expand(-1, x.shape[1], -1)  # (batch, width, points * k), a view
    features: Tensor = x.gather(2, flat).unflatten(2, indices.shape[1:])
    return features
