"""The front door to the layers: the interactions of every probe of a network and of the network itself, at once."""

from __future__ import annotations

from typing import Any

import torch

from harsanyi.extraction import answered, check_numbers, question_record
from harsanyi.game.asking import Labels
from harsanyi.game.asking_layers import OUTPUT, ask_layers
from harsanyi.game.masking import Players
from harsanyi.game.network import OutputChoice
from harsanyi.game.posing import PosingPlayers
from harsanyi.game.probes import Probes
from harsanyi.game.scores import LogOdds, Score
from harsanyi.interactions import Interactions
from harsanyi.progress import Progress


def extract_layers(
    network: torch.nn.Module,
    probes: Probes,
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
    autocast: str | None = None,
    keep_inputs: bool = True,
    progress: Progress = True,
) -> dict[str, Interactions]:
    """Interactions of every layer that probes read, and of the network itself, from one forward pass of each input.

    Args:
        network: the module that the probes were trained on, with the same weights.
        probes: of its layers, see `harsanyi.training.train_probes`.
        inputs: as for `extract`, and so all that follows.
        labels: of the samples; nothing for the class that the network itself predicts, the same in every layer.
        players: of the samples.
        score: of the logits of each layer.
        noise: error allowed on every score, as a share of |v(N) - v(empty)| of the sample in that layer.
        max_gap: certified relative gap of the sparsity objective, in (0, 1].
        max_iterations: of the solver, for a sample.
        output: which output of the network are its logits.
        batch_size: masked inputs at once.
        autocast: "bfloat16" or "float16", or nothing.
        keep_inputs: store the samples in the results, for their pictures.
        progress: as for `extract`.

    Returns:
        `Interactions` by the name of the layer, the lowest first; the network itself, last, is "output".

    Raises:
        ArgumentError: probes of another network, or as `extract`.
        NetworkError: as `extract`.

    Warns:
        NotConvergedWarning: a sample kept a larger gap than `max_gap`.

    Example:
        >>> from harsanyi import Columns
        >>> from harsanyi.training import train_probes
        >>> from harsanyi.zoo import load_data, mlp5
        >>> wine, network = load_data("wine", standardise=True), mlp5(13, classes=3)
        >>> probes = train_probes(network, wine.train_inputs, wine.train_labels, layers=["1", "5"], progress=False)
        >>> found = extract_layers(network, probes, wine.test_inputs[:2], players=Columns([0, 6, 9]), progress=False)
        >>> list(found), len(found["5"])
        (['1', '5', 'output'], 2)

    Source: 2409.08712; reading all layers in one pass is ours.
    """
    score = LogOdds() if score is None else score
    check_numbers(noise, max_gap, max_iterations, batch_size)
    asked = ask_layers(network, probes, inputs, labels, players=players, score=score, output=output,
                       batch_size=batch_size, autocast=autocast)  # fmt: skip
    names, how = (*probes.layers, OUTPUT), question_record(network, players, score, output, labels)
    columns = [{**how, "layer": name} for name in names]
    found = answered(asked, columns, float(noise), float(max_gap), max_iterations, keep_inputs, progress)
    return dict(zip(names, found, strict=True))
