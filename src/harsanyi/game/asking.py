"""All scores of samples, block by block: a network, samples and players that have been tried and found to fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import numpy.typing as npt
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import keep_freed_memory
from harsanyi.game.class_names import as_classes, class_name
from harsanyi.game.company import warn_of_company
from harsanyi.game.evaluate import batch_size_for, check_scores, evaluate, evaluate_chosen, in_batches
from harsanyi.game.masking import Masking, Players, check_room
from harsanyi.game.network import (
    Network,
    OutputChoice,
    evaluation_mode,
    output_bytes_per_sample,
    placed,
    run,
)
from harsanyi.game.posing import Posed, PosingPlayers, as_given
from harsanyi.game.precision import Autocast, ScoreError
from harsanyi.game.scores import Score, class_logits, columns_of, resolve_labels, warn_of_probabilities

Labels = Tensor | npt.NDArray[Any] | Sequence[int] | Sequence[str] | int | str | None

_BLOCK = 1 << 17  # score entries evaluated together
_BLOCK_BYTES = 1 << 26  # of their samples
_WHOLE = 64  # unmasked samples at once through a network of which a part alone was measured
_COMPARED = 8  # samples whose scores are also computed in full precision
_FEW = 256  # chosen coalitions of such a sample
_VARIOUS = 32  # masked and unmasked samples that tell probabilities from logits
_PROBE = 2  # unmasked samples the network is tried on first


def most_samples(n: int, draws: int = 1) -> int:
    """Samples of n players that are evaluated together at most, with so many numbers each for a coalition."""
    return max(1, (_BLOCK >> n) // draws)


@dataclass(frozen=True)
class Asked:
    """A question that was tried on a few samples; `scores` answers it.

    Attributes:
        posed: the question.
        score: of outputs and labels.
        labels: of all samples, int64 (samples, ...), on the CPU; floating where a function of the user's is given such.
        n: number of players.
        draws: maskings of one sample, whose scores are averaged.
        block: samples that are best evaluated together.
        batch_size: masked inputs at once.
        device: of the masked inputs.
        dtype: of the masked inputs.
        autocast: lower precision of the network, or nothing.
        outputs: of the network, for one sample: the classes of a classifier; nothing where they are no vector.
        classes: of the logits that `logits` gives; 0 where the score does not say that outputs are logits.
        error: of the scores in lower precision, over the blocks so far.
    """

    posed: Posed
    score: Score
    labels: Tensor
    n: int
    draws: int
    block: int
    batch_size: int
    device: torch.device
    dtype: torch.dtype
    autocast: str | torch.dtype | None
    outputs: int | None
    classes: int
    error: ScoreError = field(default_factory=ScoreError)

    def __len__(self) -> int:
        return len(self.posed.samples)

    @property
    def masked_inputs(self) -> int:
        """How many there are in all."""
        return (len(self) * self.draws) << self.n

    def scores(
        self, first: int, count: int, advance: Callable[[int], None] = lambda rows: None
    ) -> tuple[Float[Tensor, "samples coalitions ..."], list[Masking]]:
        """Scores of all coalitions of so many samples from the first on.

        Args:
            first: position of the first sample.
            count: how many.
            advance: called with the number of masked inputs done, count x draws x 2**n in all.

        Returns:
            float64 (count, 2**n), on the device of the network, with one column more for the score `Each`; and one
            masking a sample.

        Raises:
            NetworkError: the network fails, or a score is not finite.
        """
        maskings, labels = self._drawn(first, count), self.labels[first : first + count]
        told = _Remaining(advance, len(maskings) << self.n)
        scores = self._mean_scores(self._network(), maskings, labels, first, told)
        if self.autocast is not None:
            self._compare(scores, maskings, labels, first)
        told.finish()  # equal masked inputs count as done
        return scores, maskings[:: self.draws]

    def chosen_scores(
        self,
        sample: int,
        blocks: Iterable[Bool[Tensor, "rows n"]],
        advance: Callable[[int], None] = lambda rows: None,
    ) -> tuple[Iterator[Float[Tensor, "rows"]], Masking]:
        """Scores of chosen coalitions of one sample, block by block.

        Args:
            sample: its position.
            blocks: of coalitions, bool (rows, n) each, on any device; some of the first are also scored in full
                precision under `autocast`.
            advance: called with the number of masked inputs done, rows x draws for a block.

        Returns:
            An iterator of float64 (rows,), on the device of the network, that raises NetworkError as `scores` does; and
            the masking of the sample.
        """
        maskings = self._drawn(sample, 1)
        return self._by_block(maskings, sample, blocks, advance), maskings[0]

    def _by_block(
        self, maskings: Sequence[Masking], sample: int, blocks: Iterable[Tensor], advance: Callable[[int], None]
    ) -> Iterator[Tensor]:
        network, label = self._network(), self.labels[sample : sample + 1]
        for number, block in enumerate(blocks):
            coalitions, told = block.to(self.device), _Remaining(advance, len(block) * self.draws)
            scores = self._mean_scores(network, maskings, label, sample, told, coalitions)
            if self.autocast is not None and number == 0 and self._is_compared(sample):
                self._compare_few(coalitions[:_FEW], maskings, label, sample)
            told.finish()
            yield scores[0]

    def logits(self, first: int, count: int) -> Float[Tensor, "samples ... classes"]:
        """Logits of so many unmasked samples from the first on, in full precision.

        Args:
            first: position of the first sample.
            count: how many.

        Returns:
            float64 (count, classes), on the device of the network; (count, columns, classes) for the score `Each`.

        Raises:
            NetworkError: the network fails.
        """
        found = class_logits(self.score, _unmasked(self.posed, first, count, self.batch_size))
        assert found is not None, "there are no classes"
        return found

    def maskings(self, first: int, count: int) -> list[Masking]:
        """One masking a sample of so many from the first on."""
        return self._drawn(first, count)[:: self.draws]

    def _drawn(self, first: int, count: int) -> list[Masking]:
        """`draws` maskings a sample."""
        samples = placed(self.posed.samples[first : first + count], self.posed.whole)
        return self.posed.players.maskings(samples, first)

    def _network(self) -> Network:
        """The network in the precision that was asked for."""
        if self.autocast is None:
            return self.posed.network
        return Autocast(self.posed.network, self.autocast, self.device)

    def _is_compared(self, sample: int) -> bool:
        return sample % -(-len(self) // _COMPARED) == 0

    def _compare(self, scores: Tensor, maskings: Sequence[Masking], labels: Tensor, first: int) -> None:
        """Score a few of all samples in full precision too."""
        for sample in range(len(labels)):
            if self._is_compared(first + sample):
                own, one = slice(sample * self.draws, (sample + 1) * self.draws), slice(sample, sample + 1)
                exact = self._mean_scores(self.posed.network, maskings[own], labels[one], first + sample)
                self.error.add(scores[one], exact)

    def _compare_few(self, few: Tensor, maskings: Sequence[Masking], label: Tensor, sample: int) -> None:
        """Score a few coalitions of a sample in both precisions, and the two that give the range of its scores."""
        few = torch.cat((torch.zeros_like(few[:1]), few, torch.ones_like(few[:1])))
        networks = self._network(), self.posed.network
        self.error.add(*(self._mean_scores(net, maskings, label, sample, coalitions=few) for net in networks))

    def _mean_scores(
        self,
        network: Network,
        maskings: Sequence[Masking],
        labels: Tensor,
        first: int,
        advance: Callable[[int], None] = lambda rows: None,
        coalitions: Tensor | None = None,
    ) -> Tensor:
        """Scores of all coalitions, or of those given, averaged over the draws of a sample's baseline."""
        run_all = evaluate if coalitions is None else partial(evaluate_chosen, coalitions=coalitions)
        scores = run_all(
            network, maskings, labels=labels.repeat_interleave(self.draws, 0), score=self.score,
            batch_size=self.batch_size, output=self.posed.output, advance=advance, first_sample=first,
            draws=self.draws,
        )  # fmt: skip
        return scores if self.draws == 1 else scores.view(-1, self.draws, *scores.shape[1:]).mean(1)

    def record(self) -> dict[str, Any]:
        """How the scores are computed; JSON types only."""
        lower = {} if self.autocast is None else self.error.record(self.autocast)
        how = {"device": str(self.device), "dtype": str(self.dtype), "batch_size": self.batch_size}
        outputs = {} if self.outputs is None else {"outputs": self.outputs}
        return {**how, **outputs, **self.posed.how, **lower, **self._names()}

    def _names(self) -> dict[str, dict[str, str]]:
        """What the labels are called, where the players or the network's configuration tell."""
        said = self.posed.label_name or class_name(self.posed.whole)
        if said is None:
            return {}
        rows = zip(self.answers.tolist(), self.labels.view(len(self), -1).tolist(), strict=True)
        return {"label_names": {str(number): said(*row) for number, row in rows if number >= 0}}

    @property
    def answers(self) -> Tensor:
        """One number a sample, int64 (samples,): the label, that of a whole text, or -1 where labels are fractions."""
        if self.labels.is_floating_point():
            whole = bool((self.labels == self.labels.long()).all())
            return self.labels.long() if whole else torch.full((len(self),), -1)
        if self.labels.ndim == 1:
            return self.labels
        if self.labels.shape[1] == 1:
            return self.labels[:, 0]
        numbers: Tensor = self.labels.unique(dim=0, return_inverse=True)[1]
        return numbers


class _Remaining:
    """Tells the rows done of so many, and at the end those that needed no run."""

    def __init__(self, advance: Callable[[int], None], total: int) -> None:
        self._advance, self._left = advance, total

    def __call__(self, rows: int) -> None:
        self._left -= rows
        self._advance(rows)

    def finish(self) -> None:
        """All that is left is done."""
        self(self._left)


def ask(
    network: Network,
    inputs: Any,
    labels: Labels,
    *,
    players: Players | PosingPlayers,
    score: Score,
    output: OutputChoice = None,
    batch_size: int | None = None,
    autocast: str | torch.dtype | None = None,
    every_coalition: bool = True,
) -> Asked:
    """Pose the players' question, and check everything that can be checked before the long work.

    Args:
        network: any.
        inputs: samples, as the players take them.
        labels: of the samples, one for all, or nothing for what the network predicts.
        players: with `maskings` and `check`, or with `pose`.
        score: of outputs and labels.
        output: which output to score.
        batch_size: masked inputs at once; nothing chooses it from the network.
        autocast: "bfloat16" or "float16", or nothing.
        every_coalition: all 2**n scores of a sample are wanted, which bounds n; False for `chosen_scores` alone.

    Returns:
        The `Asked`.

    Raises:
        ArgumentError: an argument that cannot be used.
        NetworkError: the network fails on unmasked samples, or its outputs cannot be scored.
    """
    check_kinds(players, score)
    _check_weights(network)
    posed = _posed(network, inputs, as_classes(network, labels, score), players, score, output)
    samples, n = posed.samples, posed.players.check(posed.samples)
    if every_coalition:
        check_room(8 * len(samples) * prod(columns_of(score)) << n, n, posed.players)
    tried = placed(samples[:_PROBE].clone(), posed.whole)
    with evaluation_mode(posed.whole), evaluation_mode(posed.network):
        maskings = posed.players.maskings(tried)
        draws = len(maskings) // len(tried)
        values = torch.stack([masking.sample for masking in maskings[::draws]])
        context = tuple(map(torch.stack, zip(*(masking.context for masking in maskings[::draws]), strict=True)))
        outputs, row_bytes = output_bytes_per_sample(posed.network, values, posed.output, context)
        size = int(batch_size or batch_size_for(row_bytes, values.device))
        resolved = _labels(posed, score, outputs, size)
        warn_of_probabilities(score, outputs, posed.whole, partial(_various, posed, maskings[0], size))
        check_scores(score(outputs[:1], resolved[:1].to(outputs.device)), 1, columns_of(score))
        warn_of_company(network, posed, maskings[0], resolved[:1], score)
    if autocast is not None:
        Autocast(posed.network, autocast, values.device)  # refuses what cannot be
    value_bytes = 8 * (samples[0].numel() + sum(part[0].numel() for part in (values, *context)))
    keep_freed_memory()
    columns, known = columns_of(score), class_logits(score, outputs)
    block = max(1, min(most_samples(n, draws * prod(columns)), _BLOCK_BYTES // value_bytes))
    width = outputs.shape[-1] if outputs.ndim == 2 + len(columns) else None
    classes = 0 if known is None else known.shape[-1]
    return Asked(posed, score, resolved, n, draws, block, size, values.device, values.dtype, autocast, width, classes)


def check_kinds(players: object, score: object) -> None:
    """Refuse what is no players or no score, which shows without a network.

    Raises:
        ArgumentError: a class, or an object of another kind.
    """
    if isinstance(score, type) or not callable(score):
        raise ArgumentError("score", _named(score), "LogOdds(), another score object, or a function")
    if isinstance(players, type) or not (hasattr(players, "maskings") or hasattr(players, "pose")):
        raise ArgumentError("players", _named(players), "Columns(), Patches(...), Words(...) or an object like them")


def _named(given: object) -> str:
    """A text as it is, a class or function by its name, any other object by its class."""
    return f"{given!r:.40}" if isinstance(given, str) else str(getattr(given, "__name__", type(given).__name__))


def _check_weights(network: Network) -> None:
    if isinstance(network, nn.Module) and any(values.is_meta for values in network.parameters()):
        raise ArgumentError("network", "parameters on the device meta, without values", "a network with its weights")


def _posed(
    network: Network, inputs: Any, labels: Any, players: Players | PosingPlayers, score: Score, output: OutputChoice
) -> Posed:
    """The question that the players pose; by default the network on masked samples."""
    if hasattr(players, "pose"):
        posed: Posed = players.pose(network, inputs, labels, score, output)
        return posed
    return as_given(network, inputs, labels, players, output)


def _various(posed: Posed, masking: Masking, size: int) -> Tensor:
    """Outputs of some masked versions of a sample and of some unmasked samples."""
    draw = torch.Generator().manual_seed(0)
    shown = torch.rand(_VARIOUS, len(masking.names), generator=draw) < torch.rand(_VARIOUS, 1, generator=draw)
    inputs = masking.apply(shown.to(masking.sample.device))

    def outputs(start: int, rows: int) -> Tensor:
        context = tuple(values.expand(rows, *values.shape).clone() for values in masking.context)
        return run(posed.network, inputs[start : start + rows].clone(), posed.output, context)

    masked = [part for _, _, part in in_batches(_VARIOUS, size, outputs)]
    return torch.cat((*masked, _unmasked(posed, 0, min(len(posed.samples), _VARIOUS), size)))


def _labels(posed: Posed, score: Score, outputs: Tensor, size: int) -> Tensor:
    """Labels of all samples: those given, or what the network predicts."""
    if posed.labels is not None:
        return resolve_labels(score, posed.labels, outputs, len(posed.samples)).cpu()

    return resolve_labels(score, None, _unmasked(posed, 0, len(posed.samples), size), len(posed.samples)).cpu()


def _unmasked(posed: Posed, first: int, count: int, size: int) -> Tensor:
    """Outputs of so many unmasked samples from the first on."""

    def outputs(start: int, rows: int) -> Tensor:
        place = slice(first + start, first + start + rows)
        part = placed(posed.samples[place].clone(), posed.whole)  # a network may write into its input
        return run(posed.whole, part, posed.output)

    fits = size if posed.whole is posed.network else min(size, _WHOLE)
    with evaluation_mode(posed.whole):
        return torch.cat([part for _, _, part in in_batches(count, fits, outputs)])
