"""Explain a network that lies in files: what `harsanyi explain` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.extraction import extract
from harsanyi.interactions import Interactions
from harsanyi.loading.network import build_network, load_checkpoint
from harsanyi.loading.players import players_from, read_players, score_from
from harsanyi.loading.samples import Samples, read_labels, read_samples
from harsanyi.report.folder import output_folder, write_folder


@dataclass(frozen=True)
class Explanation:
    """What to explain; the fields are the options of `harsanyi explain`.

    Attributes:
        network: `package.module:factory`.
        samples: file of samples.
        out: folder to write.
        network_options: keyword arguments of the factory.
        checkpoint: file of weights, or nothing.
        labels: file of labels, one class as a number, or nothing for the predicted class.
        label_column: column of a table of samples that holds the labels.
        players_file: YAML file of players, or nothing.
        players: options of players, see `players_from`; they override those of the file.
        score: name of the score.
        output: which output of the network to score.
        noise: share of |v(N) - v(empty)|.
        max_gap: certified relative gap.
        max_iterations: of the solver, for a sample.
        limit: only the first so many samples.
        batch_size: masked inputs at once.
        device: where to run the network.
        overwrite: replace the folder if it exists.
    """

    network: str
    samples: Path
    out: Path
    network_options: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Path | None = None
    labels: str | None = None
    label_column: str | None = None
    players_file: Path | None = None
    players: Mapping[str, Any] = field(default_factory=dict)
    score: str = "log-odds"
    output: str | int | None = None
    noise: float = 0.02
    max_gap: float = 0.01
    max_iterations: int = 20_000
    limit: int | None = None
    batch_size: int | None = None
    device: str | None = None
    overwrite: bool = False


def explain_files(request: Explanation) -> tuple[Interactions, list[Path]]:
    """Load, extract and write.

    Returns:
        The interactions and the files written.

    Raises:
        ArgumentError: anything in the request that cannot be used; before any long work.
        NetworkError: the network fails on the samples.
    """
    score = score_from(request.score)
    players = players_from(_player_options(request), request.label_column)
    samples = read_samples(request.samples, request.label_column)
    labels = _labels(request, samples)
    if request.limit is not None and request.limit < 1:
        raise ArgumentError("limit", request.limit, "a number >= 1")
    network = build_network(request.network, request.network_options)
    if request.checkpoint is not None:
        load_checkpoint(network, request.checkpoint)
    if request.device is not None and isinstance(network, torch.nn.Module):
        network.to(_device(request.device))
    inputs = _table(samples)[: request.limit]
    with output_folder(request.out, request.overwrite) as folder:
        result = extract(
            network, inputs, labels if labels is None or isinstance(labels, int) else labels[: request.limit],
            players=players, score=score, noise=request.noise, max_gap=request.max_gap,
            max_iterations=request.max_iterations, output=request.output,
            batch_size=request.batch_size,
        )  # fmt: skip
        written = write_folder(result, folder)
    return result, [request.out / name for name in written]


def _player_options(request: Explanation) -> dict[str, Any]:
    if request.players_file is None:
        return dict(request.players)
    given = {name: value for name, value in request.players.items() if name != "kind"}
    return read_players(request.players_file) | given


def _labels(request: Explanation, samples: Samples) -> Any:
    if request.labels is None:
        return samples.labels
    return int(request.labels) if request.labels.isdigit() else read_labels(request.labels)


def _table(samples: Samples) -> Any:
    """Samples with the names of their columns where they have some."""
    if samples.columns is None:
        return samples.inputs
    import pandas as pd

    return pd.DataFrame(samples.inputs, columns=list(samples.columns))


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ArgumentError("device", f"{name} ({str(error).splitlines()[0]})", "a device of this machine") from error
    return device
