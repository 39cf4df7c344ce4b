"""The result: AND and OR effects of every coalition of every sample, to query, to save and to hand on."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.coalitions import coalition_index, coalition_masks, coalition_name, orders
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import FixedThreshold, MaxEffect, SalienceRule, ScoreRange
from harsanyi.core.strength import keep_strongest, normalised_strength, strength_by_order, strongest_first
from harsanyi.core.transforms import scores_from

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


class Effect(NamedTuple):
    """The two effects of one coalition, in the unit of the score."""

    and_: float
    or_: float


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
        lower_bound: certified: no AND-OR split has a smaller objective, float64 (samples,).
        gap: (objective - lower_bound) / objective, float64 (samples,).
        noise_bound: kappa, float64 (samples,), in the unit of the scores.
        iterations: of the solver, int64 (samples,).
        converged: the gap asked for was reached, bool (samples,).
        labels: int64 (samples,); -1 where the score uses none.
        names: player names of each sample, (samples, n) nested tuples.
        inputs: the samples, (samples, ...), or nothing.
        regions: player of each value of a sample, -1 for none, integers (1 or samples, ...), or nothing.
        provenance: how all this was computed; JSON types only.

    Raises:
        ArgumentError: arrays whose shapes do not fit each other.
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
    def order(self) -> npt.NDArray[np.int64]:
        """Number of players in each coalition, int64 (2**n,)."""
        return np.asarray(orders(self.n).numpy())

    @property
    def noise(self) -> Floats:
        """delta = scores - predicted, float64 (samples, 2**n)."""
        return self.scores - _predicted(self.and_, self.or_)

    def __repr__(self) -> str:
        samples = f"{len(self)} sample{'s' * (len(self) != 1)}"
        missed = int((~self.converged).sum())
        lines = [
            f"Interactions: {samples} x {self.n} players, AND and OR effects of {1 << self.n} coalitions each",
            f"  strength     {self.objective.mean():.4g} a sample (sum of |effects|), "
            f"certified within {100 * self.gap.max():.2g} % of the sparsest possible"
            + (f"; {missed} did not reach the gap asked for" if missed else ""),
            f"  matching     |score - prediction| <= {self.noise_bound.max():.3g} on all {1 << self.n} coalitions",
            f"  salient      {self.salient().count.mean():.1f} effects a sample (|effect| >= 3 % of the score range)",
        ]
        lines += [f"  {line}" for line in _strongest_lines(self, 5)]
        return "\n".join(lines)

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
            Columns: players, type, order, effect (mean), strength (mean |effect|). Players are named where all
            samples share their names, else numbered.
        """
        import pandas as pd

        index, is_or = strongest_first(
            torch.from_numpy(np.abs(self.and_).mean(0)), torch.from_numpy(np.abs(self.or_).mean(0))
        )
        names = self._shared_names()
        rows = []
        for coalition, from_or in zip(index[:k].tolist(), is_or[:k].tolist(), strict=True):
            values = (self.or_ if from_or else self.and_)[:, coalition]
            rows.append((coalition_name(coalition, names), "OR" if from_or else "AND", coalition.bit_count(),
                         values.mean(), np.abs(values).mean()))  # fmt: skip
        return pd.DataFrame(rows, columns=["players", "type", "order", "effect", "strength"])

    def table(self, rule: SalienceRule | str | None = "score_range") -> pd.DataFrame:
        """The salient effects of all samples, strongest first within a sample.

        Args:
            rule: as for `salient`; nothing lists every effect that is not 0.

        Returns:
            Columns: sample, label, players, type, order, effect, coalition (index).
        """
        import pandas as pd

        salient = self.salient(FixedThreshold(0.0) if rule is None else rule)
        parts = []
        for kind, mask, effects in (("AND", salient.and_, self.and_), ("OR", salient.or_, self.or_)):
            sample, coalition = mask.nonzero()
            parts.append(pd.DataFrame({
                "sample": sample, "label": self.labels[sample],
                "players": [coalition_name(int(c), self.names[s]) for s, c in zip(sample, coalition, strict=True)],
                "type": kind, "order": self.order[coalition], "effect": effects[sample, coalition],
                "coalition": coalition,
            }))  # fmt: skip
        table = pd.concat(parts, ignore_index=True)
        ranked = table.assign(_strength=-table["effect"].abs()).sort_values(["sample", "_strength"], kind="stable")
        return ranked.drop(columns="_strength").reset_index(drop=True)

    def by_order(self, rule: SalienceRule | str | None = "score_range") -> pd.DataFrame:
        """Strength of the salient effects by order, the mean over the samples.

        Args:
            rule: as for `salient`; nothing counts every effect.

        Returns:
            Index: order 1 to n. Columns: positive (J_pos), negative (J_neg, <= 0), normalised (I^(k), mean 1).

        Source: 2405.10262, figures 3 and 6; 2407.19198 for the normalisation.
        """
        import pandas as pd

        strength = self.strength_by_order(rule).mean(0)
        normalised = normalised_strength(torch.from_numpy(strength)).numpy()
        return pd.DataFrame(
            {"positive": strength[0], "negative": strength[1], "normalised": normalised},
            index=pd.RangeIndex(1, self.n + 1, name="order"),
        )

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
        if k is not None and k < 0:
            raise ArgumentError("k", k, "a number >= 0")
        and_, or_ = self.and_, self.or_
        if k is not None:
            kept = [keep_strongest(torch.from_numpy(a), torch.from_numpy(b), k) for a, b in zip(and_, or_, strict=True)]
            and_, or_ = (np.stack([pair[side].numpy() for pair in kept]) for side in (0, 1))
        predicted = _predicted(and_, or_)
        if coalitions is None:
            return predicted
        present = np.asarray(coalitions)
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
        path = Path(path)
        path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {name: getattr(self, name) for name in ("inputs", "regions") if getattr(self, name) is not None}
        record = {"format": _FORMAT, "names": self.names, "provenance": self.provenance}
        temporary = path.with_name(f".{path.name}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, record=np.array(json.dumps(record)), **arrays)
        temporary.replace(path)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Interactions:
        """Read what `save` wrote, equal to the last bit.

        Raises:
            ArgumentError: no such file, or not a file of interactions.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files if name != "record"}
                record = json.loads(str(file["record"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ArgumentError("path", f"{path} ({error})", "a file written by Interactions.save") from error
        if record.get("format") != _FORMAT:
            raise ArgumentError("path", f"format {record.get('format')}", f"format {_FORMAT}")
        return cls(**arrays, names=tuple(map(tuple, record["names"])), provenance=record["provenance"])

    def to_xarray(self) -> xr.Dataset:
        """A labelled data set: dimensions sample, coalition and player.

        Returns:
            Variables scores, and_, or_ (sample, coalition); objective, lower_bound, gap, noise_bound, iterations,
            converged, label (sample); name (sample, player); coordinates order (coalition), present
            (coalition, player).
        """
        import xarray as xr

        wide = {name: (("sample", "coalition"), getattr(self, name)) for name in ("scores", "and_", "or_")}
        narrow = {name: ("sample", getattr(self, name)) for name in _ARRAYS[3:-1]}
        return xr.Dataset(
            {**wide, **narrow, "label": ("sample", self.labels), "name": (("sample", "player"), np.array(self.names))},
            coords={
                "order": ("coalition", self.order),
                "present": (("coalition", "player"), coalition_masks(self.n).numpy()),
            },
            attrs={"provenance": json.dumps(self.provenance)},
        )

    def to_shapiq(self) -> list[Mapping[str, Any]]:
        """The effects of each sample as shapiq `InteractionValues`, see `SampleInteractions.to_shapiq`."""
        return [sample.to_shapiq() for sample in self]

    def _shared_names(self) -> Sequence[str]:
        same = len(set(self.names)) == 1
        return self.names[0] if same else [f"player {i}" for i in range(self.n)]

    @property
    def plot(self) -> Plots:
        """Pictures of these interactions, see `harsanyi.plots`."""
        from harsanyi.plots.accessor import Plots

        return Plots(self)


@dataclass(frozen=True, eq=False, repr=False)
class SampleInteractions:
    """One sample of `Interactions`, without a copy.

    Attributes:
        parent: the interactions of all samples.
        index: which sample.
    """

    parent: Interactions
    index: int

    @property
    def names(self) -> tuple[str, ...]:
        """Player names, n."""
        return self.parent.names[self.index]

    @property
    def label(self) -> int:
        """Label of the sample; -1 where the score uses none."""
        return int(self.parent.labels[self.index])

    @property
    def scores(self) -> Floats:
        """Score of every coalition, float64 (2**n,)."""
        return np.asarray(self.parent.scores[self.index])

    @property
    def and_(self) -> Floats:
        """AND effects, float64 (2**n,)."""
        return np.asarray(self.parent.and_[self.index])

    @property
    def or_(self) -> Floats:
        """OR effects, float64 (2**n,)."""
        return np.asarray(self.parent.or_[self.index])

    def __getitem__(self, players: int | str | tuple[int | str, ...]) -> Effect:
        """AND and OR effect of a coalition, by names or by indices: x[0]["nose", "eye"] or x[0][0, 3].

        Raises:
            ArgumentError: an unknown player.
        """
        players = players if isinstance(players, tuple) else (players,)
        coalition = coalition_index(self._player(player) for player in players)
        return Effect(float(self.and_[coalition]), float(self.or_[coalition]))

    def _player(self, player: int | str) -> int:
        if isinstance(player, str) and player in self.names:
            return self.names.index(player)
        if isinstance(player, int | np.integer) and 0 <= player < len(self.names):
            return int(player)
        raise ArgumentError("player", repr(player), f"0 to {len(self.names) - 1} or one of {', '.join(self.names)}")

    def one(self) -> Interactions:
        """This sample alone, as `Interactions`."""
        return self.parent[[self.index]]

    def top(self, k: int = 10) -> pd.DataFrame:
        """The k strongest effects of this sample; columns players, type, order, effect, strength."""
        return self.one().top(k)

    def table(self, rule: SalienceRule | str | None = "score_range") -> pd.DataFrame:
        """The salient effects of this sample; tau rules that average over samples still average over all of them."""
        table = self.parent.table(rule)
        return table[table["sample"] == self.index].reset_index(drop=True)

    def predict(self, coalitions: npt.ArrayLike | None = None, k: int | None = None) -> Floats:
        """Scores that the effects predict, float64 (m,); see `Interactions.predict`."""
        return np.asarray(self.one().predict(coalitions, k)[0])

    def to_shapiq(self) -> Mapping[str, Any]:
        """The effects as shapiq `InteractionValues`.

        Returns:
            "and": index "Moebius" of the AND part; "or": index "Co-Moebius" of the OR part, whose values are
            (-1)^(|S|+1) I_or(S); "merged": index "Moebius" of the whole predicted score. All with the empty set.

        Raises:
            ImportError: shapiq is not installed (says the command that installs it).
        """
        from harsanyi.export import to_shapiq

        return to_shapiq(self.and_, self.or_)

    @property
    def plot(self) -> Plots:
        """Pictures of this sample, see `harsanyi.plots`."""
        from harsanyi.plots.accessor import Plots

        return Plots(self)

    def __repr__(self) -> str:
        parent = self.parent
        head = (
            f"Sample {self.index} of {len(parent)}: {len(self.names)} players, label {self.label}, score "
            f"{self.scores[-1]:.4g} (nothing shown: {self.scores[0]:.4g}), gap {100 * parent.gap[self.index]:.2g} %"
        )
        return "\n".join([head, *(f"  {line}" for line in _strongest_lines(self.one(), 10))])


def _rule(rule: SalienceRule | str) -> SalienceRule:
    if not isinstance(rule, str):
        return rule
    if rule not in _RULES:
        raise ArgumentError("rule", repr(rule), f"one of {', '.join(_RULES)}, or a rule object")
    return _RULES[rule]


def _predicted(and_: Floats, or_: Floats) -> Floats:
    return np.asarray(scores_from(torch.from_numpy(and_), torch.from_numpy(or_)).numpy())


def _strongest_lines(interactions: Interactions, k: int) -> list[str]:
    top = interactions.top(k)
    return [
        f"{effect:+10.4g}  {kind:<3} {{{players}}}"
        for players, kind, effect in zip(top["players"], top["type"], top["effect"], strict=True)
        if effect
    ]
