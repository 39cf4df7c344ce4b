"""The front door: from a network and samples to certified AND-OR interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harsanyi.collected import Collected
from harsanyi.core.coalitions import MAX_PLAYERS, check_players
from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import require_memory
from harsanyi.core.solver import split_memory
from harsanyi.core.split import Split, solve_split, warn_missed
from harsanyi.game.asking import Asked, Labels, ask, most_samples
from harsanyi.game.coalition_function import CoalitionFunction, evaluate_function
from harsanyi.game.masking import Players, check_room
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.scores import LogOdds, Score, labels_record
from harsanyi.interactions import Interactions
from harsanyi.progress import Clock, Progress, described, provenance, shown


def extract(
    network: Network,
    inputs: Any,
    labels: Labels = None,
    *,
    players: Players | PosingPlayers,
    score: Score | None = None,
    noise: float = 0.02,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
    output: OutputChoice = None,
    batch_size: int | None = None,
    autocast: str | torch.dtype | None = None,
    keep_inputs: bool = True,
    progress: Progress = True,
) -> Interactions:
    """Sparsest AND-OR interactions that reproduce a network's score on every masked version of each sample.

    Args:
        network: a module or any callable of a batch of inputs; run in evaluation mode without gradients, on its own
            device and in its own dtype.
        inputs: samples, (samples, ...): a tensor, an array or a DataFrame (whose columns name the players); for
            `Words`, sentences.
        labels: class of each sample, whole numbers (samples,); one class for all; or nothing for the predicted class.
            A function as score is given any numbers, such as the targets of a regression. For language models, the
            tokens or texts that `NextToken` and `Continuation` score.
        players: `Columns`, `Patches`, `Regions`, `Superpixels`, `Words`, `Clusters`, or any object with the methods
            `check` and `maskings`.
        score: `LogOdds()` (default), `Logit()`, `LogProbability()`, `BinaryLogit()`, `Output()`, for language models
            `NextToken()` or `Continuation()`, or a function of (outputs, labels) that returns one number a sample.
        noise: error allowed on every score, as a share of |v(N) - v(empty)| of the sample; 0 is exact. The papers
            use 0.02 (2407.19198) and 0.04 (2409.08712).
        max_gap: certified relative gap of the sparsity objective, in (0, 1].
        max_iterations: of the solver, for a sample.
        output: which output of the network to score: a key, a position or a function; see `select_output`.
        batch_size: masked inputs at once; nothing chooses it from the network, halving it when memory runs out.
        autocast: "bfloat16" or "float16" to run the network under torch.autocast. Up to eight samples are
            also scored in full precision, and `provenance` says how far their scores were off; a warning where that
            is more than `noise` allows.
        keep_inputs: store the samples in the result, for its pictures.
        progress: a bar when the work is long (True), none (False), or a function of (masked inputs done, in all).

    Returns:
        The `Interactions` of all samples. Memory grows with the result only.

    Raises:
        ArgumentError: an argument that cannot be used; before any long work.
        NetworkError: the network fails, or its outputs cannot be scored.

    Warns:
        NotConvergedWarning: a sample kept a larger gap than `max_gap`.

    Example:
        >>> from harsanyi import Columns
        >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
        >>> result = extract(network, torch.rand(5, 4), players=Columns(), progress=False)
        >>> len(result), result.n, bool(result.converged.all())
        (5, 4, True)

    Source: score and masking of 2405.10262 and 2409.08712; the solver is ours.
    """
    score = LogOdds() if score is None else score
    check_numbers(noise, max_gap, max_iterations, batch_size)
    noise, max_gap = float(noise), float(max_gap)
    asked = ask(
        network, inputs, labels, players=players, score=score, output=output, batch_size=batch_size, autocast=autocast
    )
    how = question_record(network, players, score, output, labels)
    return answered(asked, [how], noise, max_gap, max_iterations, keep_inputs, progress)[0]


def question_record(
    network: Network, players: Any, score: Score, output: OutputChoice, labels: Labels
) -> dict[str, Any]:
    """What was asked, for the record; JSON types only."""
    return {"network": _name(network), "players": described(players), "score": described(score),
            "output": described(output), "labels": labels_record(score, labels)}  # fmt: skip


def answered(
    asked: Asked,
    columns: Sequence[Mapping[str, Any]],
    noise: float,
    max_gap: float,
    max_iterations: int,
    keep_inputs: bool,
    progress: Progress,
) -> list[Interactions]:
    """Ask for the scores of all samples and split them, block by block.

    Args:
        asked: the question.
        columns: for each of the scores that it gives for a coalition, what its result has on record beside the rest.
        noise: error allowed on every score, as a share of |v(N) - v(empty)| of the sample.
        max_gap: certified relative gap of the sparsity objective.
        max_iterations: of the solver, for a sample.
        keep_inputs: store the samples in the results.
        progress: as for `extract`.

    Returns:
        One result a column.

    Raises:
        ArgumentError: they do not fit into memory.
        NetworkError: the network fails.
    """
    check_room(len(columns) * _needed_bytes(asked.n, len(asked)), asked.n, asked.posed.players)
    clock, collected = Clock(), [Collected() for _ in columns]
    with shown(progress, asked.masked_inputs) as advance:
        for block in torch.arange(len(asked)).split(asked.block):
            with clock("network"):
                scores, maskings = asked.scores(int(block[0]), len(block), advance)
            each = scores[None] if scores.ndim == 2 else scores.movedim(-1, 0)
            with clock("split"), advance.doing("splitting"):
                split = split_within(each.flatten(0, 1), noise, max_gap, max_iterations)
            for column, (own, found) in enumerate(zip(each, collected, strict=True)):
                found.add(own, split, [masking.names for masking in maskings], column * len(block))
                found.add_regions(maskings)
    record = {"noise": noise, "max_gap": max_gap, "max_iterations": max_iterations}
    asked.error.warn(noise)
    results = [
        found.joined(asked.answers, noise, asked.posed.inputs if keep_inputs else None,
                     provenance(clock, **record, **own, **asked.record()))
        for found, own in zip(collected, columns, strict=True)
    ]  # fmt: skip
    warn_missed(torch.cat([torch.from_numpy(result.gap) for result in results]), max_gap, max_iterations)
    return results


def extract_game(
    game: CoalitionFunction,
    n: int | None = None,
    *,
    names: Sequence[str] | None = None,
    noise: float = 0.0,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
    batch_size: int = 1 << 14,
    progress: Progress = True,
) -> Interactions:
    """Sparsest AND-OR interactions of a function of coalitions, as shapiq's games are.

    Args:
        game: takes a boolean NumPy matrix (batch, n), True where a player is present, and returns (batch,).
        n: number of players; nothing takes `game.n_players`.
        names: of the players; without, those of `game.player_name_lookup`, else "player 0", ….
        noise: error allowed on every score, as a share of |v(N) - v(empty)|; 0 is exact, as most games are.
        max_gap: certified relative gap of the sparsity objective, in (0, 1].
        max_iterations: of the solver.
        batch_size: coalitions in one call of the game.
        progress: as for `extract`.

    Returns:
        `Interactions` of one sample.

    Raises:
        ArgumentError: an argument that cannot be used.
        NetworkError: the game returns another number of values, or values that are not finite.

    Example:
        >>> result = extract_game(lambda coalitions: coalitions.all(1).astype(float), 3, noise=0, progress=False)
        >>> round(result[0][0, 1, 2].and_, 3)
        1.0

    Source: as `extract`.
    """
    check_numbers(noise, max_gap, max_iterations, batch_size)
    n = getattr(game, "n_players", None) if n is None else n
    if n is None:
        raise ArgumentError("n", None, "the number of players", "This game has no n_players")
    if not isinstance(n, int | np.integer):
        raise ArgumentError("n", n, f"1 to {MAX_PLAYERS}, a whole number")
    check_players(n)
    lookup = getattr(game, "player_name_lookup", None)
    names = sorted(lookup, key=lookup.__getitem__) if names is None and lookup else names
    if names is not None and len(names) != n:
        raise ArgumentError("names", f"{len(names)} names", f"{n}, one for each player")
    require_memory(_needed_bytes(n, 1), n, torch.device("cpu"), "n")
    clock, collected = Clock(), Collected()
    with shown(progress, 1 << n) as advance:
        with clock("network"):
            scores = evaluate_function(game, n, batch_size, advance)[None]
        with clock("split"), advance.doing("splitting"):
            split = split_within(scores, noise, max_gap, max_iterations)
    chosen = names if names is not None else [f"player {i}" for i in range(n)]
    collected.add(scores, split, [tuple(map(str, chosen))])
    record = provenance(clock, noise=noise, max_gap=max_gap, max_iterations=max_iterations, game=_name(game))
    result = collected.joined(torch.tensor([-1]), noise, None, record)
    warn_missed(torch.from_numpy(result.gap), max_gap, max_iterations)
    return result


def check_numbers(noise: float, max_gap: float, max_iterations: int, batch_size: int | None) -> None:
    """Refuse numbers that `extract` does not take."""
    if not 0 <= noise < 1:
        raise ArgumentError("noise", noise, "a share of the score range in [0, 1), such as 0.02 for 2 %")
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    if batch_size is not None and batch_size < 1:
        raise ArgumentError("batch_size", batch_size, "a number >= 1, or nothing")


def _needed_bytes(n: int, samples: int) -> int:
    """Memory that the result and the split of so many samples take."""
    cpu = torch.device("cpu")
    return 4 * 8 * samples * (1 << n) + split_memory(n, min(samples, most_samples(n)), cpu)


def split_within(scores: Tensor, noise: float, max_gap: float, max_iterations: int) -> Split:
    """Sparsest split of scores (samples, 2**n) within a share of |v(N) - v(empty)| of each sample; warns of nothing."""
    return solve_split(scores, noise * (scores[:, -1] - scores[:, 0]).abs(), max_gap, max_iterations)


def _name(thing: Any) -> str:
    """Name of a function, or of the class of anything else."""
    return getattr(thing, "__name__", type(thing).__name__)
