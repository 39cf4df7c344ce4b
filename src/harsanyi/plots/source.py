"""What the pictures draw from: all samples of some interactions, or one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.core.strength import strongest_first
from harsanyi.interactions import Interactions
from harsanyi.plots.style import LABEL_LENGTH, number, shortened
from harsanyi.sample import SampleInteractions

Source = Interactions | SampleInteractions


def rows(source: Source) -> tuple[Interactions, slice]:
    """The interactions of all samples, and which of them to draw.

    A threshold that averages over samples averages over all of them, also where one is drawn.

    Raises:
        ArgumentError: no samples.
    """
    if isinstance(source, SampleInteractions):
        return source.parent, slice(source.index, source.index + 1)
    if len(source) == 0:
        raise ArgumentError("interactions", "no samples", "at least one sample to draw")
    return source, slice(None)


def one_sample(source: Source, argument: str = "sample") -> SampleInteractions:
    """The one sample to draw.

    Raises:
        ArgumentError: several samples.
    """
    if isinstance(source, SampleInteractions):
        return source
    if len(source) != 1:
        raise ArgumentError(argument, f"{len(source)} samples", "one sample", "Choose one, as in interactions[0]")
    return source[0]


def chosen(
    sample: SampleInteractions, players: int | str | tuple[int | str, ...], kind: str
) -> tuple[list[int], float]:
    """The players of an interaction by number, and its effect.

    Raises:
        ArgumentError: unknown players or none, or another kind than "AND" and "OR".
    """
    if kind not in ("AND", "OR"):
        raise ArgumentError("kind", repr(kind), '"AND" or "OR"')
    effects = sample[players]
    given = players if isinstance(players, tuple) else (players,)
    numbers = {sample.names.index(player) if isinstance(player, str) else int(player) for player in given}
    if not numbers:
        raise ArgumentError("players", players, "at least one player")
    return sorted(numbers), effects.or_ if kind == "OR" else effects.and_


def heading(sample: SampleInteractions) -> list[str]:
    """Title of the strongest interactions of one sample, in parts to be joined by commas."""
    label = shortened(sample.label_text, LABEL_LENGTH)
    whole, nothing = (number(float(sample.scores[at]), ".4g") for at in (-1, 0))
    parts = [f"Strongest interactions of sample {sample.index}", label]
    return [part for part in parts if part] + [f"score {whole}", f"with all players masked {nothing}"]


def caption(source: Source) -> str:
    """Which samples are drawn, in words."""
    if isinstance(source, SampleInteractions):
        return f"sample {source.index}"
    return "1 sample" if len(source) == 1 else f"{len(source)} samples"


def player_names(source: Source) -> Sequence[str]:
    """Names of the players where all samples drawn share them, else their numbers."""
    return source.names if isinstance(source, SampleInteractions) else source.shared_names


class Ranked(NamedTuple):
    """One interaction: its coalition's index, "AND" or "OR", and its effect in each sample drawn, (samples,)."""

    coalition: int
    kind: str
    effects: npt.NDArray[np.float64]


def strongest(source: Source, k: int) -> list[Ranked]:
    """The k interactions of the largest mean |effect| over the samples, strongest first, without those that are 0.

    Raises:
        ArgumentError: k below 1; several samples whose players are not the same things.
    """
    if k < 1:
        raise ArgumentError("k", k, "a number >= 1")
    parent, drawn = rows(source)
    if not isinstance(source, SampleInteractions):
        source.require_same_players()
    both = {"AND": parent.and_[drawn], "OR": parent.or_[drawn]}
    index, is_or = strongest_first(*map(torch.from_numpy, both.values()))
    kinds = ["OR" if from_or else "AND" for from_or in is_or[:k].tolist()]
    found = [Ranked(c, kind, both[kind][:, c]) for c, kind in zip(index[:k].tolist(), kinds, strict=True)]
    return [ranked for ranked in found if np.any(ranked.effects)]
