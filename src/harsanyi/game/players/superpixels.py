"""Superpixels of an image as players."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing
from harsanyi.core.warning import warn_user
from harsanyi.game.layers import Layer
from harsanyi.game.masking import Masking
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Baseline, Values, check_baseline, looks_like_channels_last
from harsanyi.game.players.regions import Regions
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed, as_samples
from harsanyi.game.scores import Score

_LIGHTNESS = 100  # range of CIELAB lightness, in which the compactness of colour images is given
_COMPACT = 30.0  # segments small and noisy images too


@final
@dataclass(frozen=True, eq=False)
class Superpixels:
    """Segments of an image that follow its colours (SLIC) as players, found in each sample.

    Samples are images (samples, channels, height, width) or (samples, height, width) of any range: what counts is the
    range from the smallest to the largest value of the image, which is taken as black to white. A sample's segments
    depend on that sample only.

    Args:
        segments: how many segments SLIC is asked for; it may find another number.
        n: number of players among the segments of each sample; None takes them all, where all samples have as many.
        choose: "random" draws the n players with `seed`; "largest" takes those with the most pixels.
        seed: of the draw.
        compactness: how much nearness counts against colour, > 0, in units of CIELAB difference (0 to 100); images
            without three channels are compared by their values on that same scale. Small or noisy images need 30.
        baseline: what absent players show: "zero", "mean", "median" (both of `background`), a number, or an image.
        background: images that mean and median are taken over, (images, *shape).
        rest: "keep" or "mask" what belongs to no player.
        at: a layer of the network, by its name or itself: its feature map is masked instead of the image, with the
            segments shrunk to its size.

    Raises:
        ArgumentError: a number or word other than these; fewer segments than players (says how many and in which
            sample).
        ImportError: scikit-image is not installed (says the command that installs it).

    Example:
        >>> image = torch.zeros(1, 3, 16, 16)
        >>> image[:, :, :, 8:] = 1
        >>> players = Superpixels(segments=4, n=2, choose="largest")
        >>> players.check(image), players.maskings(image)[0].names
        (2, ('superpixel 0', 'superpixel 1'))

    Source: SLIC of Achanta and others, 2012, as scikit-image has it; as players of interactions, our addition.
    """

    segments: int = 50
    n: int | None = 10
    choose: str = "random"
    seed: int = 0
    compactness: float = 10.0
    baseline: Baseline = "zero"
    background: Values | None = None
    rest: str = "keep"
    at: Layer | None = None

    __repr__ = told_players

    def __post_init__(self) -> None:
        check_baseline(self.baseline, self.background)
        if self.segments < 1:
            raise ArgumentError("segments", self.segments, "a number >= 1")
        if self.n is not None and not 1 <= self.n <= self.segments:
            raise ArgumentError("n", self.n, f"1 to {self.segments}, the segments asked for, or nothing for all")
        if not 0 < self.compactness < float("inf"):
            raise ArgumentError("compactness", self.compactness, "a finite number > 0")
        for argument, given, known in (
            ("choose", self.choose, ("random", "largest")),
            ("rest", self.rest, ("keep", "mask")),
        ):
            if given not in known:
                raise ArgumentError(argument, repr(given), " or ".join(f'"{word}"' for word in known))

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The network on masked images, or what follows a layer on its masked feature maps."""
        samples = as_samples(inputs)
        return self._regions(samples).pose(network, samples, labels, score, output)

    def check(self, inputs: Tensor, first: int = 0) -> int:
        """Number of players; raises ArgumentError where the segments of a sample are too few."""
        return self._regions(inputs, first).check(inputs)

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking an image."""
        return self._regions(inputs, first).maskings(inputs)

    def _regions(self, images: Tensor, first: int = 0) -> Regions:
        """These images' players as regions, one map an image."""
        if images.ndim not in (3, 4):
            accepted = "images, (samples, channels, height, width) or (samples, height, width)"
            raise ArgumentError("inputs", f"shape {tuple(images.shape)}", accepted)
        hint = looks_like_channels_last(images)
        if hint and self.at is None:
            warn_user(hint)
        maps = [self._players(segmented(image, self.segments, self.compactness)) for image in images]
        counts = [1 + int(players.max()) for players in maps]
        if self.n is not None and min(counts) < self.n:
            sample = counts.index(min(counts))
            given = f"{self.n}{', the default' if self.n == type(self).n else ''}"
            accepted = f"at most {counts[sample]}, the segments found in sample {first + sample}"
            raise ArgumentError("n", given, accepted, self._more_segments())
        if len(set(counts)) > 1:
            given = f"nothing, and samples with {min(counts)} to {max(counts)} segments"
            raise ArgumentError("n", given, f"1 to {min(counts)} players")
        names = [f"superpixel {player}" for player in range(counts[0])]
        stacked = torch.stack(maps).view(len(images), *[1] * (images.ndim - 3), *images.shape[-2:])
        return Regions(stacked, names, self.baseline, self.background, self.rest, self.at)

    def _more_segments(self) -> str:
        """What gives more segments, or fewer players."""
        raised = max(_COMPACT, 3 * self.compactness)
        return (
            f"Raise compactness (now {self.compactness:g}; --compactness), to {raised:g} say, or segments "
            "(--segments); or take fewer players: n (--n)"
        )

    def _players(self, segments: Tensor) -> Tensor:
        """The map of segments with those that are players numbered from 0, and the others -1."""
        sizes = segments.flatten().bincount()
        if self.n is None or len(sizes) <= self.n:
            return segments
        if self.choose == "largest":
            order = sizes.argsort(descending=True, stable=True)
        else:
            order = torch.randperm(len(sizes), generator=torch.Generator().manual_seed(self.seed))
        player = torch.full_like(sizes, -1)
        player[order[: self.n].sort().values] = torch.arange(self.n)
        return player[segments]


def segmented(image: Tensor, segments: int, compactness: float) -> Tensor:
    """Segments of one image by SLIC.

    Args:
        image: (channels, height, width) or (height, width), any dtype and range.
        segments: how many to ask for.
        compactness: see `Superpixels`.

    Returns:
        int64 (height, width) on the CPU: 0 to the number of segments found - 1.

    Raises:
        ImportError: scikit-image is not installed (says the command that installs it).
    """
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        raise missing("superpixel players need scikit-image", "images") from error
    values = image.double().cpu().numpy().reshape(-1, *image.shape[-2:])
    colour = len(values) == 3
    found = slic(
        np.moveaxis(values, 0, -1),  # whose range SLIC itself takes as 0 to 1
        n_segments=segments,
        compactness=compactness if colour else compactness / _LIGHTNESS,
        convert2lab=colour,
        start_label=0,
        channel_axis=-1,
    )
    return torch.from_numpy(np.unique(found, return_inverse=True)[1].reshape(found.shape))
