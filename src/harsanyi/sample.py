"""One sample of the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harsanyi.core.coalitions import coalition_index
from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.tables import strongest_lines

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.interactions import Interactions
    from harsanyi.plots.accessor import Plots

Floats = npt.NDArray[np.float64]


class Effect(NamedTuple):
    """The two effects of one coalition, in the unit of the score.

    Attributes:
        and_: added where all of its players are present.
        or_: added where any of them is.
    """

    and_: float
    or_: float


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
    def label_name(self) -> str:
        """Label in words, "" where it has none, see `Interactions.label_names`."""
        return self.parent.label_names[self.index]

    @property
    def label_text(self) -> str:
        """What titles say of the label: "label 3", with its name "label 3 (cat)"; "" where the score uses none."""
        if self.label < 0:
            return ""
        name = self.label_name
        plain = name == " ".join(name.split())  # a token may begin with a blank, which should be seen
        return f"label {self.label}" + (f" ({name if plain else repr(name)})" if name else "")

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
        """AND and OR effect of a coalition, by names or by indices: `x[0]["nose", "eye"]` or `x[0][0, 3]`.

        Raises:
            ArgumentError: an unknown player, or one that is named twice.
        """
        players = players if isinstance(players, tuple) else (players,)
        numbers = [self._player(player) for player in players]
        twice = next((number for at, number in enumerate(numbers) if number in numbers[:at]), None)
        if twice is not None:
            raise ArgumentError("player", f"{self.names[twice]!r} twice", "every player of a coalition once")
        coalition = coalition_index(numbers)
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
        label = f", {self.label_text}" if self.label_text else ""
        head = (
            f"Sample {self.index} of {len(parent)}: {len(self.names)} players{label}, score {self.scores[-1]:.4g} "
            f"(all players masked: {self.scores[0]:.4g}), gap {100 * parent.gap[self.index]:.2g} %"
        )
        return "\n".join([head, *(f"  {line}" for line in strongest_lines(self.one(), 10))])
