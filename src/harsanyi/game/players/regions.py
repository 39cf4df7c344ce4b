"""Any integer map of regions as players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.inside import pose_images
from harsanyi.game.layers import Layer
from harsanyi.game.masking import Masking, check_count
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Baseline, Values, as_tensor, baseline_values, check_baseline
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed
from harsanyi.game.scores import Score


@final
@dataclass(frozen=True, eq=False)
class Regions:
    """Values with the same number in an integer map belong to one player (Captum's `feature_mask`).

    Args:
        regions: integers, broadcastable to a sample (for images (height, width) will do), or with a leading dimension
            of one map a sample; the sorted distinct numbers >= 0 are the players; negative numbers are no player.
        names: of the players; "region 0", … without.
        baseline: "zero" (or None), "mean", "median" (of `background`), a number, or values of the shape of a sample,
            which may have a leading dimension of 1 or of all samples, as Captum's `baselines` have.
        background: samples that mean and median are taken over.
        rest: "keep" or "mask" what belongs to no player.
        at: a layer of the network, by its name or itself, whose feature map is masked instead of the image; a map of
            the image's size is shrunk to it. The background stays one of images.

    Raises:
        ArgumentError: a map that is not of integers, or does not fit; samples with different numbers of regions.

    Example:
        >>> import torch
        >>> halves = Regions(torch.tensor([[0, 0, 1, 1]]))
        >>> halves.maskings(torch.ones(1, 1, 4))[0].apply(torch.tensor([[False, True]])).tolist()
        [[[0.0, 0.0, 1.0, 1.0]]]

    Source: our definition, after Captum.
    """

    regions: Values
    names: Sequence[str] | None = None
    baseline: Baseline | None = "zero"
    background: Values | None = None
    rest: str = "keep"
    at: Layer | None = None
    fewer: ClassVar[str] = "Take fewer regions"

    __repr__ = told_players

    def __post_init__(self) -> None:
        if self.baseline is None:  # Captum's default
            object.__setattr__(self, "baseline", "zero")
        check_baseline(self.baseline, self.background)
        if self.rest not in ("keep", "mask"):
            raise ArgumentError("rest", repr(self.rest), '"keep" or "mask"')
        regions = as_tensor(self.regions, "regions")
        object.__setattr__(self, "regions", regions)
        if regions.is_floating_point() or regions.is_complex():
            raise ArgumentError("regions", regions.dtype, "an integer tensor")

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The network on masked samples, or what follows a layer on its masked feature maps."""
        posed = pose_images(network, inputs, labels, self, output)
        self._check_maps(posed.samples)
        return posed

    def _check_maps(self, samples: Tensor) -> None:
        """Refuse another number of maps than one, or one for each of all samples."""
        if self.regions.ndim == samples.ndim and len(self.regions) not in (1, len(samples)):
            accepted = f"one map, or {len(samples)}, that fit samples of shape {tuple(samples.shape[1:])}"
            raise ArgumentError("regions", f"shape {tuple(self.regions.shape)}", accepted)

    def check(self, inputs: Tensor, first: int = 0) -> int:
        """Number of players; raises ArgumentError where the map does not fit."""
        if self.at is None:  # in a layer, feature maps come in parts
            self._check_maps(inputs)
        counts = {len(self._numbers(region)) for region in self._maps(inputs, first)}
        if len(counts) > 1:
            raise ArgumentError("regions", f"samples with {sorted(counts)} regions", "the same number in every sample")
        self._baselines(inputs, first)
        n = check_count(counts.pop(), "regions")
        if self.names is not None and len(self.names) != n:
            raise ArgumentError("names", f"{len(self.names)} names", f"{n}, one for each region")
        return n

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking a sample."""
        maps = self._maps(inputs, first)
        players = [self._players(region) for region in maps]
        n = int(players[0].max()) + 1
        names = tuple(map(str, self.names if self.names is not None else [f"region {i}" for i in range(n)]))
        baselines = self._baselines(inputs, first)
        shared = len(players) == 1
        result = []
        for i, (sample, baseline) in enumerate(zip(inputs, baselines, strict=True)):
            own = players[0 if shared else i]
            shown = torch.where(own < 0, baseline, sample) if self.rest == "mask" else sample
            result.append(Masking(shown, baseline, own, names))
        return result

    def _baselines(self, inputs: Tensor, first: int) -> list[Tensor]:
        """The baseline of each sample from position first on: one for all, or one each."""
        baseline = self.baseline
        if not isinstance(baseline, str):
            values = as_tensor(baseline, "baseline")
            if values.ndim == inputs.ndim and len(values) > 1:
                own = values[first : first + len(inputs)]
                if len(own) < len(inputs):
                    raise ArgumentError("baseline", f"{len(values)} of them", "one, or one for each sample")
                return [baseline_values(value, None, sample) for value, sample in zip(own, inputs, strict=True)]
            baseline = values[0] if values.ndim == inputs.ndim and len(values) == 1 else values
        return [baseline_values(baseline, self.background, inputs[0])] * len(inputs)

    @staticmethod
    def _players(region: Tensor) -> Tensor:
        """The map with its numbers >= 0 replaced by their rank."""
        numbers, rank = region.unique(return_inverse=True)
        players: Tensor = rank - int((numbers < 0).sum())
        return players.clamp_min(-1)

    @staticmethod
    def _numbers(region: Tensor) -> list[int]:
        return [number for number in region.unique().tolist() if number >= 0]

    def _maps(self, inputs: Tensor, first: int = 0) -> list[Tensor]:
        """The one map of all samples, or that of each sample from position first on."""
        regions = self.regions
        one_each = regions.ndim == inputs.ndim and (regions.shape[0] == 1 or first + len(inputs) <= len(regions))
        if one_each and len(regions) > 1:
            regions = regions[first : first + len(inputs)]
        regions = regions.to(inputs.device).long()
        maps = list(regions) if one_each else [regions]
        if self.at is not None and inputs.ndim > 3 and regions.ndim > 1:
            maps = [_shrunk(region, inputs.shape[-2:], first + i) for i, region in enumerate(maps)]
        try:
            maps[0].expand(inputs.shape[1:])
        except RuntimeError:
            raise ArgumentError(
                "regions",
                f"shape {tuple(regions.shape)}",
                f"a map that fits samples of shape {tuple(inputs.shape[1:])}",
            ) from None
        return maps


def _shrunk(regions: Tensor, size: Sequence[int], sample: int) -> Tensor:
    """A map at the centres of the cells of a smaller or larger one, (..., *size); no region may get lost."""
    shrunk = regions
    for dimension, cells in zip((-2, -1), size, strict=True):
        there = regions.shape[dimension]
        centres = (2 * torch.arange(cells, device=regions.device) + 1) * there // (2 * cells)
        shrunk = shrunk.index_select(dimension, centres)
    left = set(shrunk.unique().tolist())
    lost = [number for number in regions.unique().tolist() if number >= 0 and number not in left]
    if lost:
        given = (
            f"a layer whose {' x '.join(map(str, size))} feature map has no place for regions {lost} of sample {sample}"
        )
        raise ArgumentError("at", given, "a layer with a larger feature map, or larger regions (fewer segments)")
    return shrunk
