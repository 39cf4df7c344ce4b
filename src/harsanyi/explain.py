"""Explain a network that lies in files: what `harsanyi explain` does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from harsanyi.core.devices import device_here
from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.extraction import answered, check_numbers, question_record
from harsanyi.game.asking import ask
from harsanyi.game.network import Network
from harsanyi.game.scores import Score, uses_labels
from harsanyi.interactions import Interactions
from harsanyi.loading.hugging_face import model_name
from harsanyi.loading.network import build_network, check_name, load_checkpoint
from harsanyi.loading.players import score_from
from harsanyi.loading.protocols import players_for, split_protocol
from harsanyi.loading.samples import Samples, read_labels, read_samples, read_sentences
from harsanyi.loading.yaml_files import read_yaml
from harsanyi.report.folder import output_folder, write_folder


@dataclass(frozen=True)
class Explanation:
    """What to explain; the fields are the options of `harsanyi explain`.

    Attributes:
        network: `package.module:factory`, a folder with a Hugging Face model, or "hf:" and its name on the hub.
        samples: file of samples.
        out: folder to write.
        network_options: keyword arguments of the factory.
        checkpoint: file of weights, or nothing.
        labels: file of labels, one class as a number, for language models one text that continues every prompt, or
            nothing for the predicted class.
        label_column: column of a table of samples that holds the labels; a score without labels leaves it out.
        text_column: column of a table of sentences that holds them.
        players_file: YAML file of players, or nothing.
        protocol: name of a paper's choice, see `harsanyi.protocol`, or nothing.
        players: options of players, see `players_for`; they override those of the file and the protocol.
        score: name of the score.
        output: which output of the network to score.
        noise: share of |v(N) - v(empty)|; nothing for 0.02 or that of the protocol.
        max_gap: certified relative gap.
        max_iterations: of the solver, for a sample.
        limit: only the first so many samples.
        batch_size: masked inputs at once.
        autocast: "bfloat16" or "float16", or nothing.
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
    text_column: str | None = None
    players_file: Path | None = None
    protocol: str | None = None
    players: Mapping[str, Any] = field(default_factory=dict)
    score: str = "log-odds"
    output: str | int | None = None
    noise: float | None = None
    max_gap: float = 0.01
    max_iterations: int = 20_000
    limit: int | None = None
    batch_size: int | None = None
    autocast: str | None = None
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
    check_name(request.network)
    score = score_from(request.score)
    options = _options(request)
    fields, noise = split_protocol(options)
    noise = noise if request.noise is None else request.noise
    kind = fields.get("kind")
    labelled = uses_labels(score)
    samples = _read(request, sentences=kind == "words", labelled=labelled)
    labels = _labels(request, samples) if labelled else None
    if request.limit is not None and request.limit < 1:
        raise ArgumentError("limit", request.limit, "a number >= 1")
    if kind == "words" and "tokenizer" not in fields:
        options["tokenizer"] = _tokenizer(request.network)
    network = build_network(request.network, request.network_options)
    if request.checkpoint is not None:
        load_checkpoint(network, request.checkpoint)
    if request.device is not None and isinstance(network, torch.nn.Module):
        network.to(device_here(request.device))
    players = players_for(options, network, request.label_column)
    inputs = samples.given()
    if isinstance(labels, np.ndarray) and labels.ndim and len(labels) != len(inputs):
        raise ArgumentError("labels", f"{len(labels)} of them", f"one for each of the {len(inputs)} samples")
    inputs = inputs[: request.limit]
    with output_folder(request.out, request.overwrite) as folder:
        with _hint_of_labels(request, samples):
            labels = labels[: request.limit] if isinstance(labels, np.ndarray) else labels
            result, predicted = _extracted(request, network, inputs, labels, players, score, noise)
        result = replace(result, provenance={**result.provenance, "files": _files(request)})
        written = write_folder(result, folder, predicted=predicted)
    return result, [request.out / name for name in written]


def _extracted(
    request: Explanation, network: Network, inputs: Any, labels: Any, players: Any, score: Score, noise: float
) -> tuple[Interactions, npt.NDArray[np.int64] | None]:
    """What `extract` gives, and the class that the network prefers for each sample, where the score has classes."""
    check_numbers(noise, request.max_gap, request.max_iterations, request.batch_size)
    asked = ask(
        network, inputs, labels, players=players, score=score, output=request.output,
        batch_size=request.batch_size, autocast=request.autocast,
    )  # fmt: skip
    how = question_record(network, players, score, request.output, labels)
    result = answered(asked, [how], noise, request.max_gap, request.max_iterations, keep_inputs=True, progress=True)[0]
    return result, asked.logits(0, len(asked)).argmax(-1).cpu().numpy() if asked.classes else None


@contextmanager
def _hint_of_labels(request: Explanation, samples: Samples) -> Iterator[None]:
    """Where the network fails on a table, say that one of its columns may hold the labels."""
    try:
        yield
    except NetworkError as error:
        if samples.columns is None or request.label_column is not None:
            raise
        columns = f"The table has {len(samples.columns)} columns, the last {samples.columns[-1]!r}"
        raise NetworkError(f"{error}. {columns}. If one holds the labels, name it with --label-column") from error


def _weights(request: Explanation) -> str:
    if request.checkpoint is not None:
        return f"with the weights of {request.checkpoint.name}"
    return "as its factory makes it" if model_name(request.network) is None else "as it is saved"


def _files(request: Explanation) -> dict[str, Any]:
    """What the network and the samples were read from, with the hash of each file."""
    paths = {"checkpoint": request.checkpoint, "samples": request.samples,
             "labels": None if request.labels is None else Path(request.labels)}  # fmt: skip
    found = {name: {"path": str(path), "sha256": _sha256(path)}
             for name, path in paths.items() if path is not None and path.is_file()}  # fmt: skip
    own = {} if request.checkpoint is not None else {"checkpoint": f"none, {_weights(request)}"}
    return {"network": request.network, "network_options": dict(request.network_options), **own, **found}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _options(request: Explanation) -> dict[str, Any]:
    """Options of the players: single ones override the file's, and these the protocol's."""
    options = {} if request.protocol is None else {"protocol": request.protocol}
    options |= {} if request.players_file is None else read_yaml(request.players_file, "players")
    kind = "kind" in split_protocol(options)[0]  # that of the single options is a guess
    return options | {name: value for name, value in request.players.items() if name != "kind" or not kind}


def _read(request: Explanation, sentences: bool, labelled: bool) -> Samples:
    if sentences:
        return read_sentences(request.samples, request.text_column, request.label_column, labelled)
    return read_samples(request.samples, request.label_column, labelled=labelled)


def _tokenizer(network: str) -> str:
    name = model_name(network)
    if name is None:
        raise ArgumentError("tokenizer", "nothing", "a folder or hub name of a tokenizer")
    return name


def _labels(request: Explanation, samples: Samples) -> Any:
    given = request.labels
    if given is None:
        return samples.labels
    if given.isdigit() and request.score != "continuation":
        return int(given)
    if Path(given).is_file():
        return read_labels(given)
    if Path(given).suffix in (".npy", ".npz", ".csv", ".parquet"):
        raise ArgumentError("labels", given, "an existing file, a class, or a text")
    return given  # a text, or the name of a class
