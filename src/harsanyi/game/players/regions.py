"""Any integer map of regions as players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.masking import Masking, check_count
from harsanyi.game.players.baselines import Baseline, baseline_values, check_baseline


@final
@dataclass(frozen=True, eq=False)
class Regions:
    """Values with the same number in an integer map belong to one player (Captum's `feature_mask`).

    Args:
        regions: integers, broadcastable to a sample (for images (height, width) will do), or with a leading dimension
            of one map a sample; the sorted distinct numbers >= 0 are the players; negative numbers are no player.
        names: of the players; "region 0", … without.
        baseline: "zero", "mean", "median" (of `background`), a number, or values of the shape of a sample.
        background: samples that mean and median are taken over.

    Raises:
        ArgumentError: a map that is not of integers, or does not fit; samples with different numbers of regions.

    Example:
        >>> import torch
        >>> halves = Regions(torch.tensor([[0, 0, 1, 1]]))
        >>> halves.maskings(torch.ones(1, 1, 4))[0].apply(torch.tensor([[False, True]])).tolist()
        [[[0.0, 0.0, 1.0, 1.0]]]
    """

    regions: Tensor
    names: Sequence[str] | None = None
    baseline: Baseline = "zero"
    background: Tensor | None = None

    def __post_init__(self) -> None:
        check_baseline(self.baseline, self.background, blur=False)
        if self.regions.is_floating_point() or self.regions.is_complex():
            raise ArgumentError("regions", self.regions.dtype, "an integer tensor")

    def check(self, inputs: Tensor) -> int:
        """Number of players; raises ArgumentError where the map does not fit."""
        counts = {len(self._numbers(region)) for region in self._maps(inputs)}
        if len(counts) > 1:
            raise ArgumentError("regions", f"samples with {sorted(counts)} regions", "the same number in every sample")
        baseline_values(self.baseline, self.background, inputs[0])
        n = check_count(counts.pop(), "regions")
        if self.names is not None and len(self.names) != n:
            raise ArgumentError("names", f"{len(self.names)} names", f"{n}, one for each region")
        return n

    def maskings(self, inputs: Tensor) -> list[Masking]:
        """One masking a sample."""
        n = self.check(inputs)
        names = tuple(map(str, self.names or [f"region {i}" for i in range(n)]))
        result = []
        for sample, region in zip(inputs, self._maps(inputs), strict=True):
            numbers = self._numbers(region)
            players = region.new_full(region.shape, -1)
            for player, number in enumerate(numbers):
                players[region == number] = player
            baseline = baseline_values(self.baseline, self.background, sample)
            result.append(Masking(sample, baseline, players, names))
        return result

    @staticmethod
    def _numbers(region: Tensor) -> list[int]:
        return [number for number in region.unique().tolist() if number >= 0]

    def _maps(self, inputs: Tensor) -> list[Tensor]:
        regions = self.regions.to(inputs.device).long()
        one_each = regions.ndim == inputs.ndim and regions.shape[0] in (1, len(inputs))
        maps = list(regions.expand(len(inputs), *regions.shape[1:])) if one_each else [regions] * len(inputs)
        try:
            maps[0].expand(inputs.shape[1:])
        except RuntimeError:
            raise ArgumentError(
                "regions",
                f"shape {tuple(regions.shape)}",
                f"a map that fits samples of shape {tuple(inputs.shape[1:])}",
            ) from None
        return maps
