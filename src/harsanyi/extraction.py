"""The front door: from a network and samples to certified AND-OR interactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harsanyi.collected import Collected
from harsanyi.core.coalitions import MAX_PLAYERS, check_players
from harsanyi.core.errors import ArgumentError
from harsanyi.core.memory import require_memory
from harsanyi.core.split import Split, solve_split, split_memory, warn_missed
from harsanyi.game.coalition_function import CoalitionFunction, evaluate_function
from harsanyi.game.evaluate import batch_size_for, check_scores, evaluate, in_batches
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice, evaluation_mode, output_bytes_per_sample, placed, run
from harsanyi.game.players.tabular import Columns
from harsanyi.game.scores import LogOdds, Score, resolve_labels, warn_of_probabilities
from harsanyi.interactions import Interactions
from harsanyi.progress import Clock, Progress, described, provenance, shown

_BLOCK = 1 << 17  # score entries evaluated and split together
_BLOCK_BYTES = 1 << 26  # of their samples
_PROBE = 2  # unmasked samples the network is tried on first


def extract(
    network: Network,
    inputs: Any,
    labels: Tensor | Sequence[int] | int | None = None,
    *,
    players: Players,
    score: Score | None = None,
    noise: float = 0.02,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
    output: OutputChoice = None,
    batch_size: int | None = None,
    keep_inputs: bool = True,
    progress: Progress = True,
) -> Interactions:
    """Sparsest AND-OR interactions that reproduce a network's score on every masked version of each sample.

    Args:
        network: a module or any callable of a batch of inputs; run in evaluation mode without gradients, on its own
            device and in its own dtype.
        inputs: samples, (samples, ...): a tensor, an array or a DataFrame (whose columns name the players).
        labels: class of each sample, integers (samples,); one class for all; or nothing for the predicted class.
        players: `Columns`, `Patches`, `Regions`, or any object with their two methods.
        score: `LogOdds()` (default), `Logit()`, `LogProbability()`, `BinaryLogit()`, `Output()`, or a function of
            (outputs, labels) that returns one number a sample.
        noise: error allowed on every score, as a share of |v(N) - v(empty)| of the sample; 0 is exact. The papers
            use 0.02 (2407.19198) and 0.04 (2409.08712).
        max_gap: certified relative gap of the sparsity objective, in (0, 1].
        max_iterations: of the solver, for a sample.
        output: which output of the network to score: a key, a position or a function; see `select_output`.
        batch_size: masked inputs at once; nothing chooses it from the network, halving it when memory runs out.
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
        >>> network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
        >>> result = extract(network, torch.rand(5, 4), players=Columns(), progress=False)
        >>> len(result), result.n, bool(result.converged.all())
        (5, 4, True)

    Source: score and masking of 2405.10262 and 2409.08712; the solver is ours.
    """
    score = LogOdds() if score is None else score
    if isinstance(score, type) or not callable(score):
        raise ArgumentError("score", described(score), "LogOdds(), another score object, or a function")
    _check_numbers(noise, max_gap, max_iterations, batch_size)
    noise, max_gap = float(noise), float(max_gap)
    if isinstance(players, type) or not hasattr(players, "maskings"):
        raise ArgumentError("players", _name(players), "Columns(), Patches(...), Regions(...) or an object like them")
    players = _named(players, inputs)
    samples = _as_samples(inputs)
    n = players.check(samples)
    require_memory(_needed_bytes(n, len(samples)), n, torch.device("cpu"), "players")
    probe = placed(samples[:_PROBE], network)
    with evaluation_mode(network):
        outputs, row_bytes = output_bytes_per_sample(network, probe, output)
        size = int(batch_size or batch_size_for(row_bytes, probe.device))
        resolved = (
            resolve_labels(score, labels, outputs, len(samples)).cpu()
            if labels is not None
            else _predicted_labels(network, samples, score, output, size)
        )
        warn_of_probabilities(score, outputs)
        check_scores(score(outputs[:1], resolved[:1].to(outputs.device)), 1)
    clock, collected = Clock(), Collected()
    with shown(progress, len(samples) << n) as advance:
        for block in torch.arange(len(samples)).split(_block(n, samples)):
            first = int(block[0])
            with clock("network"):
                maskings = players.maskings(placed(samples[block], network), first)
                done = advance.done + (len(block) << n)
                scores = evaluate(
                    network, maskings, resolved[block], score, batch_size=size, output=output, advance=advance,
                    first_sample=first,
                )  # fmt: skip
                advance(done - advance.done)  # equal masked inputs count as done
            with clock("split"):
                split = _split(scores, noise, max_gap, max_iterations)
            collected.add(scores, split, [masking.names for masking in maskings])
            collected.add_regions(maskings)
    record = provenance(
        clock, noise=noise, max_gap=max_gap, max_iterations=max_iterations, network=_name(network),
        players=described(players), score=described(score), output=described(output),
        labels="predicted" if labels is None else "given", device=str(probe.device), dtype=str(probe.dtype),
        batch_size=size,
    )  # fmt: skip
    result = collected.joined(resolved, noise, samples if keep_inputs else None, record)
    warn_missed(torch.from_numpy(result.gap), max_gap, max_iterations, stacklevel=3)
    return result


def extract_game(
    game: CoalitionFunction,
    n: int | None = None,
    *,
    names: Sequence[str] | None = None,
    noise: float = 0.02,
    max_gap: float = 0.01,
    max_iterations: int = 20_000,
    batch_size: int = 1 << 14,
    progress: Progress = True,
) -> Interactions:
    """Sparsest AND-OR interactions of a function of coalitions, as shapiq's games are.

    Args:
        game: takes a boolean NumPy matrix (batch, n), True where a player is present, and returns (batch,).
        n: number of players; nothing takes `game.n_players`.
        names: of the players; "player 0", … without.
        noise: error allowed on every score, as a share of |v(N) - v(empty)|; 0 is exact.
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
    """
    _check_numbers(noise, max_gap, max_iterations, batch_size)
    n = getattr(game, "n_players", None) if n is None else n
    if n is None:
        raise ArgumentError("n", None, "the number of players", "This game has no n_players")
    if not isinstance(n, int | np.integer):
        raise ArgumentError("n", n, f"1 to {MAX_PLAYERS}, a whole number")
    check_players(n)
    if names is not None and len(names) != n:
        raise ArgumentError("names", f"{len(names)} names", f"{n}, one for each player")
    require_memory(_needed_bytes(n, 1), n, torch.device("cpu"), "n")
    clock, collected = Clock(), Collected()
    with shown(progress, 1 << n) as advance, clock("network"):
        scores = evaluate_function(game, n, batch_size, advance)[None]
    with clock("split"):
        split = _split(scores, noise, max_gap, max_iterations)
    chosen = names if names is not None else [f"player {i}" for i in range(n)]
    collected.add(scores, split, [tuple(map(str, chosen))])
    record = provenance(clock, noise=noise, max_gap=max_gap, max_iterations=max_iterations, game=_name(game))
    result = collected.joined(torch.tensor([-1]), noise, None, record)
    warn_missed(torch.from_numpy(result.gap), max_gap, max_iterations, stacklevel=3)
    return result


def _check_numbers(noise: float, max_gap: float, max_iterations: int, batch_size: int | None) -> None:
    if not 0 <= noise < float("inf"):
        raise ArgumentError("noise", noise, "a share >= 0 of the score range")
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    if batch_size is not None and batch_size < 1:
        raise ArgumentError("batch_size", batch_size, "a number >= 1, or nothing")


def _named(players: Players, inputs: Any) -> Players:
    """Columns take their names from a DataFrame that has some."""
    if isinstance(players, Columns) and players.names is None and hasattr(inputs, "columns"):
        return replace(players, names=[str(name) for name in inputs.columns])
    return players


def _as_samples(inputs: Any) -> Tensor:
    try:
        array = inputs.to_numpy() if hasattr(inputs, "to_numpy") else inputs
        if isinstance(array, np.ndarray) and (not array.flags.writeable or min(array.strides, default=0) < 0):
            array = array.copy()  # what torch cannot share
        samples = torch.as_tensor(array)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError("inputs", f"{type(inputs).__name__} ({error})", "numbers, (samples, ...)") from error
    if samples.ndim < 2 or len(samples) == 0:
        raise ArgumentError("inputs", f"shape {tuple(samples.shape)}", "(samples, ...), at least one sample")
    if samples.is_floating_point() and not bool(samples.isfinite().all()):
        sample = int((~samples.isfinite()).flatten(1).any(1).nonzero()[0])
        raise ArgumentError("inputs", f"a value that is not finite in sample {sample}", "finite numbers")
    return samples.detach()


def _block(n: int, samples: Tensor) -> int:
    """Samples evaluated and split together."""
    sample_bytes = 8 * samples[0].numel()  # what players may add to each: a baseline, a map of regions
    return max(1, min(_BLOCK >> n, _BLOCK_BYTES // sample_bytes))


def _needed_bytes(n: int, samples: int) -> int:
    cpu = torch.device("cpu")
    return 4 * 8 * samples * (1 << n) + split_memory(n, min(samples, max(1, _BLOCK >> n)), cpu)


def _predicted_labels(network: Network, samples: Tensor, score: Score, output: OutputChoice, size: int) -> Tensor:
    def predicted(start: int, rows: int) -> Tensor:
        part = placed(samples[start : start + rows].clone(), network)  # a network may write into its input
        return resolve_labels(score, None, run(network, part, output), rows).cpu()

    return torch.cat([part for _, _, part in in_batches(len(samples), size, predicted)])


def _split(scores: Tensor, noise: float, max_gap: float, max_iterations: int) -> Split:
    return solve_split(scores, noise * (scores[:, -1] - scores[:, 0]).abs(), max_gap, max_iterations)


def _name(thing: Any) -> str:
    """Name of a function, or of the class of anything else."""
    return getattr(thing, "__name__", type(thing).__name__)
