"""The result: AND and OR effects of every coalition of every sample, to query, to save and to hand on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt
import torch

from harsanyi import tables
from harsanyi.core.coalitions import orders
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, MaxEffect, SalienceRule, ScoreRange
from harsanyi.core.strength import keep_strongest, strength_by_order
from harsanyi.core.transforms import scores_from
from harsanyi.sample import SampleInteractions
from harsanyi.storage import load_arrays, save_arrays

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from harsanyi.plots.accessor import Plots

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_FORMAT = 1
_RULES: Mapping[str, SalienceRule] = {
    "score_range": ScoreRange(),
    "max_effect": MaxEffect(),
    "max_effect_over_samples": MaxEffect(over="samples"),
}
_ARRAYS = (
    "scores",
    "and_",
    "or_",
    "objective",
    "lower_bound",
    "gap",
    "noise_bound",
    "iterations",
    "converged",
    "labels",
)


@dataclass(frozen=True, eq=False)
class Salient:
    """Which effects are salient.

    Attributes:
        and_: bool (samples, 2**n).
        or_: bool (samples, 2**n).
        threshold: tau of each sample, float64 (samples,).
    """

    and_: Bools
    or_: Bools
    threshold: Floats

    @property
    def count(self) -> npt.NDArray[np.int64]:
        """Number of salient effects of each sample, (samples,)."""
        return np.asarray(self.and_.sum(1) + self.or_.sum(1), dtype=np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Interactions:
    """AND and OR interactions of samples x coalitions, with their certificates.

    Coalition index = sum of 2**i over the present players i. For every sample and coalition,
    scores - predicted = delta with |delta| <= noise_bound (universal matching).

    Attributes:
        scores: v of every coalition, float64 (samples, 2**n).
        and_: AND effects, float64 (samples, 2**n); [:, 0] is the predicted score of the empty coalition.
        or_: OR effects, float64 (samples, 2**n); 0 for the empty set and single players (folded into AND).
        objective: sum of the |effects| of each sample, float64 (samples,).
        lower_bound: certified: no AND-OR split within noise_bound has a smaller objective, float64 (samples,).
        gap: (objective - lower_bound) / objective, float64 (samples,).
        noise_bound: kappa, float64 (samples,), in the unit of the scores.
        iterations: of the solver, int64 (samples,).
        converged: the gap asked for was reached, bool (samples,).
        labels: int64 (samples,); -1 where the score uses none.
        names: player names of each sample, (samples, n) nested tuples.
        inputs: the samples, (samples, ...), for sentences Unicode strings (samples,); or nothing.
        regions: player of each value (of a sentence: character) of a sample, -1 for none, integers (1 or samples, ...),
            or nothing.
        provenance: how all this was computed; JSON types only.

    Raises:
        ArgumentError: arrays whose shapes do not fit each other.

    Source: AND and OR effects and their universal matching: 2401.16318 and 2405.10262; the certificate is ours.
    """

    scores: Floats
    and_: Floats
    or_: Floats
    objective: Floats
    lower_bound: Floats
    gap: Floats
    noise_bound: Floats
    iterations: npt.NDArray[np.int64]
    converged: Bools
    labels: npt.NDArray[np.int64]
    names: tuple[tuple[str, ...], ...]
    inputs: npt.NDArray[Any] | None = None
    regions: npt.NDArray[np.integer[Any]] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        samples, coalitions = self.scores.shape
        for name in _ARRAYS:
            expected = (samples, coalitions) if name in ("scores", "and_", "or_") else (samples,)
            if getattr(self, name).shape != expected:
                raise ArgumentError(name, f"shape {getattr(self, name).shape}", f"shape {expected}")
        if len(self.names) != samples or any(1 << len(names) != coalitions for names in self.names):
            raise ArgumentError("names", f"{len(self.names)} tuples", f"{samples} tuples of {self.n} player names")

    # What it is ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def n(self) -> int:
        """Number of players."""
        return int(self.scores.shape[1]).bit_length() - 1

    @property
    def same_players(self) -> bool:
        """Whether player i is the same thing in every sample, so that its effects may be averaged.

        It is where all samples share the names of their players, unless these only count (as "superpixel 3" does) and
        the samples have different maps of regions.
        """
        if len(set(self.names)) > 1:
            return False
        own = self.regions is not None and len(self.regions) > 1 and bool((self.regions[1:] != self.regions[0]).any())
        return not (own and _only_count(self.names[0]))

    @property
    def label_names(self) -> tuple[str, ...]:
        """Label of each sample in words, where `provenance["label_names"]` has it by str(label), else ""."""
        names = self.provenance.get("label_names")
        names = names if isinstance(names, Mapping) else {}
        return tuple(str(names.get(str(label)) or "") for label in self.labels.tolist())

    @property
    def shared_names(self) -> tuple[str, ...]:
        """Player names where all samples share them, else numbers."""
        return self.names[0] if len(set(self.names)) == 1 else tuple(f"player {i}" for i in range(self.n))

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """Number of players in each coalition, int64 (2**n,)."""
        return np.asarray(orders(self.n).numpy())

    @property
    def noise(self) -> Floats:
        """delta = scores - predicted, float64 (samples, 2**n)."""
        return self.scores - _predicted(self.and_, self.or_)

    def __repr__(self) -> str:
        return tables.summary(self)

    # Looking up ------------------------------------------------------------------------------------------------

    @overload
    def __getitem__(self, key: int) -> SampleInteractions: ...
    @overload
    def __getitem__(self, key: slice | Sequence[int] | npt.NDArray[Any]) -> Interactions: ...
    def __getitem__(self, key: Any) -> SampleInteractions | Interactions:
        """One sample by its position, or several as `Interactions` (a slice, positions or a boolean mask)."""
        if isinstance(key, int | np.integer):
            if not -len(self) <= key < len(self):
                raise IndexError(f"sample {key} of {len(self)}")
            return SampleInteractions(self, int(key) % len(self))
        if isinstance(key, str | tuple):
            raise ArgumentError("key", repr(key), "a sample first: x[0]['nose', 'eye']")
        chosen = np.arange(len(self))[key]
        arrays = {name: getattr(self, name)[chosen] for name in _ARRAYS}
        return Interactions(
            **arrays,
            names=tuple(self.names[i] for i in chosen),
            inputs=None if self.inputs is None else self.inputs[chosen],
            regions=self.regions if self.regions is None or len(self.regions) == 1 else self.regions[chosen],
            provenance=self.provenance,
        )

    def __iter__(self) -> Iterator[SampleInteractions]:
        return (self[i] for i in range(len(self)))

    def salient(self, rule: SalienceRule | str = "score_range") -> Salient:
        """Which effects are salient under a rule.

        Args:
            rule: `ScoreRange`, `MaxEffect`, `FixedThreshold`, or "score_range", "max_effect",
                "max_effect_over_samples" for those with their default shares.

        Returns:
            The `Salient` masks and thresholds; the empty set is never salient.

        Raises:
            ArgumentError: an unknown rule.
        """
        scores, and_, or_ = (torch.from_numpy(values) for values in (self.scores, self.and_, self.or_))
        threshold = _rule(rule).thresholds(scores, and_, or_).numpy()
        masks = [
            np.abs(effects) >= np.maximum(threshold, np.finfo(float).tiny)[:, None] for effects in (self.and_, self.or_)
        ]
        for mask in masks:
            mask[:, 0] = False
        return Salient(masks[0], masks[1], np.array(threshold))

    def top(self, k: int = 10) -> pd.DataFrame:
        """The k strongest effects by their mean |effect| over the samples, strongest first.

        Args:
            k: how many rows.

        Returns:
            Columns: players, type, order, effect (mean), strength (mean |effect|).

        Raises:
            ArgumentError: k below 0; several samples whose players are not the same things (`same_players`).
        """
        self.require_same_players()
        return tables.top(self, k)

    def require_same_players(self) -> None:
        """Refuse to average effects of players that are something else in every sample.

        Raises:
            ArgumentError: the samples do not share their players, see `same_players`.
        """
        if not self.same_players:
            raise ArgumentError("interactions", f"{len(self)} samples whose players differ",
                                "samples that share their players, or one sample",
                                "Choose one, as in x[0].top(); x.table() lists those of every sample")  # fmt: skip

    def table(self, rule: SalienceRule | str | None = "score_range") -> pd.DataFrame:
        """The salient effects of all samples, strongest first within a sample.

        Args:
            rule: as for `salient`; nothing lists every effect that is not 0.

        Returns:
            Columns: sample, label, players, type, order, effect, coalition (index).
        """
        return tables.table(self, rule)

    def by_order(self, rule: SalienceRule | str | None = "score_range") -> pd.DataFrame:
        """Strength of the salient effects by order, the mean over the samples.

        Args:
            rule: as for `salient`; nothing counts every effect.

        Returns:
            Index: order 1 to n. Columns: positive (J_pos), negative (J_neg, <= 0), normalised (I^(k), mean 1).

        Source: 2405.10262, figures 3 and 6; 2407.19198 for the normalisation.
        """
        return tables.by_order(self, rule)

    def strength_by_order(self, rule: SalienceRule | str | None = "score_range") -> Floats:
        """Sums of positive and negative salient effects of each sample and order, float64 (samples, 2, n)."""
        total = np.zeros((len(self), 2, self.n))
        salient = self.salient(FixedThreshold(0.0) if rule is None else rule)
        for effects, mask in ((self.and_, salient.and_), (self.or_, salient.or_)):
            counted = np.where(mask, effects, 0.0)
            total += strength_by_order(torch.from_numpy(counted)).numpy()
        return total

    def predict(self, coalitions: npt.ArrayLike | None = None, k: int | None = None) -> Floats:
        """Scores that the effects predict (universal matching: within noise_bound of the network's own).

        Args:
            coalitions: bool (m, n), True where a player is present; nothing for all coalitions in index order.
            k: use only the k strongest effects of each sample; nothing uses all.

        Returns:
            float64 (samples, m), in the unit of the score.

        Raises:
            ArgumentError: coalitions of another shape or type.
        """
        if k is not None:
            tables.check_k(k)
        and_, or_ = self.and_, self.or_
        if k is not None:
            kept = [
                keep_strongest(torch.from_numpy(a), torch.from_numpy(b), [k]) for a, b in zip(and_, or_, strict=True)
            ]
            and_, or_ = (torch.cat([pair[side] for pair in kept]).numpy() for side in (0, 1))
        predicted = _predicted(and_, or_)
        if coalitions is None:
            return predicted
        try:
            present = np.asarray(coalitions)
        except ValueError:
            raise ArgumentError("coalitions", "rows of different lengths", f"booleans of shape (m, {self.n})") from None
        if present.ndim != 2 or present.shape[1] != self.n or not np.isin(present, (0, 1)).all():
            raise ArgumentError(
                "coalitions", f"shape {present.shape}, {present.dtype}", f"booleans of shape (m, {self.n})"
            )
        return predicted[:, present.astype(np.int64) @ (1 << np.arange(self.n))]

    # Handing on ------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write one .npz file (no pickle; readable by numpy.load), replaced as a whole or not at all.

        Args:
            path: where; ".npz" is appended where it is missing.

        Returns:
            The path written.
        """
        arrays = {name: getattr(self, name) for name in (*_ARRAYS, "inputs", "regions")}
        record = {"format": _FORMAT, "names": self.names, "provenance": self.provenance}
        return save_arrays(path, {name: array for name, array in arrays.items() if array is not None}, record)

    @classmethod
    def load(cls, path: str | Path) -> Interactions:
        """Read what `save` wrote, equal to the last bit.

        Raises:
            ArgumentError: no such file, or not a file of interactions.
        """
        arrays, record = load_arrays(path, _FORMAT)
        try:
            return cls(**arrays, names=tuple(map(tuple, record["names"])), provenance=record["provenance"])
        except (TypeError, ValueError, KeyError) as error:
            raise ArgumentError("path", f"{path} ({error})", "a file written by Interactions.save") from error

    def to_xarray(self) -> xr.Dataset:
        """A labelled data set: dimensions sample, coalition and player.

        Returns:
            Variables scores, and_, or_ (sample, coalition); objective, lower_bound, gap, noise_bound, iterations,
            converged, label (sample); name (sample, player); coordinates order (coalition), present
            (coalition, player).
        """
        return tables.to_xarray(self)

    def to_shapiq(self) -> list[Mapping[str, Any]]:
        """The effects of each sample as shapiq `InteractionValues`, see `SampleInteractions.to_shapiq`."""
        return [sample.to_shapiq() for sample in self]

    def report(self, path: str | Path | None = None) -> Path:
        """Write one HTML page, which needs nothing else: findings, pictures, and samples to look up.

        Args:
            path: the file, replaced where it is there; nothing for interactions.html in the current folder.

        Returns:
            The path written.

        Raises:
            ArgumentError: no sample; a file in a folder that does not exist.
        """
        from harsanyi.report.writing import write_interactions

        return write_interactions(self, Path("interactions.html" if path is None else path))

    @property
    def plot(self) -> Plots:
        """Pictures of these interactions, see `harsanyi.plots`."""
        from harsanyi.plots.accessor import Plots

        return Plots(self)


def _only_count(names: Sequence[str]) -> bool:
    """Whether names differ in their numbers alone: they say which player, but not what it is."""
    kinds = {re.sub(r"\d+", "#", name) for name in names}
    return len(kinds) == 1 and "#" in kinds.pop()


def _rule(rule: SalienceRule | str | float) -> SalienceRule:
    if isinstance(rule, float | int):
        return FixedThreshold(rule)
    if not isinstance(rule, str | type) and hasattr(rule, "thresholds"):
        return rule
    if not isinstance(rule, str) or rule not in _RULES:
        raise ArgumentError("rule", repr(rule), f"one of {', '.join(_RULES)}, or a rule object")
    return _RULES[rule]


def _predicted(and_: Floats, or_: Floats) -> Floats:
    return np.asarray(scores_from(torch.from_numpy(and_), torch.from_numpy(or_)).numpy())
