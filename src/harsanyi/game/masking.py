"""One sample cut into players: the single mechanism behind every kind of players that shows or hides values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import require_memory

_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@dataclass(frozen=True)
class Masking:
    """A sample whose values belong to players; an absent player shows the baseline instead.

    Attributes:
        sample: the sample, any shape and dtype.
        baseline: what absent players show, same shape and dtype.
        regions: int64, broadcastable to the shape: the player a value belongs to, -1 where it always stays.
        names: of the players, in their order; player i is bit i of a coalition index.
        context: what the network is given beside the masked values, the same for every coalition; each of any shape.
        drawn: integers, the player of each value that a picture draws (of each character of a sentence, say), -1 for
            none; nothing where that is `regions`.
    """

    sample: Tensor
    baseline: Tensor
    regions: Tensor
    names: tuple[str, ...]
    context: tuple[Tensor, ...] = ()
    drawn: Tensor | None = None

    def apply(self, coalitions: Tensor) -> Tensor:
        """The masked versions of the sample.

        Args:
            coalitions: bool (batch, n).

        Returns:
            (batch, *shape).
        """
        return self.show(self.shown(coalitions))

    def shown(self, coalitions: Tensor) -> Tensor:
        """Which values each coalition shows, bool (batch, ...), broadcastable to (batch, *shape)."""
        present = torch.cat((coalitions, torch.ones_like(coalitions[:, :1])), 1)  # the last column is no player
        column = torch.where(self.regions < 0, len(self.names), self.regions).flatten()
        fill = [1] * (self.sample.ndim - self.regions.ndim)
        return present.gather(1, column.expand(len(present), -1)).view(-1, *fill, *self.regions.shape)

    def show(self, shown: Tensor, out: Tensor | None = None) -> Tensor:
        """The sample where shown and the baseline elsewhere, (batch, *shape), written to `out` where given."""
        out = self.sample.new_empty(len(shown), *self.sample.shape) if out is None else out
        if self.sample.is_complex():
            return torch.where(shown, self.sample, self.baseline, out=out)
        kind = _INTEGERS[self.sample.element_size()]  # the same bits as integers: several times faster than torch.where
        baseline, written = self.baseline.view(kind), out.view(kind)
        torch.bitwise_and(-shown.to(kind), self.sample.view(kind) ^ baseline, out=written)
        written.bitwise_xor_(baseline)
        return out

    def acting(self) -> list[int]:
        """Players whose presence changes the input at all; the others make equal inputs of different coalitions."""
        changed = (self.sample != self.baseline) & (self.regions >= 0)
        players: list[int] = self.regions.expand(self.sample.shape)[changed].unique().tolist()
        return players


class Players(Protocol):
    """How samples become players: the protocol of every kind of players and the user's own.

    Players of inputs that are no arrays, or that run something else than the network on them, also have a method
    `pose`; see `harsanyi.game.posing`.
    """

    def check(self, inputs: Tensor) -> int:
        """Number of players n, after looking at every sample; raises ArgumentError before any long work."""
        ...

    def maskings(self, inputs: Tensor, first: int = 0) -> list[Masking]:
        """Maskings of n players each, as many a sample as there are draws of a baseline (one, as a rule).

        Scores are averaged over the draws. first is the position of inputs[0] among all samples.
        """
        ...


def check_room(needed: int, n: int, players: Players) -> None:
    """Refuse so many players where what they need does not fit into memory.

    Args:
        needed: bytes.
        n: number of players.
        players: may say as `fewer` how there can be fewer of them, where that is not by an argument n.

    Raises:
        ArgumentError: less memory is available.
    """
    hint = getattr(players, "fewer", "Take fewer players, such as n=10 of them")
    require_memory(needed, n, torch.device("cpu"), "players", hint)


def check_count(n: int, argument: str, available: str = "") -> int:
    """Return n, which must not be 0."""
    if n < 1:
        raise ArgumentError(argument, f"{n} players{available}", "at least 1 player")
    return n
