"""Results of an extraction, block by block, and their end: one `Interactions`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.split import Split
from harsanyi.game.masking import Masking
from harsanyi.interactions import Interactions

_KEPT = ("and_", "or_", "objective", "lower_bound", "gap", "iterations", "converged")  # of a split


class Collected:
    """Results of the blocks so far, on the CPU."""

    def __init__(self) -> None:
        self._arrays: dict[str, list[Tensor]] = {name: [] for name in ("scores", *_KEPT)}
        self._names: list[tuple[str, ...]] = []
        self._regions: list[Tensor] = []  # int16; one map a block where its samples share it, else one a sample
        self._sizes: list[int] = []

    def add(self, scores: Tensor, split: Split, names: Sequence[tuple[str, ...]], first: int = 0) -> None:
        """Keep scores and split, from row first on, of a block whose samples have these player names."""
        self._arrays["scores"].append(scores.cpu())
        for name in _KEPT:
            self._arrays[name].append(getattr(split, name)[first : first + len(scores)].cpu())
        self._names += names
        self._sizes.append(len(scores))

    def add_regions(self, maskings: Sequence[Masking]) -> None:
        """Keep the regions of a block."""
        drawn = [masking.regions if masking.drawn is None else masking.drawn for masking in maskings]
        shared = all(torch.equal(regions, drawn[0]) for regions in drawn[1:])
        maps = [regions.to(torch.int16).cpu() for regions in drawn[: 1 if shared else None]]
        self._regions.append(torch.stack(maps))

    def joined(
        self, labels: Tensor, noise: float, inputs: npt.NDArray[Any] | Tensor | None, record: dict[str, Any]
    ) -> Interactions:
        """All blocks as one result; nothing is left here."""
        arrays = {name: torch.cat(self._arrays.pop(name)).numpy() for name in ("scores", *_KEPT)}
        scores = arrays["scores"]
        return Interactions(
            **arrays,
            noise_bound=noise * np.abs(scores[:, -1] - scores[:, 0]),
            labels=labels.numpy(),
            names=tuple(self._names),
            inputs=_as_array(inputs) if isinstance(inputs, Tensor) else inputs,
            regions=self._joined_regions(),
            provenance=record,
        )

    def _joined_regions(self) -> npt.NDArray[np.int16] | None:
        """One map where all samples share it, else one a sample."""
        if not self._regions:
            return None
        first = self._regions[0]
        if len(first) == 1 and all(torch.equal(part, first) for part in self._regions):
            return np.asarray(first.numpy())
        whole = [part.expand(size, *part.shape[1:]) for part, size in zip(self._regions, self._sizes, strict=True)]
        return np.asarray(torch.cat(whole).numpy())


def _as_array(inputs: Tensor) -> npt.NDArray[Any]:
    """A copy, in float32 where NumPy lacks the dtype."""
    inputs = inputs.float() if inputs.dtype == torch.bfloat16 else inputs.clone()
    return np.asarray(inputs.cpu().numpy())
