"""The probes of a study: trained when they are first needed, and kept in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.layer_choice import choose_layers
from harsanyi.game.network import placement
from harsanyi.game.probes import Probes
from harsanyi.game.reading import Forward
from harsanyi.study.layer_plan import LayerPlan
from harsanyi.study.plan import Plan
from harsanyi.study.samples import read_labelled
from harsanyi.training.batches import Collate, picked, tokenized
from harsanyi.training.plan import TrainingPlan, read_training
from harsanyi.training.probes import train_probes

FOLDER = "probes"


@dataclass(frozen=True, eq=False)
class Probing:
    """Reads the layers of the networks of a study.

    Attributes:
        folder: where probes are kept.
        plan: of the study, its `layers` set.
        layers: that every network has, lowest first.
    """

    folder: Path
    plan: Plan
    layers: tuple[str, ...]

    def probes(self, network: str, module: nn.Module, content: str, tokenizer: Any = None) -> Probes:
        """The probes of a checkpoint: those on file, or trained now.

        Args:
            network: name of the network.
            module: it, with the weights of the checkpoint.
            content: hash of these weights.
            tokenizer: of sentences; nothing for other samples.

        Raises:
            ArgumentError: as `train_probes`, or no samples to train on.
        """
        path = probes_path(self.folder, network, content)
        if path.is_file():
            return Probes.load(path)
        options = options_of(self.plan)
        inputs, labels, forward = training_samples(self.plan, network, tokenizer)
        probes = train_probes(
            module, inputs, labels, layers=self.layers, pooling=options.pooling, output=self.plan.output,
            validation=options.validation, weight_decays=tuple(options.weight_decays), optimizer=options.optimizer,
            seed=options.seed, forward=forward, progress=False,
        )  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        probes.save(path)
        return probes


def probes_path(folder: Path, network: str, content: str) -> Path:
    """Where the probes of a checkpoint of a network are kept, in a folder of probes."""
    return folder / f"{network}-{content[:32]}.safetensors"


def options_of(plan: Plan) -> LayerPlan:
    """Which layers a plan reads; it must read some."""
    assert isinstance(plan.layers, LayerPlan)
    return plan.layers


def found_layers(plan: Plan, module: nn.Module, samples: Any, names: Any, tokenizer: Any) -> tuple[str, ...]:
    """Names of the layers that are read in a network, lowest first.

    Args:
        plan: of the study, its `layers` set.
        module: the network.
        samples: two or more, an array or sentences.
        names: as `LayerPlan.names`.
        tokenizer: of sentences; nothing for other samples.

    Raises:
        ArgumentError: as `choose_layers`.
    """
    few = samples[:2] if isinstance(samples, list) else torch.from_numpy(samples[:2].copy())
    forward = _forward(None if tokenizer is None else tokenized(tokenizer))
    options = options_of(plan)
    readings = choose_layers(module, few, names, plan.output, pooling=options.pooling, forward=forward)
    return tuple(str(reading.place) for reading in readings)


def require_samples(plan: Plan, network: str) -> None:
    """Refuse a network whose probes have nothing to be trained on."""
    if options_of(plan).samples is None and training_of(plan, network) is None:
        raise ArgumentError("layers.samples", f"nothing, and no training of {network} on record",
                            "labelled samples that the probes are trained on",
                            "It is known only for folders written by harsanyi train; else --set "
                            "layers.samples=train.npz, or layers: {samples: train.npz} in the plan")  # fmt: skip


def training_samples(plan: Plan, network: str, tokenizer: Any) -> tuple[Any, Any, Forward | None]:
    """What the probes of a network are trained on: inputs, labels, and how sentences are run.

    Raises:
        ArgumentError: no samples are named and no training is on record, or samples without labels.
    """
    require_samples(plan, network)
    training, given = training_of(plan, network), options_of(plan).samples
    if given is None:
        assert training is not None
        data = training.load()
        return data.train_inputs, data.train_labels, _forward(training.collate())
    samples = read_labelled(plan, given, None if training is None else training.data)
    inputs = samples.given() if tokenizer is not None else torch.from_numpy(samples.inputs)
    return inputs, samples.labels, _forward(None if tokenizer is None else tokenized(tokenizer))


def training_of(plan: Plan, network: str) -> TrainingPlan | None:
    """The training of a network, where its folder tells."""
    source = plan.networks[network].checkpoints
    return read_training(source) if isinstance(source, str | Path) and Path(source).is_dir() else None


def _forward(collate: Collate | None) -> Forward | None:
    """How texts are run; nothing for other samples."""
    return None if collate is None else partial(_run, collate)


def _run(collate: Collate, network: nn.Module, texts: list[str]) -> Any:
    device = placement(network)[0] or torch.device("cpu")
    batch = picked(texts, torch.arange(len(texts)), collate, device)
    return network(batch) if isinstance(batch, Tensor) else network(**batch)
