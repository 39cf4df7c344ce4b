"""Multi-order pairwise interactions of a network by sampling, for as many players as there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from harsanyi.analysis.bootstrap import Floats
from harsanyi.analysis.pairwise import Indices, PairwiseOrders, over_contexts
from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.game.asking import Asked, Labels, ask
from harsanyi.game.contexts import CORNERS, context_sizes, corner_blocks, count_contexts, draw_pairs
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import LogOdds, Score, labels_record
from harsanyi.progress import Clock, Progress, described, provenance, shown


@final
class Interrupted(KeyboardInterrupt):
    """A stop by the user after some samples were done.

    Attributes:
        completed: their `PairwiseOrders`, the same as without the stop.
    """

    def __init__(self, completed: PairwiseOrders, samples: int) -> None:
        self.completed = completed
        super().__init__(f"{len(completed)} of {samples} samples are done, and in `completed` of this exception")


def pairwise_orders(
    network: Network,
    inputs: Any,
    labels: Labels = None,
    *,
    players: Players | PosingPlayers,
    orders: Sequence[int | float] | None = None,
    pairs: int = 200,
    contexts: int = 100,
    score: Score | None = None,
    output: OutputChoice = None,
    batch_size: int | None = None,
    autocast: str | torch.dtype | None = None,
    seed: int = 0,
    progress: Progress = True,
) -> PairwiseOrders:
    """Interactions of pairs of players, by how many of the other players are present, of any number of players.

    I^(m)(i, j) is the mean of v(S with i and j) - v(S with i) - v(S with j) + v(S) over contexts S of m other players.
    Contexts are drawn, and so are pairs; where there are no more than asked for, all are taken once. Every sample has
    draws of its own, which follow from the seed and the position of the sample alone, and for each size from the size.
    The network runs 4 x samples x sizes x pairs x contexts times.

    Args:
        network: a module or any callable of a batch of inputs; run in evaluation mode without gradients, on its own
            device and in its own dtype.
        inputs: samples, (samples, ...), as `extract` takes them.
        labels: class of each sample, as for `extract`; nothing for the predicted class.
        players: `Columns`, `Patches`, `Regions`, `Superpixels`, `Words`, `Clusters`, or an object like them; two or
            more, without an upper bound.
        orders: sizes m of the contexts, 0 to n - 2: whole numbers, or shares of n - 2 as floats; nothing takes the
            shares 0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95 and 1.
        pairs: of each sample, the same ones for every size.
        contexts: of each pair and size.
        score: as for `extract`; `LogOdds()` by default.
        output: which output of the network to score.
        batch_size: masked inputs at once; nothing chooses it from the network, halving it when memory runs out.
        autocast: "bfloat16" or "float16" to run the network under torch.autocast; `provenance` says how far a few
            scores were off.
        seed: of the draws, at least 0.
        progress: a bar when the work is long (True), none (False), or a function of (masked inputs done, in all).

    Returns:
        The `PairwiseOrders`. Memory grows with the result only. Differences of scores below `provenance["rounding"]`,
        the precision of the network's dtype times the largest |score|, are rounding.

    Raises:
        ArgumentError: an argument that cannot be used; before any long work.
        NetworkError: the network fails, or its outputs cannot be scored.
        Interrupted: a KeyboardInterrupt after some samples were done, with the result of these as `completed`.

    Example:
        >>> from harsanyi import Columns, Output
        >>> def network(x):  # players 0 and 1 interact alone, players 2 and 3 only with one another and with 0
        ...     return (x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] * x[:, 0])[:, None]
        >>> result = pairwise_orders(network, torch.ones(1, 6), 0, players=Columns(), score=Output(), progress=False)
        >>> result.sizes.tolist(), result.interactions[0, :, 0].tolist()  # of the pair (0, 1)
        ([0, 1, 2, 3, 4], [1.0, 1.0, 1.0, 1.0, 1.0])
        >>> result.strength.value.round(3).tolist()
        [0.067, 0.117, 0.167, 0.217, 0.267]

    Source: 2111.06236, with its 200 pairs an image and 100 contexts a pair; which sizes, and the score, are ours.
    """
    require_whole(pairs=pairs, contexts=contexts, **({} if batch_size is None else {"batch_size": batch_size}))
    require_whole(0, seed=seed)
    score = LogOdds() if score is None else score
    asked = ask(
        network, inputs, labels, players=players, score=score, output=output, batch_size=batch_size, autocast=autocast,
        every_coalition=False,
    )  # fmt: skip
    if asked.n < 2:
        raise ArgumentError("players", f"{asked.n} player", "at least 2 players, which make a pair")
    design = _Design(asked.n, context_sizes(orders, asked.n), pairs, contexts, seed)
    clock, found = Clock(), list[_Found]()
    how = {"pairs": pairs, "contexts": contexts, "seed": seed, "players": described(players),
           "score": described(score), "output": described(output),
           "labels": labels_record(score, labels)}  # fmt: skip

    def result() -> PairwiseOrders:
        rounding = _precision(asked.dtype) * max(part.largest for part in found)
        return _joined(asked, design, found, provenance(clock, **how, rounding=rounding, **asked.record()))

    with shown(progress, len(asked) * asked.draws * design.rows) as advance:
        try:
            for sample in range(len(asked)):
                with clock("network"):
                    found.append(_of_sample(asked, design, sample, advance))
        except KeyboardInterrupt as stop:
            if found:
                raise Interrupted(result(), len(asked)) from stop
            raise
    return result()


@dataclass(frozen=True)
class _Design:
    """What is asked of each sample."""

    n: int
    sizes: tuple[int, ...]
    pairs: int
    contexts: int
    seed: int

    @property
    def counts(self) -> list[int]:
        """Contexts of each pair, for every size."""
        return [count_contexts(self.n, size, self.contexts) for size in self.sizes]

    def takes_all(self, size: int) -> bool:
        """Whether there are no more contexts of a size than asked for."""
        return comb(self.n - 2, size) <= self.contexts

    @property
    def rows(self) -> int:
        """Coalitions of one sample."""
        return 4 * min(self.pairs, self.n * (self.n - 1) // 2) * sum(self.counts)

    def blocks(self, pairs: Indices, sample: int) -> Iterator[Tensor]:
        """Coalitions of one sample, bool (rows, n) each, size by size."""
        for size in self.sizes:
            yield from corner_blocks(self.n, pairs, size, self.contexts, self.seed, sample)


class _Found(NamedTuple):
    """Of one sample: pairs (pairs, 2); interactions, errors and cautious strengths (3, sizes, pairs); player names;
    the largest |score|.
    """

    pairs: Indices
    values: Floats
    names: tuple[str, ...]
    largest: float


def _of_sample(asked: Asked, design: _Design, sample: int, advance: Callable[[int], None]) -> _Found:
    pairs = draw_pairs(design.n, design.pairs, design.seed, sample)
    scores, masking = asked.chosen_scores(sample, design.blocks(pairs, sample), advance)
    corners = torch.tensor(CORNERS, dtype=torch.float64)
    values, largest = [], 0.0
    for part in scores:
        values.append((part.cpu().view(-1, 4) * corners).sum(1))
        largest = max(largest, float(part.abs().max()))
    by_size = torch.cat(values).split([len(pairs) * count for count in design.counts])
    found = [
        over_contexts(part.view(len(pairs), -1).numpy(), design.takes_all(size))
        for part, size in zip(by_size, design.sizes, strict=True)
    ]
    return _Found(pairs, np.stack(found, 1), masking.names, largest)


def _joined(asked: Asked, design: _Design, found: list[_Found], record: dict[str, Any]) -> PairwiseOrders:
    interactions, error, cautious = np.array([part.values for part in found]).swapaxes(0, 1).copy()
    return PairwiseOrders(
        design.n, np.array(design.sizes), np.array(design.counts), np.stack([part.pairs for part in found]),
        interactions, error, cautious, asked.answers[: len(found)].numpy(), tuple(part.names for part in found), record,
    )  # fmt: skip


def _precision(dtype: torch.dtype) -> float:
    return torch.finfo(dtype if dtype.is_floating_point else torch.float32).eps
