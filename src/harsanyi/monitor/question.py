"""What is asked of a network at every step that is logged: always the same, of the same samples."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.salience import SalienceRule
from harsanyi.extraction import extract, extract_game
from harsanyi.game.asking import Labels, ask, check_kinds
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import Score, uses_labels
from harsanyi.interactions import Interactions


@final
@dataclass(frozen=True, eq=False)
class Question:
    """Samples and how to extract their interactions; the arguments are those of `extract`.

    Args:
        inputs: samples; they are copied, and stay the same whatever the training does to its data.
        labels: of the samples; nothing only where the score looks at none.
        players: of the samples.
        score: of outputs and labels.
        noise: in [0, 1).
        max_gap: in (0, 1].
        output: which output to score.
        batch_size: masked inputs at once, or nothing.
        autocast: "bfloat16", "float16" or nothing.

    Raises:
        ArgumentError: what is no players or no score, a number out of range, or labels that are missing.
    """

    inputs: Any
    labels: Labels
    players: Players | PosingPlayers
    score: Score
    noise: float
    max_gap: float
    output: OutputChoice
    batch_size: int | None
    autocast: str | torch.dtype | None

    def __post_init__(self) -> None:
        check_kinds(self.players, self.score)
        if self.labels is None and uses_labels(self.score):
            raise ArgumentError("labels", "nothing", "the class of each sample, or one for all",
                                "The class that is predicted changes in training")  # fmt: skip
        self._of_one_player()
        for name in ("inputs", "labels"):
            object.__setattr__(self, name, _copied(getattr(self, name)))

    def answer(self, network: Network) -> Interactions:
        """Interactions of the samples in a network."""
        return extract(
            network, self.inputs, self.labels, players=self.players, score=self.score, noise=self.noise,
            max_gap=self.max_gap, output=self.output, batch_size=self.batch_size, autocast=self.autocast,
            progress=False,
        )  # fmt: skip

    def check(self, network: Network) -> None:
        """Refuse samples and players that do not fit a network, by running it on a few of them."""
        ask(
            network, self.inputs, self.labels, players=self.players, score=self.score, output=self.output,
            batch_size=self.batch_size, autocast=self.autocast,
        )  # fmt: skip

    def check_salience(self, rule: SalienceRule | str | None) -> None:
        """Refuse what is no rule.

        Raises:
            ArgumentError: it is none.
        """
        try:
            self._of_one_player().salient("score_range" if rule is None else rule)
        except ArgumentError as error:
            known = '"score_range", "max_effect", "max_effect_over_samples"'
            raise ArgumentError(
                "salience", repr(rule), f"{known}, an object like ScoreRange(0.03), or nothing"
            ) from error

    def _of_one_player(self) -> Interactions:
        """The numbers tried out on a game that takes no time."""
        size = 1 if self.batch_size is None else self.batch_size
        return extract_game(
            lambda present: present[:, 0].astype(float), 1, noise=self.noise, max_gap=self.max_gap, batch_size=size,
            progress=False,
        )  # fmt: skip


def _copied(values: Any) -> Any:
    return values.detach().clone() if isinstance(values, Tensor) else copy.deepcopy(values)
