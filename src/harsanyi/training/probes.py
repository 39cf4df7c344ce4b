"""Linear probes: how much of its inference each layer of a frozen network knows already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, did_you_mean
from harsanyi.core.options import is_whole, require_whole
from harsanyi.core.threads import in_threads
from harsanyi.game.layer_choice import AUTO, choose_layers
from harsanyi.game.layers import unwrapped
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.probe_fit import ProbeFit
from harsanyi.game.probes import Probe, Probes, network_hash
from harsanyi.game.reading import Forward, Reading
from harsanyi.progress import Progress, shown
from harsanyi.training.features import Pass, features_of
from harsanyi.training.labelled import Labels, as_inputs, as_labels, check_classes, joined, split_rows
from harsanyi.training.softmax import Linear, Problem
from harsanyi.training.softmax_fit import fit_lbfgs, fit_sgd

OPTIMIZERS = {"lbfgs": 1000, "sgd": 50}  # and how many iterations, or epochs, unless another number is asked for
_FEW = 2  # samples the layers are looked at with
_BATCH = 32


@final
@dataclass(frozen=True)
class _How:
    """The options of the fit, validated."""

    validation: float
    weight_decays: tuple[float, ...]
    optimizer: str
    tolerance: float
    max_iterations: int
    seed: int

    def __post_init__(self) -> None:
        if not _is_number(self.validation) or not 0 < self.validation < 1:
            raise ArgumentError("validation", repr(self.validation), "a share of the samples in (0, 1)")
        if not self.weight_decays or not all(_is_number(decay) and decay >= 0 for decay in self.weight_decays):
            raise ArgumentError("weight_decays", repr(self.weight_decays), "one or more finite numbers >= 0")
        if not _is_number(self.tolerance) or self.tolerance <= 0:
            raise ArgumentError("tolerance", repr(self.tolerance), "a number > 0")
        require_whole(1, max_iterations=self.max_iterations)
        require_whole(0, seed=self.seed)


def train_probes(
    network: Network,
    inputs: Any,
    labels: Labels,
    *,
    layers: str | Sequence[str] = AUTO,
    pooling: str = AUTO,
    output: OutputChoice = None,
    validation: float = 0.2,
    weight_decays: Sequence[float] = (0.0, 1e-4, 1e-3, 1e-2, 1e-1),
    optimizer: str = "lbfgs",
    tolerance: float = 1e-5,
    max_iterations: int | None = None,
    batch_size: int | None = None,
    cache: str | Path | None = None,
    memory: int | None = None,
    seed: int = 0,
    forward: Forward | None = None,
    held_out: tuple[Any, Labels] | None = None,
    progress: Progress = True,
) -> Probes:
    """Fit a linear classifier to the features of each layer; the network stays as it is.

    A probe is softmax(weight @ features + bias), fitted with cross-entropy to the labels. Its features are standardised
    for the fit, and the scaling is folded into weight and bias in the end; deviations below a tenth of their root mean
    square count as that. The weight decay is penalty decay / 2 * sum of squares of the weights of the standardised
    features. Of each class the same share of samples is set aside, the decay with the least cross-entropy over these is
    taken, and the probe is fitted again on all samples.

    Args:
        network: a trained module, on its own device; it is run in evaluation mode, without gradients.
        inputs: samples, (samples, ...) as the network takes them; with `forward` also a list of texts.
        labels: classes, whole numbers from 0, (samples,).
        layers: "auto", about five that are evenly spread in depth; or names, and patterns such as "encoder.layer.*",
            see `harsanyi.game.layer_choice.choose_layers`.
        pooling: "flatten", "mean" or "first", see `harsanyi.game.reading.Reading`; "auto": "mean" over tokens, else
            "flatten".
        output: which of the network's outputs are its logits (batch, classes). A single logit is that of class 1.
        validation: share of the samples that choose the weight decay, in (0, 1).
        weight_decays: those that are tried, >= 0.
        optimizer: "lbfgs", all samples at once, down to the minimum; or "sgd", the papers' training (rate 0.01,
            momentum 0.9, batches of 128), for more samples and features than that can take.
        tolerance: a probe has converged where the largest absolute value in the gradient of its penalised loss, by the
            weights of the standardised features and the bias, is no more, > 0.
        max_iterations: of L-BFGS, 1000 unless told; or epochs of SGD, 50.
        batch_size: samples that the network is run on at once; 32 unless told.
        cache: a folder that keeps the features of all samples, float32, and is used again for the same network, samples
            and layers; whether `forward` is the same is not checked. Nothing keeps none.
        memory: bytes that the features may take where there is no cache; nothing for a quarter of what is free. What
            takes more lies in a temporary folder, which is removed.
        seed: of the split, and of the order of samples in SGD.
        forward: a function of (network, part of the inputs) that returns what the network does.
        held_out: further samples and labels, on which the probes are measured alone.
        progress: a bar when the work is long (True), none (False), or a function of (done, total).

    Returns:
        The `Probes`, the lowest layer first.

    Raises:
        ArgumentError: an argument out of range, labels that do not fit the logits, an unknown layer (lists the near
            ones) or one that cannot be read, a cache of something else.
        NetworkError: the network fails, or returns no logits.

    Example:
        >>> from harsanyi.training import train_probes
        >>> from harsanyi.zoo import load_data, mlp5
        >>> data, network = load_data("wine", standardise=True), mlp5(13, classes=3)
        >>> probes = train_probes(network, data.train_inputs, data.train_labels, progress=False)
        >>> probes.layers
        ('1', '3', '5', '7')
        >>> list(probes.table().columns[:3])
        ['features', 'weight_decay', 'train_loss']

    Source: arXiv 2409.08712: a linear classifier with cross-entropy on the same training data; the choice of the weight
        decay, the scaling and the criterion are our definition.
    """
    if optimizer not in OPTIMIZERS:
        raise ArgumentError("optimizer", repr(optimizer), f"one of {', '.join(OPTIMIZERS)}",
                            did_you_mean(str(optimizer), OPTIMIZERS))  # fmt: skip
    most = OPTIMIZERS[optimizer] if max_iterations is None else max_iterations
    how = _How(validation, tuple(weight_decays), optimizer, tolerance, most, seed)
    batch_size = _BATCH if batch_size is None else batch_size
    require_whole(1, batch_size=batch_size)
    if memory is not None and not is_whole(memory):
        raise ArgumentError("memory", repr(memory), "bytes, a whole number >= 0, or nothing")
    network, samples = unwrapped(network), as_inputs(inputs)
    classes_given = as_labels(labels, len(samples), "labels")
    train, test = split_rows(classes_given, validation, seed)
    readings = choose_layers(network, samples[:_FEW], layers, output, pooling=pooling, forward=forward)
    assert isinstance(network, nn.Module)  # its layers were found
    given = len(samples)
    if held_out is not None:
        samples, classes_given = joined(samples, classes_given, held_out)
    asked = Pass(network, readings, samples, output, forward, batch_size)
    sizes, classes = asked.sizes()
    check_classes(classes_given, classes)
    rows = _Rows(classes_given, train, test, torch.arange(given), torch.arange(given, len(samples)), classes)
    with (
        shown(progress, len(samples) * (1 + len(readings)), "sample") as advance,
        features_of(asked, sizes, None if cache is None else Path(cache), memory, advance) as features,
    ):
        one_at_a_time = Lock()

        def fitted(layer: tuple[Reading, Tensor]) -> Probe:
            probe = _probe(*layer, rows, how)
            with one_at_a_time:
                advance(len(samples))
            return probe

        probes = in_threads(fitted, zip(readings, features, strict=True))
    versions = {"harsanyi": version("harsanyi"), "torch": torch.__version__}
    return Probes(tuple(probes), network_hash(network), {**asdict(how), "weight_decays": list(how.weight_decays),
                                                        "samples": given, **versions})  # fmt: skip


@final
@dataclass(frozen=True, eq=False)
class _Rows:
    """Labels of all samples, and which of them are for what; `classes` logits of the network."""

    labels: Tensor
    train: Tensor
    validation: Tensor
    all: Tensor
    held_out: Tensor
    classes: int


def _probe(reading: Reading, features: Tensor, rows: _Rows, how: _How) -> Probe:
    """The probe of one layer, from its features (samples, features)."""
    problem = Problem(features, rows.labels, rows.train, max(2, rows.classes))
    tried: list[tuple[float, float, float, Linear]] = []
    for decay in sorted(set(how.weight_decays), reverse=True):  # from the easiest problem on, each from the last
        fit = _fitted(problem, decay, tried[-1][-1] if tried else None, how)
        tried.append((*_measured(fit, features, rows.labels, rows.validation), decay, fit))
    loss, accuracy, decay, start = min(tried, key=lambda one: one[0])
    found = _fitted(replace(problem, rows=rows.all), decay, start, how)
    linear = _one_logit(found) if rows.classes == 1 else found
    weight, bias = linear.weight.float(), linear.bias.float()
    found = replace(found, weight=found.weight.float().double(), bias=found.bias.float().double())  # as it is kept
    held_out = _measured(found, features, rows.labels, rows.held_out) if len(rows.held_out) else (None, None)
    chosen = rows.labels[rows.validation]
    fit_figures = ProbeFit(
        decay,
        *_measured(found, features, rows.labels, rows.all),
        loss,
        accuracy,
        len(chosen),
        float(chosen.bincount().max()) / len(chosen),
        found.iterations,
        found.gradient,
        found.gradient <= how.tolerance,
        *held_out,
    )
    return Probe(str(reading.place), reading.pooling, weight.contiguous(), bias.contiguous(), fit_figures)


def _fitted(problem: Problem, decay: float, start: Linear | None, how: _How) -> Linear:
    if how.optimizer == "sgd":
        return fit_sgd(problem, decay, start, how.max_iterations, how.seed)
    return fit_lbfgs(problem, decay, start, how.tolerance, how.max_iterations)


def _measured(linear: Linear, features: Tensor, labels: Tensor, rows: Tensor) -> tuple[float, float]:
    """Mean cross-entropy and accuracy."""
    logits, own = linear.logits(features, rows), labels[rows]
    return float(nn.functional.cross_entropy(logits, own)), float((logits.argmax(1) == own).double().mean())


def _one_logit(linear: Linear) -> Linear:
    """The logit of class 1, from those of two classes."""
    return replace(linear, weight=linear.weight[1:] - linear.weight[:1], bias=linear.bias[1:] - linear.bias[:1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
