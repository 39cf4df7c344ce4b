"""Batched masked inference: the scores of all 2**n coalitions of each sample."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import coalition_masks, coalition_name
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.masking import Masking
from harsanyi.game.network import Network, OutputChoice, evaluation_mode, out_of_memory, run
from harsanyi.game.scores import Score

_LOG = logging.getLogger(__name__)
_ACTIVATION_BYTES = {"cpu": 1 << 25, "cuda": 1 << 30}  # what all modules write for one batch: caches, or occupancy
_LARGEST_BATCH = 1 << 14


def batch_size_for(bytes_per_sample: int, device: torch.device) -> int:
    """Batch size, a power of two, at which the activations of a batch stay near a target for the device.

    Depends on the network and the device alone, so that a run can be repeated to the last bit.
    """
    target = _ACTIVATION_BYTES.get(device.type, 1 << 25)
    fitting = max(32, min(_LARGEST_BATCH, target // max(1, bytes_per_sample)))
    return 1 << (fitting.bit_length() - 1)


def evaluate(
    network: Network,
    maskings: Sequence[Masking],
    labels: Tensor,
    score: Score,
    *,
    batch_size: int,
    output: OutputChoice = None,
    advance: Callable[[int], None] = lambda rows: None,
    first_sample: int = 0,
) -> Float[Tensor, "samples coalitions"]:
    """Scores of all coalitions of each sample, equal masked inputs evaluated once.

    Args:
        network: any callable or module; run in evaluation mode without gradients.
        maskings: one a sample, all with n players, on the device and in the dtype of the network.
        labels: int64 (samples,).
        score: of the outputs and labels of a batch.
        batch_size: masked inputs at once; halved whenever memory runs out.
        output: which output to score, see `select_output`.
        advance: called with the number of masked inputs done; never changes the batching.
        first_sample: position of the first sample among all, for messages.

    Returns:
        float64 (samples, 2**n), on the device of the maskings.

    Raises:
        NetworkError: the network fails, or a score is not finite (says which sample and coalition).
    """
    n = len(maskings[0].names)
    masks = coalition_masks(n, maskings[0].sample.device)
    acting = [masking.acting() for masking in maskings]
    rows = _Rows(maskings, [_distinct(masks, players) for players in acting])
    with evaluation_mode(network):
        flat = _run_all(network, rows, labels, score, batch_size, output, advance)
    scores = torch.stack(
        [part[_position(masks, players)] for part, players in zip(flat.split(rows.counts), acting, strict=True)]
    )
    if not bool(scores.isfinite().all()):
        sample, coalition = (~scores.isfinite()).nonzero()[0].tolist()
        raise NetworkError(
            f"the score is {float(scores[sample, coalition])} for sample {first_sample + sample} at coalition "
            f"{coalition} (players {coalition_name(coalition, maskings[sample].names)}): the network's outputs, or "
            "the score function, are not finite there"
        )
    return scores


def _distinct(masks: Tensor, players: list[int]) -> Tensor:
    """Coalitions of the acting players only: one for each distinct masked input, (2**len(players), n)."""
    others = torch.ones(masks.shape[1], dtype=torch.bool, device=masks.device)
    others[players] = False
    return masks[~(masks & others).any(1)]


def _position(masks: Tensor, players: list[int]) -> Tensor:
    """For every coalition the row of its masked input among the distinct ones."""
    bits = torch.tensor([1 << i for i in range(len(players))], device=masks.device)
    return (masks[:, players] * bits).sum(1)


class _Rows:
    """All distinct masked inputs of a block of samples, one after the other, built a batch at a time."""

    def __init__(self, maskings: Sequence[Masking], coalitions: list[Tensor]) -> None:
        self._maskings, self._coalitions = maskings, coalitions
        self.counts = [len(part) for part in coalitions]
        self.total = sum(self.counts)

    def fill(self, start: int, buffer: Tensor) -> None:
        """Write the masked inputs from row start on into the buffer."""
        written, begin = 0, 0
        for masking, coalitions in zip(self._maskings, self._coalitions, strict=True):
            first, end = max(start + written - begin, 0), min(start + len(buffer) - begin, len(coalitions))
            if first < end:
                masking.apply(coalitions[first:end], out=buffer[written : written + end - first])
                written += end - first
            begin += len(coalitions)
            if written == len(buffer):
                return


def _run_all(
    network: Network,
    rows: _Rows,
    labels: Tensor,
    score: Score,
    batch_size: int,
    output: OutputChoice,
    advance: Callable[[int], None],
) -> Tensor:
    sample = rows._maskings[0].sample
    labels = labels.to(sample.device).repeat_interleave(torch.tensor(rows.counts, device=sample.device))
    flat = torch.empty(rows.total, dtype=torch.float64, device=sample.device)
    start, buffer = 0, sample.new_empty(0)
    while start < rows.total:
        size = min(batch_size, rows.total - start)
        try:
            if len(buffer) != size:
                buffer = sample.new_empty(size, *sample.shape)
            rows.fill(start, buffer)
            values = score(run(network, buffer, output), labels[start : start + size])
        except Exception as error:
            if not out_of_memory(error):
                raise
            if batch_size == 1:
                raise NetworkError("memory ran out on a batch of one masked input") from error
            batch_size, buffer = max(1, batch_size // 2), sample.new_empty(0)
            _LOG.info("memory ran out; batch size halved to %d", batch_size)
            continue
        flat[start : start + size] = check_scores(values, size)
        start += size
        advance(size)
    return flat


def check_scores(values: Tensor, size: int) -> Tensor:
    """Return what a score function returned if it is one number a sample."""
    if not isinstance(values, Tensor) or values.shape != (size,):
        given = f"shape {tuple(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
        raise ArgumentError("score", f"a function returning {given}", f"one number a sample, shape ({size},)")
    return values
