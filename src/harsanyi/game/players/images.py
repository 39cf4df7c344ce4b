"""Patches of an image as players."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.inside import pose_images
from harsanyi.game.layers import Layer
from harsanyi.game.masking import Masking, check_count
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Baseline, Values, baseline_values, check_baseline, looks_like_channels_last
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed
from harsanyi.game.scores import Score

Cell = tuple[int, int]


@final
@dataclass(frozen=True, eq=False)
class Patches:
    """Cells of a grid over the image as players; the grid covers the last two dimensions of a sample.

    Args:
        grid: (rows, columns) of the grid, or one number for both.
        cells: which cells may be players: "all"; "foreground" (cells that differ from the baseline, sample by
            sample; in a layer, those of the feature map); or a sequence of (row, column).
        n: number of players; nothing takes all of these cells. Fewer are drawn at random with `seed`, the same ones
            in every sample; of foreground cells the n that differ most from the baseline are taken.
        margin: cells this close to the border of the grid are no players (1 leaves the outermost ring out).
        seed: of the draw.
        baseline: "zero", "mean" (image), "median" (both of `background`), "blur", a number, or an image.
        background: images that mean and median are taken over, (images, *shape).
        blur_sigma: standard deviation of the Gaussian blur, in pixels.
        rest: "keep" or "mask" what belongs to no player.
        at: a layer of the network, by its name or itself: its feature map is cut and masked instead of the image; the
            background stays one of images. "name#2" is the second call of a layer.

    Raises:
        ArgumentError: a grid that does not fit, unknown or duplicate cells, more players than cells (says how many).

    Example:
        >>> players = Patches(grid=4, n=10, margin=0, seed=0)
        >>> masking = players.maskings(torch.rand(1, 1, 8, 8))[0]
        >>> len(masking.names), tuple(masking.apply(torch.zeros(1, 10, dtype=torch.bool)).shape)
        (10, (1, 1, 8, 8))

    Source: random central cells: 2405.10262; foreground cells and mean image: 2409.08712.
    """

    grid: int | tuple[int, int]
    cells: str | Sequence[Cell] = "all"
    n: int | None = None
    margin: int = 0
    seed: int = 0
    baseline: Baseline = "zero"
    background: Values | None = None
    blur_sigma: float = 3.0
    rest: str = "keep"
    at: Layer | None = None

    __repr__ = told_players

    def __post_init__(self) -> None:
        check_baseline(self.baseline, self.background, "blur")
        if len(self._grid) != 2 or any(not isinstance(size, int | np.integer) or size < 1 for size in self._grid):
            raise ArgumentError("grid", self.grid, "a whole number >= 1, or two: (rows, columns)")
        if self.margin < 0:
            raise ArgumentError("margin", self.margin, "a number of cells >= 0")
        if isinstance(self.cells, str) and self.cells not in ("all", "foreground"):
            raise ArgumentError("cells", repr(self.cells), '"all", "foreground" or a sequence of (row, column)')
        if self.rest not in ("keep", "mask"):
            raise ArgumentError("rest", repr(self.rest), '"keep" or "mask"')
        if not 0 < self.blur_sigma < float("inf"):
            raise ArgumentError("blur_sigma", self.blur_sigma, "a number of pixels > 0")
        candidates = self._candidates()
        if not isinstance(self.cells, str) and not candidates:
            raise ArgumentError("cells", "no cell", "at least 1 cell")
        if not candidates:
            raise ArgumentError("margin", self.margin, f"less than half of the {self._grid} grid")
        if self.n is not None and not 1 <= self.n <= len(candidates):
            raise ArgumentError("n", self.n, f"1 to {len(candidates)}, the number of cells to choose from")
        if self._by_foreground and self.n is None:
            raise ArgumentError("n", None, "a number", "Foreground cells differ from sample to sample")

    @property
    def _grid(self) -> tuple[int, int]:
        return (*self.grid,) if isinstance(self.grid, Sequence) else (self.grid, self.grid)

    @property
    def _blurs(self) -> bool:
        return isinstance(self.baseline, str) and self.baseline == "blur"

    @property
    def _by_foreground(self) -> bool:
        return isinstance(self.cells, str) and self.cells == "foreground"

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The network on masked images, or what follows a layer on its masked feature maps."""
        return pose_images(network, inputs, labels, self, output)

    def check(self, inputs: Tensor, first: int = 0) -> int:
        """Number of players; raises ArgumentError where a sample does not fit."""
        if inputs.ndim < (3 if self.at is None else 4):
            raise ArgumentError("inputs", f"shape {tuple(inputs.shape)}", "images, (samples, channels, height, width)")
        if self._blurs and not inputs.is_floating_point():
            raise ArgumentError("baseline", "'blur'", "another one for images of whole numbers, or floating images")
        rows, columns = self._grid
        height, width = inputs.shape[-2:]
        hint = looks_like_channels_last(inputs) if self.at is None else ""
        if rows > height or columns > width:
            accepted = f"at most ({height}, {width}), the size of the image or feature map"
            raise ArgumentError("grid", (rows, columns), accepted, hint)
        if hint:
            warn_user(hint)
        if self._by_foreground:
            for index, (sample, baseline) in enumerate(zip(inputs, self._baselines(inputs), strict=True), first):
                found = len(self._foreground(sample, baseline))
                if found < (self.n or 1):
                    raise ArgumentError("n", self.n, f"at most {found}, the foreground cells of sample {index}")
        else:
            next(self._baselines(inputs))
        return check_count(self.n or len(self._candidates()), "cells")

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking an image."""
        drawn = self._drawn()
        shared = self._regions(inputs, drawn)
        result = []
        for sample, baseline in zip(inputs, self._baselines(inputs), strict=True):
            cells, regions = drawn, shared
            if self._by_foreground:
                cells = self._foreground(sample, baseline)[: self.n]
                regions = self._regions(sample, cells)
            shown = torch.where(regions < 0, baseline, sample) if self.rest == "mask" else sample
            result.append(Masking(shown, baseline, regions, tuple(f"r{row}c{column}" for row, column in cells)))
        return result

    def _regions(self, images: Tensor, cells: list[Cell]) -> Tensor:
        """Player of every pixel, -1 for none, (height, width)."""
        numbers = self._cell_numbers(images)
        player_of = torch.full((self._grid[0] * self._grid[1],), -1, device=images.device)
        for player, (row, column) in enumerate(cells):
            player_of[row * self._grid[1] + column] = player
        return player_of[numbers]

    def _candidates(self) -> list[Cell]:
        rows, columns = self._grid
        inside = [
            (row, column)
            for row in range(self.margin, rows - self.margin)
            for column in range(self.margin, columns - self.margin)
        ]
        if isinstance(self.cells, str):
            return inside
        try:
            cells = [(int(row), int(column)) for row, column in self.cells]
        except (TypeError, ValueError):
            raise ArgumentError("cells", self.cells, "a sequence of (row, column)") from None
        for cell in cells:
            if cell not in inside:
                raise ArgumentError("cells", cell, f"cells of the {rows} x {columns} grid, margin {self.margin}")
        if len(set(cells)) != len(cells):
            raise ArgumentError("cells", "a cell twice", "each cell once")
        return cells

    def _drawn(self) -> list[Cell]:
        candidates = self._candidates()
        if self.n is None:
            return candidates
        order = torch.randperm(len(candidates), generator=torch.Generator().manual_seed(self.seed))
        return [candidates[i] for i in sorted(order[: self.n].tolist())]

    def _foreground(self, sample: Tensor, baseline: Tensor) -> list[Cell]:
        """Cells that differ from the baseline, those that differ most first."""
        rows, columns = self._grid
        difference = (sample.double() - baseline.double()).abs().reshape(-1, *sample.shape[-2:]).sum(0)
        numbers = self._cell_numbers(sample)
        sums = difference.new_zeros(rows * columns).index_add_(0, numbers.flatten(), difference.flatten())
        candidates = [cell for cell in self._candidates() if sums[cell[0] * columns + cell[1]] > 0]
        return sorted(candidates, key=lambda cell: -float(sums[cell[0] * columns + cell[1]]))

    def _cell_numbers(self, images: Tensor) -> Tensor:
        """Number of the grid cell of every pixel, (height, width)."""
        (rows, columns), (height, width) = self._grid, images.shape[-2:]
        row = torch.arange(height, device=images.device) * rows // height
        column = torch.arange(width, device=images.device) * columns // width
        return row[:, None] * columns + column

    def _baselines(self, inputs: Tensor) -> Iterator[Tensor]:
        """One a sample; all but a blur is computed once."""
        if self._blurs:
            return (_blurred(sample, self.blur_sigma) for sample in inputs)
        return repeat(baseline_values(self.baseline, self.background, inputs[0]), len(inputs))


def _blurred(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of the last two dimensions, the border repeated."""
    radius = max(1, round(3 * sigma))
    position = torch.arange(-radius, radius + 1, dtype=torch.float64, device=image.device)
    kernel = (-0.5 * (position / sigma) ** 2).exp()
    kernel = kernel / kernel.sum()
    planes = image.double().reshape(-1, 1, *image.shape[-2:])
    padded = torch.nn.functional.pad(planes, (radius,) * 4, mode="replicate")
    blurred = torch.nn.functional.conv2d(padded, kernel.view(1, 1, 1, -1))
    blurred = torch.nn.functional.conv2d(blurred, kernel.view(1, 1, -1, 1))
    return blurred.reshape(image.shape).to(image.dtype)
