"""All AND (Harsanyi) interactions of one score vector: ours against shapiq's exact Moebius transform."""

from __future__ import annotations

import time

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measure import peak_mebibytes, processor_seconds
from benchmarks.report import Row, Settings, Table
from benchmarks.vectors import planted
from harsanyi.core.coalitions import coalition_players
from harsanyi.core.transforms import and_interactions

_PLAYERS = (10, 12, 14)
_TARGET = 5_000  # times less processor time at n = 14

Scores = NDArray[np.float64]


def run(settings: Settings) -> list[Table]:
    """The comparison at each number of players."""
    rows = [_compare(n, 3 if settings.quick else 7) for n in settings.chosen(_PLAYERS)]
    notes = [
        "One float64 score vector (planted); processor seconds of one call, medians.",
        "shapiq: ExactComputer(game, n)('Moebius'), a fresh object a call; its game looks up a table of the scores, "
        "so that no model is measured; 'look-up share' is the part of its time spent there.",
        "Peak memory above the imports, the result included; below about 0.5 MiB it is the kernel's rounding.",
        f"Target: a ratio of at least {_TARGET:,} at n = 14.",
    ]
    return [Table("AND interactions: harsanyi against shapiq", rows, notes)]


class TableGame:
    """A game that looks its values up, and keeps the processor time spent on that."""

    def __init__(self, scores: Scores) -> None:
        self.scores = scores
        self.weights = 1 << np.arange(len(scores).bit_length() - 1)
        self.seconds = 0.0

    def __call__(self, coalitions: NDArray[np.bool_]) -> Scores:
        start = time.process_time()
        values: Scores = self.scores[coalitions @ self.weights]
        self.seconds += time.process_time() - start
        return values


def ours(scores: Scores | None) -> Scores:
    """AND interactions by `and_interactions` (of a tiny game if there are no scores)."""
    result: Scores = and_interactions(torch.from_numpy(np.arange(4.0) if scores is None else scores)).numpy()
    return result


def theirs(scores: Scores | None) -> Scores:
    """The same by shapiq's exact computer, in the order of the coalition index."""
    return _in_our_order(*_shapiq(np.arange(4.0) if scores is None else scores)[:2])


def _shapiq(scores: Scores) -> tuple[object, int, float]:
    """The peer's answer, its number of players, and the processor time of the game within."""
    from shapiq import ExactComputer

    game = TableGame(scores)
    n = len(game.weights)
    return ExactComputer(game, n_players=n)("Moebius"), n, game.seconds


def _in_our_order(values: object, n: int) -> Scores:
    """The peer's values by coalition index."""
    return np.array([values[coalition_players(index)] for index in range(1 << n)])  # type: ignore[index]


def _compare(n: int, repeats: int) -> Row:
    """One row: times, ratio, agreement and peak memory at n players."""
    scores = planted(n, 1)[0][0].numpy()
    look_ups: list[float] = []
    answers: list[object] = []

    def peer() -> None:
        values, _, seconds = _shapiq(scores)
        look_ups.append(seconds)
        answers[:] = [values]

    ours(None)
    theirs(None)
    our_seconds = processor_seconds(lambda: ours(scores), repeats=9, calls=200)
    peer_seconds = processor_seconds(peer, repeats)
    return {
        "n": n,
        "shapiq CPU s": peer_seconds,
        "look-up share": sum(look_ups) / len(look_ups) / peer_seconds,
        "ours CPU s": our_seconds,
        "ratio": peer_seconds / our_seconds,
        "largest |score|": float(np.abs(scores).max()),
        "largest difference": float(np.abs(ours(scores) - _in_our_order(answers[0], n)).max()),
        "shapiq MiB": peak_mebibytes(theirs, scores),
        "ours MiB": peak_mebibytes(ours, scores),
    }
