"""All scores of samples, block by block: a network, samples and players that have been tried and found to fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import require_memory
from harsanyi.core.warning import warn_user
from harsanyi.game.class_names import as_classes, class_name
from harsanyi.game.evaluate import batch_size_for, check_scores, evaluate, in_batches
from harsanyi.game.masking import Masking, Players
from harsanyi.game.network import (
    Network,
    OutputChoice,
    evaluation_mode,
    out_of_memory,
    output_bytes_per_sample,
    placed,
    run,
)
from harsanyi.game.posing import Posed, PosingPlayers, as_given
from harsanyi.game.precision import Autocast, ScoreError
from harsanyi.game.scores import Score, resolve_labels, warn_of_probabilities

Labels = Tensor | npt.NDArray[Any] | Sequence[int] | Sequence[str] | int | str | None

_BLOCK = 1 << 17  # score entries evaluated together
_BLOCK_BYTES = 1 << 26  # of their samples
_WHOLE = 64  # unmasked samples at once through a network of which a part alone was measured
_COMPARED = 8  # samples whose scores are also computed in full precision
_PROBE = 2  # unmasked samples the network is tried on first


def most_samples(n: int, draws: int = 1) -> int:
    """Samples of n players that are evaluated together at most."""
    return max(1, (_BLOCK >> n) // draws)


@dataclass(frozen=True)
class Asked:
    """A question that was tried on a few samples; `scores` answers it.

    Attributes:
        posed: the question.
        score: of outputs and labels.
        labels: of all samples, int64 (samples, ...), on the CPU.
        n: number of players.
        draws: maskings of one sample, whose scores are averaged.
        block: samples that are best evaluated together.
        batch_size: masked inputs at once.
        device: of the masked inputs.
        dtype: of the masked inputs.
        autocast: lower precision of the network, or nothing.
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
    error: ScoreError = field(default_factory=ScoreError)

    def __len__(self) -> int:
        return len(self.posed.samples)

    @property
    def masked_inputs(self) -> int:
        """How many there are in all."""
        return (len(self) * self.draws) << self.n

    def scores(
        self, first: int, count: int, advance: Callable[[int], None] = lambda rows: None
    ) -> tuple[Float[Tensor, "samples coalitions"], list[Masking]]:
        """Scores of all coalitions of so many samples from the first on.

        Args:
            first: position of the first sample.
            count: how many.
            advance: called with the number of masked inputs done, count x draws x 2**n in all.

        Returns:
            float64 (count, 2**n), on the device of the network, and one masking a sample.

        Raises:
            NetworkError: the network fails, or a score is not finite.
        """
        maskings, labels = self._drawn(first, count), self.labels[first : first + count]
        left = len(maskings) << self.n

        def told(rows: int) -> None:
            nonlocal left
            left -= rows
            advance(rows)

        if self.autocast is None:
            scores = self._mean_scores(self.posed.network, maskings, labels, first, told)
        else:
            low = Autocast(self.posed.network, self.autocast, self.device)
            scores = self._mean_scores(low, maskings, labels, first, told)
            self._compare(scores, maskings, labels, first)
        advance(left)  # equal masked inputs count as done
        return scores, maskings[:: self.draws]

    def maskings(self, first: int, count: int) -> list[Masking]:
        """One masking a sample of so many from the first on."""
        return self._drawn(first, count)[:: self.draws]

    def _drawn(self, first: int, count: int) -> list[Masking]:
        """`draws` maskings a sample."""
        samples = placed(self.posed.samples[first : first + count], self.posed.whole)
        return self.posed.players.maskings(samples, first)

    def _compare(self, scores: Tensor, maskings: Sequence[Masking], labels: Tensor, first: int) -> None:
        """Score a few of all samples in full precision too."""
        every = -(-len(self) // _COMPARED)
        for sample in range(len(labels)):
            if (first + sample) % every == 0:
                own, one = slice(sample * self.draws, (sample + 1) * self.draws), slice(sample, sample + 1)
                exact = self._mean_scores(self.posed.network, maskings[own], labels[one], first + sample)
                self.error.add(scores[one], exact)

    def _mean_scores(
        self,
        network: Network,
        maskings: Sequence[Masking],
        labels: Tensor,
        first: int,
        advance: Callable[[int], None] = lambda rows: None,
    ) -> Tensor:
        """Scores averaged over the draws of a sample's baseline."""
        scores = evaluate(
            network, maskings, labels.repeat_interleave(self.draws, 0), self.score, batch_size=self.batch_size,
            output=self.posed.output, advance=advance, first_sample=first, draws=self.draws,
        )  # fmt: skip
        return scores.view(-1, self.draws, scores.shape[1]).mean(1)

    def record(self) -> dict[str, Any]:
        """How the scores are computed; JSON types only."""
        lower = {} if self.autocast is None else self.error.record(self.autocast)
        how = {"device": str(self.device), "dtype": str(self.dtype), "batch_size": self.batch_size}
        return {**how, **self.posed.how, **lower, **self._names()}

    def _names(self) -> dict[str, dict[str, str]]:
        """What the labels are called, where the players or the network's configuration tell."""
        said = self.posed.label_name or class_name(self.posed.whole)
        if said is None:
            return {}
        rows = zip(self.answers.tolist(), self.labels.view(len(self), -1).tolist(), strict=True)
        return {"label_names": {str(number): said(*row) for number, row in rows if number >= 0}}

    @property
    def answers(self) -> Tensor:
        """One number a sample that tells the labels apart, int64 (samples,): the label, or that of a whole text."""
        if self.labels.ndim == 1:
            return self.labels
        if self.labels.shape[1] == 1:
            return self.labels[:, 0]
        numbers: Tensor = self.labels.unique(dim=0, return_inverse=True)[1]
        return numbers


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

    Returns:
        The `Asked`.

    Raises:
        ArgumentError: an argument that cannot be used.
        NetworkError: the network fails on unmasked samples, or its outputs cannot be scored.
    """
    if isinstance(score, type) or not callable(score):
        given = getattr(score, "__name__", type(score).__name__)
        raise ArgumentError("score", given, "LogOdds(), another score object, or a function")
    _check_weights(network)
    posed = _posed(network, inputs, as_classes(network, labels, score), players, score, output)
    samples, n = posed.samples, posed.players.check(posed.samples)
    require_memory(8 * len(samples) << n, n, torch.device("cpu"), "players")
    tried = placed(samples[:_PROBE].clone(), posed.whole)
    with evaluation_mode(posed.whole), evaluation_mode(posed.network):
        maskings = posed.players.maskings(tried)
        draws = len(maskings) // len(tried)
        values = torch.stack([masking.sample for masking in maskings[::draws]])
        context = tuple(map(torch.stack, zip(*(masking.context for masking in maskings[::draws]), strict=True)))
        outputs, row_bytes = output_bytes_per_sample(posed.network, values, posed.output, context)
        size = int(batch_size or batch_size_for(row_bytes, values.device))
        resolved = _labels(posed, score, outputs, size)
        warn_of_probabilities(score, outputs)
        check_scores(score(outputs[:1], resolved[:1].to(outputs.device)), 1)
        _warn_of_company(posed, maskings[0], resolved[:1], score)
    if autocast is not None:
        Autocast(posed.network, autocast, values.device)  # refuses what cannot be
    value_bytes = 8 * (samples[0].numel() + sum(part[0].numel() for part in (values, *context)))
    block = max(1, min(most_samples(n, draws), _BLOCK_BYTES // value_bytes))
    return Asked(posed, score, resolved, n, draws, block, size, values.device, values.dtype, autocast)


def _warn_of_company(posed: Posed, masking: Masking, label: Tensor, score: Score) -> None:
    """Warn where the scores of a sample, whole and with nothing shown, are others when each runs alone."""
    ends = torch.tensor([[True], [False]], device=masking.sample.device).expand(2, len(masking.names))
    inputs = masking.apply(ends)

    def scores(rows: Tensor) -> Tensor:
        context = tuple(values.expand(len(rows), *values.shape).clone() for values in masking.context)
        outputs = run(posed.network, rows.clone(), posed.output, context)
        return score(outputs, label.expand(len(rows), *label.shape[1:]).to(outputs.device)).double()

    try:
        together, alone = scores(inputs), torch.cat([scores(row[None]) for row in inputs])
    except Exception as error:
        if out_of_memory(error):  # a batch of two is too large: what runs alone depends on nothing
            return
        raise
    if not bool(together.isfinite().all()):  # said later, with the coalition
        return
    precision = torch.finfo(inputs.dtype).eps if inputs.is_floating_point() else torch.finfo(torch.float32).eps
    difference = float((together - alone).abs().max())
    reach, size = float((together[0] - together[1]).abs()), float(together.abs().max())
    if not difference <= 0.01 * reach + 100 * precision * size:
        warn_user(
            f"the score of a sample changes by {difference:.3g} when it runs alone: the network is random, or looks at "
            "the other samples of a batch, and so will every effect"
        )


def _check_weights(network: Network) -> None:
    if isinstance(network, nn.Module) and any(values.is_meta for values in network.parameters()):
        raise ArgumentError("network", "parameters on the device meta, without values", "a network with its weights")


def _posed(
    network: Network, inputs: Any, labels: Any, players: Players | PosingPlayers, score: Score, output: OutputChoice
) -> Posed:
    """The question that the players pose; by default the network on masked samples."""
    if isinstance(players, type) or not (hasattr(players, "maskings") or hasattr(players, "pose")):
        given = getattr(players, "__name__", type(players).__name__)
        raise ArgumentError("players", given, "Columns(), Patches(...), Words(...) or an object like them")
    if hasattr(players, "pose"):
        posed: Posed = players.pose(network, inputs, labels, score, output)
        return posed
    return as_given(network, inputs, labels, players, output)


def _labels(posed: Posed, score: Score, outputs: Tensor, size: int) -> Tensor:
    """Labels of all samples: those given, or what the network predicts."""
    if posed.labels is not None:
        return resolve_labels(score, posed.labels, outputs, len(posed.samples)).cpu()

    def predicted(start: int, rows: int) -> Tensor:
        part = placed(posed.samples[start : start + rows].clone(), posed.whole)  # a network may write into its input
        return resolve_labels(score, None, run(posed.whole, part, posed.output), rows).cpu()

    fits = size if posed.whole is posed.network else min(size, _WHOLE)
    return torch.cat([part for _, _, part in in_batches(len(posed.samples), fits, predicted)])
