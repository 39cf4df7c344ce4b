"""The scores of six layers in one forward pass, five probes and the output, against those of the output alone."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from benchmarks.report import Row, Settings, Table
from harsanyi import Columns, LogOdds, Patches
from harsanyi.game.asking import Asked, ask
from harsanyi.game.asking_layers import ask_layers
from harsanyi.game.layer_choice import choose_layers
from harsanyi.game.probes import Probe, Probes, network_hash
from harsanyi.game.reading import Forward
from harsanyi.training.features import Pass
from harsanyi.zoo.digits import digits_cnn
from harsanyi.zoo.mlp import mlp7
from harsanyi.zoo.resnet import resnet20
from harsanyi.zoo.vgg import vgg11

_TARGET = 1.3
_SECONDS, _MOST = 8.0, 51  # of alternating runs together, and how many of them at most
_SAMPLES = 50  # of small networks, as in the papers
_WORDS = 8


@dataclass(frozen=True)
class _Case:
    """A network, its samples and their players."""

    network: nn.Module
    inputs: Any
    players: Any
    forward: Forward | None = None


def run(settings: Settings) -> list[Table]:
    """Times of each network."""
    repeats = 3 if settings.quick else 5
    cases: dict[str, Callable[[], _Case]] = {
        "MLP-7": lambda: _Case(mlp7(30), torch.rand(_SAMPLES, 30), Columns(range(10))),
        "CNN 8x8": lambda: _Case(digits_cnn(), torch.rand(_SAMPLES, 1, 8, 8) + 0.1, Patches(4, n=10)),
        "VGG-11": lambda: _images(vgg11()),
        "ResNet-20": lambda: _images(resnet20()),
    }
    if importlib.util.find_spec("transformers"):
        cases["BERT-tiny"] = _sentences
    notes = [
        f"Processor time of the question and all its scores, without the split: median of {repeats} or more "
        "alternating runs, and of their ratios.",
        "Six layers: linear probes of five layers, chosen as by default, and the network's own output.",
        f"Target: a ratio of at most {_TARGET}.",
    ]
    rows = [_row(name, make, repeats) for name, make in cases.items()]
    return [Table("Layers: scores of six layers at once over those of the output alone", rows, notes)]


def _images(network: nn.Module) -> _Case:
    return _Case(network, torch.rand(1, 3, 32, 32) + 0.1, Patches(8, n=10))


def _sentences() -> _Case:
    from harsanyi import Words
    from harsanyi.zoo.language import bert_tiny
    from harsanyi.zoo.sentiment import sentiment_tokenizer

    tokenizer = sentiment_tokenizer()
    texts = ["the plot was not very good and the cast seemed bad", "bravo superb the film is not good but the story is"]

    def forward(network: Any, texts: Any) -> Any:
        return network(**tokenizer(texts, padding=True, return_tensors="pt"))

    return _Case(bert_tiny(vocabulary=len(tokenizer)), texts * 4,
                 Words(tokenizer, n=_WORDS, stop_words=["the", "and", "but"]), forward)  # fmt: skip


def _row(name: str, make: Callable[[], _Case], repeats: int) -> Row:
    torch.manual_seed(0)
    case = make()
    network = case.network.eval()
    probes = _probes(case)

    def alone() -> Asked:
        return ask(network, case.inputs, 0, players=case.players, score=LogOdds())

    def at_once() -> Asked:
        return ask_layers(network, probes, case.inputs, 0, players=case.players, score=LogOdds())

    runs = _runs(lambda: (_seconds(alone), _seconds(at_once)), repeats)
    output, all_of_them = (statistics.median(times) for times in zip(*runs, strict=True))
    asked = at_once()
    return {
        "network": name, "layers": len(probes) + 1, "features": sum(probe.weight.shape[1] for probe in probes),
        "masked inputs": asked.masked_inputs, "batch": alone().batch_size, "batch of layers": asked.batch_size,
        "output s": output, "layers s": all_of_them, "ratio": statistics.median(six / one for one, six in runs),
    }  # fmt: skip


def _runs(both: Callable[[], tuple[float, float]], repeats: int) -> list[tuple[float, float]]:
    """Alternating runs after a first one: more of short ones, whose ratios are noisy."""
    both()
    runs = [both() for _ in range(repeats)]
    while sum(map(sum, runs)) < _SECONDS and len(runs) < _MOST:
        runs.append(both())
    return runs


def _probes(case: _Case) -> Probes:
    """Probes of drawn weights: how long they take does not depend on what they know."""
    readings = choose_layers(case.network, case.inputs[:2], forward=case.forward)
    sizes, classes = Pass(case.network, readings, case.inputs, None, case.forward, 1).sizes()
    found = [Probe(str(reading.place), reading.pooling, torch.randn(classes, size) / size**0.5, torch.zeros(classes))
             for reading, size in zip(readings, sizes, strict=True)]  # fmt: skip
    return Probes(tuple(found), network_hash(case.network))


def _seconds(make: Callable[[], Asked]) -> float:
    start = time.process_time()
    asked = make()
    done = 0
    while done < len(asked):
        count = min(asked.block, len(asked) - done)
        asked.scores(done, count)
        done += count
    return time.process_time() - start
