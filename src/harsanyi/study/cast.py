"""What players and labels a network and the samples make, found out once and kept beside the arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.game.asking import Asked
from harsanyi.game.masking import Masking
from harsanyi.storage import load_arrays, save_arrays

_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Cast:
    """The players of every sample, for one network masked at one layer.

    Attributes:
        names: text (samples, n).
        regions: player of each value of a sample, integers (1 or samples, ...), see `Interactions.regions`.
        answers: label of each sample, int64 (samples,); -1 where the score uses none.
    """

    names: npt.NDArray[np.str_]
    regions: npt.NDArray[np.integer[Any]]
    answers: npt.NDArray[np.int64]


def find_cast(asked: Asked) -> Cast:
    """The players of all samples; cuts every sample, which shows what does not fit before the long work."""
    names: list[tuple[str, ...]] = []
    regions: list[torch.Tensor] = []
    for block in torch.arange(len(asked)).split(asked.block):
        maskings = asked.maskings(int(block[0]), len(block))
        names += [masking.names for masking in maskings]
        regions += _shared(maskings, regions)
    stacked = torch.stack(regions)
    same = len(stacked) == 1 or bool((stacked[1:] == stacked[0]).all())
    return Cast(np.array(names, np.str_), (stacked[:1] if same else stacked).numpy(), asked.answers.numpy())


def _shared(maskings: Sequence[Masking], before: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Maps of regions, small; the same tensor again where a sample shares that of the one before."""
    result: list[torch.Tensor] = []
    for masking in maskings:
        drawn = (masking.regions if masking.drawn is None else masking.drawn).to(torch.int16).cpu()
        last = result[-1] if result else before[-1] if before else None
        result.append(last if last is not None and torch.equal(last, drawn) else drawn)
    return result


def save_cast(folder: Path, network: str, at: int, cast: Cast) -> None:
    """Keep it in a study."""
    arrays = {"names": cast.names, "regions": cast.regions, "answers": cast.answers}
    path = _path(folder, network, at)
    path.parent.mkdir(exist_ok=True)
    save_arrays(path, arrays, {"format": _FORMAT})


def load_cast(folder: Path, network: str, at: int) -> Cast:
    """What `save_cast` wrote."""
    return Cast(**load_arrays(_path(folder, network, at), _FORMAT)[0])


def _path(folder: Path, network: str, at: int) -> Path:
    return folder / "players" / f"{network}.{at}.npz"
