"""Columns of a table as players."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, final

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.masking import Masking, check_count
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Baseline, Values, background_for, baseline_values, check_baseline, settled
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed, as_given, as_samples
from harsanyi.game.scores import Score

Column = int | str


@final
@dataclass(frozen=True, eq=False)
class Columns:
    """All or chosen columns of a table, or groups of columns, as players.

    Args:
        columns: nothing for every column; a sequence whose entries are a column or a group of columns; or a mapping
            from the name of a player to its column or columns. A column is an index or a name.
        names: of all columns of the table, in order; "0", "1", … without.
        baseline: what absent columns show: "zero", "mean", "median" (of `background`), a number, or a row (columns,);
            or "samples": the score is the mean over rows drawn from the background, as SHAP's interventional values
            have it.
        background: rows that mean and median are taken over, or that are drawn from, (rows, columns); the columns of
            a DataFrame are found by their names.
        rest: "keep" or "mask" the columns that belong to no player.
        draws: number of background rows for "samples", the same ones for every sample; the network runs as many
            times as often.
        seed: of the draw.

    Raises:
        ArgumentError: an unknown column, a duplicate or empty group, an unknown baseline.

    Example:
        >>> players = Columns({"size": ["width", "height"], "age": "age"}, names=["width", "height", "age"])
        >>> players.maskings(torch.tensor([[1.0, 2.0, 3.0]]))[0].apply(torch.tensor([[True, False]])).tolist()
        [[1.0, 2.0, 0.0]]

    Source: all columns at their mean: 2405.10262; rows of a background: our option, as in SHAP.
    """

    columns: Sequence[Column | Sequence[Column]] | Mapping[str, Column | Sequence[Column]] | None = None
    names: Sequence[str] | None = None
    baseline: Baseline = "zero"
    background: Values | None = None
    rest: str = "keep"
    draws: int = 16
    seed: int = 0
    fewer: ClassVar[str] = (
        "Name about ten, or groups: Columns({'size': ['width', 'height'], ...}), --columns width+height,age"
    )

    __repr__ = told_players

    def __post_init__(self) -> None:
        check_baseline(self.baseline, self.background, "samples")
        if isinstance(self.columns, str):
            raise ArgumentError("columns", repr(self.columns), f"a sequence of columns: [{self.columns!r}]")
        if self.rest not in ("keep", "mask"):
            raise ArgumentError("rest", repr(self.rest), '"keep" or "mask"')
        if self.draws < 1:
            raise ArgumentError("draws", self.draws, "a number of rows >= 1")

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The network on masked rows; columns take their names from a DataFrame that has some."""
        own = [str(name) for name in inputs.columns] if hasattr(inputs, "columns") else self.names
        samples = as_samples(inputs)
        self._check_shape(samples)
        if isinstance(self.baseline, str) and self.baseline == "zero":
            _warn_of_ids(network, samples)
        background = _in_order(self.background, own, "background")
        baseline = _in_order(_as_row(self.baseline), own, "baseline")
        baseline, background = settled(baseline, background, samples)
        names = own if self.names is None else self.names
        players = replace(self, names=names, baseline=baseline, background=background)
        return as_given(network, samples, labels, players, output)

    @staticmethod
    def _check_shape(inputs: Tensor) -> None:
        if inputs.ndim != 2:
            hint = "Images take Patches (--grid), point clouds Clusters (--clusters)"
            raise ArgumentError("inputs", f"shape {tuple(inputs.shape)}", "a table, (samples, columns)", hint)

    def check(self, inputs: Tensor) -> int:
        """Number of players; raises ArgumentError where the table does not fit."""
        self._check_shape(inputs)
        players = self._players(inputs.shape[1])
        self._baselines(inputs[0])
        return check_count(len(players), "columns", f" from {inputs.shape[1]} columns")

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """One masking a row, or as many as there are draws."""
        players = self._players(inputs.shape[1])
        regions = torch.full((inputs.shape[1],), -1, device=inputs.device)
        for player, (_, group) in enumerate(players):
            regions[group] = player
        names = tuple(name for name, _ in players)
        baselines = self._baselines(inputs[0])
        return [
            Masking(torch.where(regions < 0, baseline, row) if self.rest == "mask" else row, baseline, regions, names)
            for row in inputs
            for baseline in baselines
        ]

    def _baselines(self, row: Tensor) -> list[Tensor]:
        """The baseline, or the rows drawn from the background."""
        if not (isinstance(self.baseline, str) and self.baseline == "samples"):
            return [baseline_values(self.baseline, self.background, row)]
        background = background_for(self.background, row)
        if self.draws > len(background):
            raise ArgumentError("draws", self.draws, f"at most {len(background)}, the rows of the background")
        drawn = torch.randperm(len(background), generator=torch.Generator().manual_seed(self.seed))[: self.draws]
        return [baseline_values(values, None, row) for values in background[drawn.to(background.device)]]

    def _players(self, width: int) -> list[tuple[str, list[int]]]:
        """Name and column indices of each player of a table of this width."""
        if self.names is not None and len(self.names) != width:
            raise ArgumentError("names", f"{len(self.names)} names", f"{width}, one for each column of the inputs")
        labels = [str(name) for name in self.names] if self.names is not None else [str(i) for i in range(width)]
        if len(set(labels)) != width:
            raise ArgumentError("names", "a name twice", "distinct names")
        if isinstance(self.columns, Mapping):
            entries = [(str(name), _as_group(group)) for name, group in self.columns.items()]
        else:
            entries = [("", _as_group(group)) for group in (range(width) if self.columns is None else self.columns)]
        players: list[tuple[str, list[int]]] = []
        taken: dict[int, str] = {}
        for position, (given, group) in enumerate(entries):
            indices = [self._index(column, labels) for column in group]
            name = given or " + ".join(labels[index] for index in indices)
            if not indices:
                raise ArgumentError("columns", f"an empty group at {given or position}", "at least one column a player")
            for index in indices:
                if index in taken:
                    raise ArgumentError("columns", f"column {labels[index]!r} in {taken[index]!r} and {name!r}",
                                        "each column in one player at most")  # fmt: skip
                taken[index] = name
            players.append((name, indices))
        return players

    @staticmethod
    def _index(column: Column, labels: list[str]) -> int:
        if not isinstance(column, str | int | np.integer):
            raise ArgumentError("columns", repr(column), "columns, each an index or a name")
        if isinstance(column, str):
            if column not in labels:
                raise ArgumentError("columns", repr(column), f"one of {', '.join(labels)}")
            return labels.index(column)
        if not -len(labels) <= column < len(labels):
            raise ArgumentError("columns", column, f"0 to {len(labels) - 1}")
        return int(column) % len(labels)


def _warn_of_ids(network: Network, samples: Tensor) -> None:
    """Warn where zero is an id like another: whole numbers that a layer of embeddings takes."""
    layers = network.modules() if isinstance(network, nn.Module) else ()
    ids = not samples.is_floating_point() and samples.dtype != torch.bool
    if ids and any(isinstance(layer, nn.Embedding | nn.EmbeddingBag) for layer in layers):
        warn_user(
            "absent columns show 0, which is an id like another to a layer of embeddings: give the id of the unknown "
            "token as baseline (--baseline 1, say); baseline=0 if 0 is meant"
        )


def _as_row(baseline: Any) -> Any:
    """A baseline that is a table of one row as that row."""
    return baseline.iloc[0] if hasattr(baseline, "iloc") and baseline.ndim == 2 and len(baseline) == 1 else baseline


def _in_order(values: Any, names: Sequence[str] | None, argument: str) -> Any:
    """A table, or a row with names, in the order of the samples' columns; anything else as it is."""
    labels = getattr(values, "columns", None) if getattr(values, "ndim", 0) == 2 else getattr(values, "index", None)
    if (
        names is None
        or labels is None
        or callable(labels)
        or all(isinstance(label, int | np.integer) for label in labels)
    ):
        return values
    own = {str(label): label for label in labels}
    missing = [name for name in names if name not in own]
    if missing:
        given = f"the columns {', '.join(own)}"
        label = f"Is {missing[0]!r} the label? Then leave it out of the samples: --label-column {missing[0]}"
        hint = label if len(missing) == 1 and argument == "background" else ""
        raise ArgumentError(argument, given, f"those of the samples; missing: {', '.join(missing)}", hint)
    return values[[own[name] for name in names]]


def _as_group(group: Column | Sequence[Column]) -> list[Column]:
    return list(group) if isinstance(group, Iterable) and not isinstance(group, str) else [group]
