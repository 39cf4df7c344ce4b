"""Clusters of the points of a cloud as players."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.clustering import cluster_points
from harsanyi.game.dropping import Dropping
from harsanyi.game.masking import Masking, check_count
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Values, as_tensor
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed, as_samples
from harsanyi.game.scores import Score


@final
@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of the points of a cloud as players; what belongs to no player stays as it is.

    Samples are (samples, points, channels) or (samples, channels, points), floating, channels >= 3; the first three
    channels are x, y and z, and clusters are found by them alone. A sample's clusters depend on that sample and on
    `seed` only.

    Args:
        clusters: how many clusters K-means finds in each sample, numbered by x, y and z of their centres; or your own
            integers (points,) or (samples, points), the cluster of each point, negative for none.
        n: number of players, drawn at random among the clusters of each sample; None takes them all.
        seed: of K-means and of the draw.
        baseline: "centre" moves the points of an absent cluster to its centre, the mean of all their channels; "drop"
            takes them out of the cloud, so that the network is given fewer points.
        coordinates: dimension of the inputs that counts the channels, 1 or 2; nothing takes the one of size 3.

    Raises:
        ArgumentError: inputs that are no clouds; fewer distinct points than clusters, or clusters than players (says
            how many there are); "drop" where no point would be left.
        ImportError: scikit-learn is not installed (says the command that installs it).

    Example:
        >>> clouds = torch.tensor([[[0.0, 0.0, 0.0], [0.0, 0.0, 2.0], [9.0, 9.0, 9.0]]])
        >>> players = Clusters(torch.tensor([0, 0, 1]), n=None, coordinates=2)
        >>> masking = players.maskings(clouds)[0]
        >>> masking.names, masking.apply(torch.tensor([[False, True]]))[0, :2].tolist()
        (('cluster 0', 'cluster 1'), [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])

    Source: 30 clusters of K-means, 10 of them at random, moved to their centres: 2405.10262 and 2407.19198; dropping
        is our addition.
    """

    clusters: int | Values = 30
    n: int | None = 10
    seed: int = 0
    baseline: str = "centre"
    coordinates: int | None = None

    __repr__ = told_players

    def __post_init__(self) -> None:
        if self.baseline not in ("centre", "drop"):
            raise ArgumentError("baseline", repr(self.baseline), '"centre" or "drop"')
        if self.coordinates not in (None, 1, 2, -1, -2):
            raise ArgumentError("coordinates", self.coordinates, "1 or 2, a dimension of the inputs, or nothing")
        if self.n is not None and self.n < 1:
            raise ArgumentError("n", self.n, "a number of players >= 1, or nothing for all clusters")
        if not self._to_find:
            self._check_map()
        elif self.clusters < 1:
            raise ArgumentError("clusters", self.clusters, "a number >= 1, or the cluster of each point")
        elif self.n is not None and self.n > self.clusters:
            raise ArgumentError("n", self.n, f"at most {self.clusters}, the number of clusters")

    @property
    def _to_find(self) -> bool:
        return isinstance(self.clusters, int | np.integer)

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The network on clouds with points moved, or the network for clouds that lose points."""
        samples = as_samples(inputs)
        players = self._found(samples)
        if self.baseline == "centre":
            return Posed(network, network, samples, players, labels, samples, output)
        dropping = Dropping(network, output, 3 - self._channels(samples))
        return Posed(dropping, dropping, samples, players, labels, samples)

    def check(self, inputs: Tensor, first: int = 0) -> int:
        """Number of players; raises ArgumentError where a cloud does not fit."""
        counts = set()
        for index, cluster_of in enumerate(self._maps(inputs, first), first):
            drawn = self._drawn(cluster_of, index)
            counts.add(len(drawn))
            if self.baseline == "drop" and bool(torch.isin(cluster_of, drawn).all()):
                given = f'all {len(drawn)} clusters of sample {index}, of which "drop" leaves no point'
                raise ArgumentError("n", given, "fewer players than clusters, or points of no cluster")
        if len(counts) > 1:
            given = f"samples with {sorted(counts)} clusters"
            raise ArgumentError("clusters", given, "the same number in every sample", "Or fewer players: n=")
        return check_count(counts.pop(), "clusters")

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking a cloud."""
        maps = enumerate(self._maps(inputs, first), first)
        return [self._masking(cloud, *found) for cloud, found in zip(inputs, maps, strict=True)]

    def _masking(self, cloud: Tensor, index: int, cluster_of: Tensor) -> Masking:
        drawn = self._drawn(cluster_of, index)
        channels = self._channels(cloud[None]) - 1
        member = cluster_of == drawn[:, None]  # (players, points)
        player = torch.where(member.any(0), member.int().argmax(0), -1)
        regions = player.unsqueeze(channels).to(cloud.device)
        if self.baseline == "drop":
            baseline = torch.where(regions < 0, cloud, torch.nan)
        else:
            points = cloud if channels == 1 else cloud.T
            weights = member.to(cloud.device, torch.float64)
            centres = (weights @ points.double() / weights.sum(1, keepdim=True)).to(cloud.dtype)
            moved = centres[regions.flatten().clamp_min(0)]  # (points, channels)
            baseline = torch.where(regions < 0, cloud, moved if channels == 1 else moved.T)
        return Masking(cloud, baseline, regions, tuple(f"cluster {number}" for number in drawn.tolist()))

    def _found(self, inputs: Tensor) -> Clusters:
        """The same players with the clusters of all samples found."""
        if self._to_find:
            return replace(self, clusters=torch.stack(list(self._maps(inputs, 0))))
        shape = tuple(as_tensor(self.clusters, "clusters").shape)
        if len(shape) == 2 and shape[0] != len(inputs):
            accepted = f"one map of all samples, (points,), or {len(inputs)}, one for each"
            raise ArgumentError("clusters", f"shape {shape}", accepted)
        return self

    def _drawn(self, cluster_of: Tensor, index: int) -> Tensor:
        """Numbers of the clusters of one sample that are players, ascending."""
        numbers: Tensor = cluster_of[cluster_of >= 0].unique()
        if self.n is None:
            return numbers
        if self.n > len(numbers):
            raise ArgumentError("n", self.n, f"at most {len(numbers)}, the clusters of sample {index}")
        order = torch.randperm(len(numbers), generator=torch.Generator().manual_seed(self.seed))
        drawn: Tensor = numbers[order[: self.n].sort().values]
        return drawn

    def _maps(self, inputs: Tensor, first: int) -> Iterator[Tensor]:
        """Cluster of each point of every sample from position first on, int64 (points,), on the CPU."""
        channels = self._channels(inputs)
        points = inputs.shape[3 - channels]
        if self._to_find:
            xyz = inputs.narrow(channels, 0, 3).movedim(channels, 2)
            return cluster_points(xyz, int(self.clusters), self.seed, first)
        maps = as_tensor(self.clusters, "clusters").cpu().long()
        if maps.shape[-1] != points or (maps.ndim == 2 and first + len(inputs) > len(maps)):
            accepted = f"({points},) or ({first + len(inputs)}, {points}), the cluster of each point"
            raise ArgumentError("clusters", f"shape {tuple(maps.shape)}", accepted)
        return iter(maps.expand(len(inputs), -1) if maps.ndim == 1 else maps[first : first + len(inputs)])

    def _channels(self, inputs: Tensor) -> int:
        """Dimension that counts the channels, 1 or 2."""
        if inputs.ndim != 3 or not inputs.is_floating_point():
            raise ArgumentError("inputs", f"shape {tuple(inputs.shape)}, {inputs.dtype}",
                                "floating point clouds, (samples, points, 3) or (samples, 3, points)")  # fmt: skip
        shape = tuple(inputs.shape)
        if self.coordinates is not None:
            channels = self.coordinates % 3
        elif (shape[1] == 3) != (shape[2] == 3):
            channels = 1 if shape[1] == 3 else 2
        else:
            given = f"nothing, and inputs of shape {shape}, of which {'both' if shape[1] == 3 else 'neither'} may be it"
            raise ArgumentError("coordinates", given, "1 or 2, the dimension that counts the channels")
        if shape[channels] < 3:
            raise ArgumentError("coordinates", f"{self.coordinates}, a dimension of {shape[channels]}",
                                "one of at least 3: x, y and z first")  # fmt: skip
        return channels

    def _check_map(self) -> None:
        maps = as_tensor(self.clusters, "clusters")
        if maps.is_floating_point() or maps.is_complex() or maps.ndim not in (1, 2):
            given = f"shape {tuple(maps.shape)}, {maps.dtype}"
            raise ArgumentError("clusters", given, "a number, or integers (points,) or (samples, points)")
        object.__setattr__(self, "clusters", maps)
