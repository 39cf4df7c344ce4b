"""Batched masked inference: the scores of all 2**n coalitions of each sample, or of chosen ones."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import isfinite

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from harsanyi.core.coalitions import MAX_PLAYERS, coalition_index, coalition_masks, coalition_name
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.game.masking import Masking
from harsanyi.game.network import Network, OutputChoice, evaluation_mode, out_of_memory, run
from harsanyi.game.scores import Score, columns_of

_LOG = logging.getLogger(__name__)
# What all modules together write for one batch: enough to keep the device busy, and no more than its caches hold well.
_BEST_BYTES = {"cpu": 1 << 21, "cuda": 1 << 30}
_MOST_BYTES = {"cpu": 1 << 25, "cuda": 1 << 32}
_FEWEST, _FEWEST_BYTES = 16, 1 << 30  # so many inputs share the weights a large network reads, unless they need more
_SHARED_MASK = 1 << 23  # bytes of masks kept for the samples that share them
_SMALL_BATCH, _LARGE_BATCH = 4096, 1 << 14  # below the one, the cost of each call shows; above the other nothing is won


def batch_size_for(bytes_per_sample: int, device: torch.device) -> int:
    """Batch size, a power of two, for a network that writes so many bytes for one input.

    Depends on the network and the device alone, so that a run can be repeated to the last bit.
    """
    best, most = (sizes.get(device.type, sizes["cpu"]) // bytes_per_sample for sizes in (_BEST_BYTES, _MOST_BYTES))
    fitting = min(max(best, _SMALL_BATCH), most, _LARGE_BATCH)
    fitting = max(1, fitting, min(_FEWEST, _FEWEST_BYTES // bytes_per_sample))
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
    draws: int = 1,
) -> Float[Tensor, "samples coalitions ..."]:
    """Scores of all coalitions of each sample, equal masked inputs evaluated once.

    Args:
        network: any callable or module of a batch of masked values and of the context of its maskings, if any; run in
            evaluation mode without gradients.
        maskings: all with n players, on the device and in the dtype of the network; called samples below.
        labels: int64 (samples, ...).
        score: of the outputs and labels of a batch.
        batch_size: masked inputs at once; halved whenever memory runs out.
        output: which output to score, see `select_output`.
        advance: called with the number of masked inputs done; never changes the batching.
        first_sample: position of the first sample among all, for messages.
        draws: how many maskings belong to one sample, for messages.

    Returns:
        float64 (samples, 2**n), on the device of the maskings; (samples, 2**n, columns) for the score `Each`.

    Raises:
        NetworkError: the network fails, or a score is not finite (says which sample and coalition).
    """
    n = len(maskings[0].names)
    masks = coalition_masks(n, maskings[0].sample.device)
    acting = [tuple(masking.acting()) for masking in maskings]
    tables = {players: _distinct(masks, players) for players in set(acting)}
    rows = _Rows(maskings, [tables[players][0] for players in acting])
    with evaluation_mode(network):
        flat = _run_all(network, rows, labels, score, batch_size, output, advance)
    if rows.total == len(maskings) * len(masks):  # no two masked inputs of a sample are equal
        scores = flat.view(len(maskings), -1, *flat.shape[1:])
    else:
        parts = zip(flat.split(rows.counts), acting, strict=True)
        scores = torch.stack([part[tables[players][1]] for part, players in parts])
    _check_finite(scores, masks, maskings, first_sample, draws)
    return scores


def evaluate_chosen(
    network: Network,
    maskings: Sequence[Masking],
    coalitions: Bool[Tensor, "rows n"],
    labels: Tensor,
    score: Score,
    *,
    batch_size: int,
    output: OutputChoice = None,
    advance: Callable[[int], None] = lambda rows: None,
    first_sample: int = 0,
    draws: int = 1,
) -> Float[Tensor, "samples rows ..."]:
    """Scores of the same chosen coalitions of each sample, of any number of players.

    Where there are more of them than different coalitions of so many players, equal ones are evaluated once.

    Args:
        coalitions: bool (rows, n), on the device of the maskings.
        network, maskings, labels, score, batch_size, output, advance, first_sample, draws: as for `evaluate`.

    Returns:
        float64 (samples, rows), on the device of the maskings; (samples, rows, columns) for the score `Each`.

    Raises:
        NetworkError: as `evaluate`.
    """
    n, position = coalitions.shape[1], None
    if len(coalitions) >> n:
        bits = 1 << torch.arange(n, device=coalitions.device)
        first, position = (coalitions.long() * bits).sum(1).unique(return_inverse=True)
        coalitions = first[:, None] & bits != 0
    rows = _Rows(maskings, [coalitions] * len(maskings))
    with evaluation_mode(network):
        flat = _run_all(network, rows, labels, score, batch_size, output, advance)
    scores = flat.view(len(maskings), -1, *flat.shape[1:])
    _check_finite(scores, coalitions, maskings, first_sample, draws)
    return scores if position is None else scores[:, position]


def _check_finite(
    scores: Tensor, coalitions: Tensor, maskings: Sequence[Masking], first_sample: int, draws: int
) -> None:
    """Refuse scores (samples, rows, ...) that are not finite; says of which sample and coalition."""
    if all(map(isfinite, torch.stack(scores.aminmax()).tolist())):  # no scores as large again are written
        return
    place = tuple((~scores.isfinite()).nonzero()[0].tolist())
    sample, row = place[:2]
    raise NetworkError(
        f"the score is {float(scores[place])} for sample {first_sample + sample // draws} at "
        f"{_told(coalitions[row].nonzero().flatten().tolist(), maskings[sample].names)}: the network's outputs, or "
        "the score function, are not finite there"
    )


def _told(players: Sequence[int], names: tuple[str, ...]) -> str:
    """A coalition in words that stay short."""
    if len(names) > MAX_PLAYERS:
        return f"a coalition of {len(players)} of the {len(names)} players"
    coalition = coalition_index(players)
    return f"coalition {coalition} (players {coalition_name(coalition, names)})"


def _distinct(masks: Tensor, players: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Coalitions of the acting players only, one for each distinct masked input, and for every coalition its row."""
    position = torch.zeros(len(masks), dtype=torch.int64, device=masks.device)
    others = torch.zeros(len(masks), dtype=torch.bool, device=masks.device)
    for bit, player in enumerate(players):
        position += masks[:, player].long() << bit
    for player in set(range(masks.shape[1])) - set(players):
        others |= masks[:, player]
    return masks[~others], position


class _Rows:
    """All distinct masked inputs of a block of samples, one after the other, built a batch at a time."""

    def __init__(self, maskings: Sequence[Masking], coalitions: list[Tensor]) -> None:
        self._maskings, self._coalitions = maskings, coalitions
        self.sample = maskings[0].sample
        self._shown: dict[tuple[int, int], Tensor] = {}
        self.counts = [len(part) for part in coalitions]
        self._starts = [0, *accumulate(self.counts)]
        self.total = self._starts[-1]

    def fill(self, start: int, buffer: Tensor) -> None:
        """Write the masked inputs from row start on into the buffer."""
        size, written = len(buffer), 0
        sample = bisect_right(self._starts, start) - 1
        while written < size:
            first = start + written - self._starts[sample]
            more = min(size - written, self.counts[sample] - first)
            shown = self._shown_by(sample, first, first + more)
            self._maskings[sample].show(shown, out=buffer[written : written + more])
            written, sample = written + more, sample + 1

    def context(self, start: int, size: int) -> tuple[Tensor, ...]:
        """The context of so many rows from row start on."""
        sample, parts = bisect_right(self._starts, start) - 1, []
        while size > 0:
            rows = min(size, self._starts[sample + 1] - start)
            parts.append(tuple(values.expand(rows, *values.shape) for values in self._maskings[sample].context))
            start, size, sample = start + rows, size - rows, sample + 1
        return parts[0] if len(parts) == 1 else tuple(torch.cat(values) for values in zip(*parts, strict=True))

    def _shown_by(self, sample: int, first: int, last: int) -> Tensor:
        """What some coalitions show; worked out once for samples with the same players where that is small."""
        masking, coalitions = self._maskings[sample], self._coalitions[sample]
        if masking.regions.numel() * len(coalitions) > _SHARED_MASK:
            return masking.shown(coalitions[first:last])
        key = (id(masking.regions), id(coalitions))
        if key not in self._shown:
            self._shown = {key: masking.shown(coalitions)}  # only the last one: samples come in order
        return self._shown[key][first:last]


def _run_all(
    network: Network,
    rows: _Rows,
    labels: Tensor,
    score: Score,
    batch_size: int,
    output: OutputChoice,
    advance: Callable[[int], None],
) -> Tensor:
    labels = labels.to(rows.sample.device).repeat_interleave(torch.tensor(rows.counts, device=rows.sample.device), 0)
    flat = torch.empty(rows.total, *columns_of(score), dtype=torch.float64, device=rows.sample.device)
    buffer = rows.sample.new_empty(0)

    def score_batch(start: int, size: int) -> Tensor:
        nonlocal buffer
        if len(buffer) != size:
            buffer = rows.sample.new_empty(0)  # the old one is let go before a new one is made
            buffer = rows.sample.new_empty(size, *rows.sample.shape)
        rows.fill(start, buffer)
        outputs = run(network, buffer, output, rows.context(start, size))
        return score(outputs, labels[start : start + size].to(outputs.device))

    for start, size, values in in_batches(rows.total, batch_size, score_batch):
        flat[start : start + size] = check_scores(values, size, columns_of(score))
        advance(size)
    return flat


def in_batches(total: int, batch_size: int, work: Callable[[int, int], Tensor]) -> Iterator[tuple[int, int, Tensor]]:
    """Start, size and result of one batch after the other; the size halves whenever memory runs out.

    Args:
        total: number of rows.
        batch_size: rows at once, to begin with.
        work: result of the rows from a start on, of a size.

    Raises:
        NetworkError: memory runs out on a batch of one.
    """
    start = 0
    while start < total:
        size = min(batch_size, total - start)
        try:
            result = work(start, size)
        except Exception as error:
            if not out_of_memory(error):
                raise
            if size == 1:
                raise NetworkError("memory ran out on a batch of one input") from error
            batch_size = size // 2
            _LOG.info("memory ran out; batch size halved to %d", batch_size)
            continue
        yield start, size, result
        start += size


def check_scores(values: Tensor, size: int, columns: tuple[int, ...] = ()) -> Tensor:
    """Return what a score function returned if it is one number a sample, or so many as there are columns."""
    if not isinstance(values, Tensor) or values.shape != (size, *columns):
        given = f"shape {tuple(values.shape)}" if isinstance(values, Tensor) else type(values).__name__
        raise ArgumentError("score", f"a function returning {given}", f"one number a sample, shape ({size},)")
    return values
