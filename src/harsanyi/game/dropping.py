"""A network on point clouds that lose points: the points that are left run alone, without any put in their place."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harsanyi.game.network import Network, OutputChoice, run


class Dropping(nn.Module):
    """Runs a network on the points that are there; a point of NaN is not.

    A batch is run in parts: the clouds with as many points left as each other together.

    Args:
        network: any callable or module of a batch of point clouds, with any number of points.
        output: which output to return, see `select_output`.
        dimension: of a batch that counts the points, 1 or 2; the other one counts the channels.

    Example:
        >>> clouds = torch.tensor([[[1.0], [2.0]], [[torch.nan], [4.0]]])
        >>> Dropping(lambda points: points.mean(1))(clouds).tolist()
        [[1.5], [4.0]]
    """

    def __init__(self, network: Network, output: OutputChoice = None, dimension: int = 1) -> None:
        super().__init__()
        self.network = network
        self._output, self._dimension = output, dimension

    def forward(self, clouds: Tensor) -> Tensor:
        """The chosen output for a batch of point clouds, (batch, ...)."""
        left = ~clouds.isnan().any(3 - self._dimension)  # (batch, points)
        counts = left.sum(1)
        parts, rows = [], []
        for count in counts.unique().tolist():
            chosen = (counts == count).nonzero()[:, 0]
            kept = left[chosen].nonzero()[:, 1].view(len(chosen), count)  # in the order of the cloud
            parts.append(run(self.network, self._taken(clouds[chosen], kept), self._output))
            rows.append(chosen)
        return torch.cat(parts)[torch.cat(rows).argsort()]

    def _taken(self, clouds: Tensor, kept: Tensor) -> Tensor:
        """Of each cloud its kept points, (batch, kept points), in an array of their own."""
        index = kept.unsqueeze(3 - self._dimension)
        shape = [*clouds.shape]
        shape[self._dimension] = kept.shape[1]
        return clouds.gather(self._dimension, index.expand(shape))
