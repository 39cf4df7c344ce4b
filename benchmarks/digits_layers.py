"""What the layers of small networks know, measured: `python -m benchmarks.digits_layers [--seeds 0 1 2]`.

An MLP of seven linear layers and a CNN on the digits, and BERT-tiny on sentences of the sentiment grammar, each with a
tenth of the training labels random; of each a second network that differs in the seed of its training alone. Linear
probes of about five layers; test samples at all layers, ten noisy copies of some of them, and some of them at every
checkpoint. Beside it the network's own last layer, read as if it were a probe, which must give the interactions of the
output. About half an hour on one core; what is computed is kept in benchmark-results/digits_layers and not repeated.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.measure import use_one_thread
from harsanyi import Study, Words, extract_layers
from harsanyi.analysis import generalization_capacity
from harsanyi.game.probes import Probe, Probes, network_hash
from harsanyi.loading.network import load_checkpoint
from harsanyi.loading.protocols import protocol
from harsanyi.study import Plan
from harsanyi.training import TrainingPlan
from harsanyi.zoo.sentiment import sentiment_tokenizer

_FOLDER = Path("benchmark-results/digits_layers")
_PARTNER = 100  # added to the seed of a network's training for its partner
_WORDS, _STOP_WORDS = 8, ("the", "and", "but")
_TEXT_EPOCHS, _IMAGE_EPOCHS = (0, 1, 2, 4, 8, 16), (0, 1, 4, 16, 32, 64, 128)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digits_layers", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", choices=list(_CASES), nargs="+", default=list(_CASES), help="networks")
    parser.add_argument("--samples", type=int, default=50, help="test samples at the last checkpoint")
    parser.add_argument("--noisy", type=int, default=10, help="of them with noisy copies, of images")
    parser.add_argument("--course", type=int, default=10, help="of them at every checkpoint")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    use_one_thread()
    for seed in arguments.seeds:
        for name in arguments.only:
            began = time.perf_counter()
            _told(name, seed, arguments)
            print(f"[{name}, seed {seed}: {time.perf_counter() - began:.0f} s]", flush=True)


@dataclass(frozen=True)
class _Case:
    """A kind of network.

    Attributes:
        training: its plan, by the seed of the data and that of the training.
        samples: of the studies, by the training and their number.
        players: of the studies, by the training and the seed.
        penultimate: the layer whose output its last linear layer reads.
        noisy: whether noise can be added to its samples.
    """

    training: Callable[[int, int], TrainingPlan]
    samples: Callable[[TrainingPlan], Any]
    players: Callable[[TrainingPlan, int], Any]
    penultimate: str
    noisy: bool = True


def _digits(network: str, options: Mapping[str, Any]) -> Callable[[int, int], TrainingPlan]:
    return lambda data, seed: TrainingPlan.from_mapping({
        "named": "digits", "seed": data, "network": f"harsanyi.zoo.digits:{network}", "network_options": options,
        "recipe": {"seed": seed, "checkpoints": _IMAGE_EPOCHS},
    })  # fmt: skip


def _sentences(data: int, seed: int) -> TrainingPlan:
    return TrainingPlan.from_mapping({
        "network": "harsanyi.zoo:bert_tiny", "network_options": {"vocabulary": len(sentiment_tokenizer())},
        "data": {"name": "sentiment", "samples": 2000, "max_words": 14, "test": 800, "label_noise": 0.1, "seed": data},
        "recipe": {"epochs": _TEXT_EPOCHS[-1], "checkpoints": _TEXT_EPOCHS, "learning_rate": 1e-3, "batch_size": 32,
                   "optimizer": "adam", "seed": seed},
        "tokenizer": "sentiment",
    })  # fmt: skip


def _long_sentences(plan: TrainingPlan) -> dict[str, Any]:
    """Test sentences with enough meaningful words."""
    data = plan.load()
    kept = [row for row, text in enumerate(data.test_inputs)
            if sum(word not in _STOP_WORDS for word in text.split()) >= _WORDS]  # fmt: skip
    return {"inputs": [data.test_inputs[row] for row in kept], "labels": data.test_labels[kept].numpy()}


def _patches(plan: TrainingPlan, seed: int) -> Any:
    return protocol("digits", seed=seed, background=plan.load().train_inputs)["players"]


def _words(_plan: TrainingPlan, seed: int) -> Words:
    return Words(sentiment_tokenizer(), n=_WORDS, seed=seed, stop_words=_STOP_WORDS)


_CASES = {
    "mlp7": _Case(_digits("digits_mlp", {"hidden": [100] * 6}), lambda plan: {"split": "test"}, _patches, "12"),
    "cnn": _Case(_digits("digits_cnn", {}), lambda plan: {"split": "test"}, _patches, "9"),
    "bert": _Case(_sentences, _long_sentences, _words, "dropout", noisy=False),
}  # fmt: skip


def _told(name: str, seed: int, arguments: argparse.Namespace) -> None:
    """Train and extract what is missing, and print every analysis."""
    case, folder = _CASES[name], _FOLDER / f"{name}-{seed}"
    plan = case.training(seed, seed)
    plan.run(folder / "one", progress=False)
    case.training(seed, seed + _PARTNER).run(folder / "partner", progress=False)

    def studied(study: str, networks: Mapping[str, Any], samples: int, layers: Mapping[str, Any]) -> Study:
        began = time.perf_counter()
        made = Study(folder / study, Plan(networks, case.samples(plan), case.players(plan, seed), limit=samples,
                                          layers=layers)).run(workers=arguments.workers, progress=False)  # fmt: skip
        print(f"[{study}: {time.perf_counter() - began:.0f} s]", flush=True)
        return made

    last = {each: {"checkpoints": str(folder / each), "steps": "last"} for each in ("one", "partner")}
    print(f"\n=== {name}, seed {seed}", flush=True)
    end = studied("end", last, arguments.samples, {"names": "auto"})
    _tell_end(end)
    print(f"IoU of the last layer as a probe with the output: {_own_layer(case, plan, folder, seed, end):.4f}")
    if case.noisy:
        noisy = studied("noisy", {"one": last["one"]}, arguments.noisy, {"names": "auto", "draws": 10})
        _show(noisy.stability(), _orders)
    course = studied("course", {"one": str(folder / "one")}, arguments.course, {"names": "auto"})
    found = course.layer_course()
    print(found)
    for column in ("completeness", "redundancy"):
        print(f"{column}\n{_text(found.table()[column].unstack('layer')[list(found.names)])}", flush=True)


def _tell_end(study: Study) -> None:
    """Probes, layers and their IoU with those of the partner, at the last checkpoint."""
    for each in ("one", "partner"):
        probes, found = study.probes(each), study.layer_by_layer(each)
        fit = probes.table()[["features", "weight_decay", "train_accuracy", "validation_accuracy", "iterations"]]
        print(f"--- {each}\n{probes}\n{_text(fit)}")
        print(f"right on the {found.samples} test samples: {_right(study, each)}")
        _show(found, lambda found: _cells(found.table(), "completeness", "redundancy", "salient"))
        print(_text(_cells(found.steps(), "completeness", "redundancy", "forget")), flush=True)
    print("--- both")
    _show(study.generalization_capacity("one", "partner"), _orders)


def _right(study: Study, network: str) -> dict[str, float]:
    """Share of the samples on which the probe of each layer, and the network itself, is right."""
    labels = study.interactions(network).labels
    return {layer: float((np.asarray(study.logits(network, at=layer)).argmax(1) == labels).mean())
            for layer in study.layers}  # fmt: skip


def _own_layer(case: _Case, plan: TrainingPlan, folder: Path, seed: int, study: Study) -> float:
    """IoU of the salient effects of the network's own last layer, taken for a probe, with those of the output."""
    network = plan.module().eval()
    load_checkpoint(network, sorted((folder / "one").glob("epoch-*.safetensors"))[-1])
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    probe = Probe(case.penultimate, "flatten", linear.weight.detach().clone(), linear.bias.detach().clone())
    output = study.layer_interactions("one")["output"]
    inputs: Any = study.interactions("one").inputs
    inputs = inputs.tolist() if inputs.dtype.kind in "UO" else torch.from_numpy(inputs)
    found = extract_layers(network, Probes((probe,), network_hash(network)), inputs, output.labels,
                           players=case.players(plan, seed), progress=False)  # fmt: skip
    same = generalization_capacity({"output": found[case.penultimate]}, {"output": output})
    return float(same.iou.value[0, -1, -1])


def _orders(found: Any) -> Any:
    """Of both types together, a row a layer and a column an order."""
    table = found.by_order().xs("both", level="type")
    return _cells(table, table.columns[0]).iloc[:, 0].unstack("order").loc[list(found.names)]


def _cells(table: Any, *columns: str) -> Any:
    """Some columns, each value with its interval."""
    return table[list(columns)].assign(**{name: [
        "-" if np.isnan(value) else f"{value:#.2g} [{low:#.2g}, {high:#.2g}]"
        for value, low, high in table[[name, f"{name}_low", f"{name}_high"]].to_numpy()
    ] for name in columns})  # fmt: skip


def _show(found: Any, table: Callable[[Any], Any]) -> None:
    print(found)
    print(_text(table(found)), flush=True)


def _text(table: Any) -> str:
    return str(table.to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
