"""Training that keeps checkpoints and goes on where a killed run stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import torch
from torch import nn

from harsanyi.core.devices import device_here
from harsanyi.core.errors import ArgumentError
from harsanyi.progress import Progress, shown
from harsanyi.training.batches import Collate, check_data, deterministic, drawing, epoch_batches, logits, picked
from harsanyi.training.course import Course, check_complete
from harsanyi.training.files import (
    State,
    losses_path,
    read_state,
    weights_path,
    write_course,
    write_state,
    write_tensors,
    write_weights,
)
from harsanyi.training.identity import check_folder, identity, open_folder
from harsanyi.training.measures import Measures, measured
from harsanyi.training.recipe import Recipe
from harsanyi.zoo.data import Data


def train(
    network: nn.Module | Callable[[], nn.Module],
    data: Data[Any],
    recipe: Recipe,
    folder: str | Path,
    *,
    collate: Collate | None = None,
    save_seconds: float = 10.0,
    progress: Progress = True,
    plan: Mapping[str, Any] | None = None,
    frozen: Collection[str] = (),
) -> Course:
    """Train a classifier with cross-entropy and keep checkpoints; run again, it goes on where it stopped.

    The folder holds the weights of each checkpoint (epoch-000000.safetensors), losses and accuracies (course.csv), the
    recipe with versions and a hash of the data (recipe.json), and what a run resumes from (state.pt). Every file is
    written as a whole or not at all, and none can run code when it is read. Order of the samples and draws of torch,
    such as dropout, follow from the recipe's seed and the number of the epoch alone; a run that was killed at any
    moment and resumed leaves the same weights and measures, to the last bit, as one that was not: on one machine, with
    the same versions and number of threads, and on a GPU as far as the operations of the network are deterministic.

    Args:
        network: a function without arguments that makes the network, such as a class: its initial values follow from
            the recipe's seed; or a network, which starts from the values it has and is trained in place. It maps a
            batch of inputs to logits (batch, classes), or to an object with such `logits`.
        data: inputs and labels; the label noise is part of them.
        recipe: how to train, and which checkpoints to keep.
        folder: new, empty, or of the same training.
        collate: what the network takes of a batch of inputs (a tensor or a list of str): a tensor, or a mapping from
            names to tensors, its keyword arguments; nothing for the inputs themselves. Needed for texts. Whether a
            resumed run has the same one is not checked.
        save_seconds: what a run resumes from is written at each checkpoint and whenever so many seconds have passed at
            the end of an epoch, >= 0; a killed run repeats at most that much and an epoch.
        progress: a bar when the work is long (True), none (False), or a function of (samples seen, in all).
        plan: how network and data are made, kept on record as it is; JSON types.
        frozen: names of modules that stay as they are: their own parameters, not those of modules within them, get no
            gradient, and they are in evaluation mode, so that batch normalization keeps its statistics.

    Returns:
        The `Course`; a network that was given has the weights after the last epoch, and is in evaluation mode.

    Raises:
        ArgumentError: an argument out of range, texts without `collate`, a device that is not there, a network without
            parameters to train or the frozen modules, or a folder of another recipe, other data or another network, or
            damaged.
        NetworkError: the network does not return logits that fit the labels.

    Example:
        >>> import tempfile
        >>> from harsanyi.training import Recipe, train
        >>> from harsanyi.zoo import load_data, mlp5
        >>> folder = tempfile.mkdtemp()
        >>> recipe = Recipe(epochs=4, checkpoints=3)
        >>> data = load_data("wine", standardise=True, label_noise=0.1)
        >>> course = train(lambda: mlp5(13, classes=3), data, recipe, folder, progress=False)
        >>> course.steps, [path.name for path in course.paths][1:]
        ((0, 1, 4), ['epoch-000001.safetensors', 'epoch-000004.safetensors'])
        >>> course.losses.shape
        (3, 5)

    Source: the protocol of the papers; what is kept, and when, is our definition.
    """
    if not isinstance(recipe, Recipe):
        raise ArgumentError("recipe", repr(recipe), "a Recipe", "Recipe.from_mapping makes one of a mapping")
    if not isinstance(save_seconds, int | float) or not save_seconds >= 0:
        raise ArgumentError("save_seconds", repr(save_seconds), "seconds >= 0")
    check_data(data, collate)
    device, folder = device_here(recipe.device), Path(folder)
    made = _made(network, recipe.seed, device, frozen)
    own = identity(made, data, recipe) | ({} if plan is None else {"plan": plan})
    check_folder(folder, own)
    run = _Run(made, _optimizer(made, recipe), data, recipe, folder, device, collate, _frozen(made, frozen))
    with deterministic():
        epoch, measures = _resumed(run)
        open_folder(folder, own, epoch, recipe.epochs)
        if epoch < 0:
            _keep(run, epoch := 0, measures)
        elif measures:
            write_course(folder, measures)  # a kill may have come between the state and the table
        _epochs(run, epoch, measures, save_seconds, progress)
    made.eval()
    return Course.load(folder)


@final
@dataclass(frozen=True, eq=False)
class _Run:
    network: nn.Module
    optimizer: torch.optim.Optimizer
    data: Data[Any]
    recipe: Recipe
    folder: Path
    device: torch.device
    collate: Collate | None
    frozen: tuple[nn.Module, ...]


def _epochs(run: _Run, start: int, measures: dict[int, Measures], save_seconds: float, progress: Progress) -> None:
    """Train the epochs that remain, and keep what is to be kept."""
    total, saved = run.recipe.epochs, time.monotonic()
    with shown(progress, (total - start) * len(run.data.train_labels)) as advance:
        for epoch in range(start + 1, total + 1):
            _epoch(run, epoch, advance)
            late = time.monotonic() - saved >= save_seconds
            if late or epoch == total or epoch in run.recipe.steps:
                _keep(run, epoch, measures)
                saved = time.monotonic()


def _epoch(run: _Run, epoch: int, advance: Callable[[int], None]) -> None:
    run.network.train()
    for module in run.frozen:
        module.training = False  # not eval(), which reaches the modules within it
    with drawing(run.recipe.seed, epoch, run.device):
        for rows in epoch_batches(len(run.data.train_labels), run.recipe.batch_size, run.recipe.seed, epoch):
            batch = picked(run.data.train_inputs, rows, run.collate, run.device)
            labels = run.data.train_labels[rows].to(run.device)
            run.optimizer.zero_grad()
            nn.functional.cross_entropy(logits(run.network, batch), labels).backward()
            run.optimizer.step()
            advance(len(rows))


def _keep(run: _Run, epoch: int, measures: dict[int, Measures]) -> None:
    """Write weights, then state, then table: what a later file speaks of is there."""
    if epoch in run.recipe.steps:
        measures[epoch], losses = measured(run.network, run.data, run.recipe.batch_size, run.device, run.collate)
        write_weights(weights_path(run.folder, epoch), run.network)
        if run.recipe.sample_losses:
            write_tensors(losses_path(run.folder, epoch), losses)
    write_state(run.folder, State(epoch, run.network.state_dict(), run.optimizer.state_dict(), measures))
    if epoch in run.recipe.steps:
        write_course(run.folder, measures)


def _resumed(run: _Run) -> tuple[int, dict[int, Measures]]:
    """The epoch after which to go on and the measures until there; -1 and none where nothing was written."""
    state = read_state(run.folder)
    if state is None:
        return -1, {}
    check_complete(run.folder, tuple(state.measures))
    run.network.load_state_dict(state.network)
    run.optimizer.load_state_dict(dict(state.optimizer))
    return state.epoch, dict(state.measures)


def _made(
    network: nn.Module | Callable[[], nn.Module], seed: int, device: torch.device, frozen: Collection[str]
) -> nn.Module:
    made: object = network
    if not isinstance(network, nn.Module) and callable(network):
        with drawing(seed, None, device):
            made = network()
    if not isinstance(made, nn.Module):
        given = type(made).__name__ if made is network else f"a function that gives a {type(made).__name__}"
        raise ArgumentError("network", given, "a torch.nn.Module, or a function without arguments that makes one")
    for module in _frozen(made, frozen):
        for values in module.parameters(recurse=False):
            values.requires_grad_(False)
    if not any(values.requires_grad for values in made.parameters()):
        raise ArgumentError("network", f"a {type(made).__name__} without parameters to train", "one with some")
    return made.to(device)


def _frozen(network: nn.Module, names: Collection[str]) -> tuple[nn.Module, ...]:
    modules = dict(network.named_modules(remove_duplicate=False))
    for name in names:
        if name not in modules:
            raise ArgumentError("frozen", repr(name), f"some of the modules {', '.join(list(modules)[1:])}")
    return tuple(modules[name] for name in names)


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    values, rate, decay = network.parameters(), recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adam":
        return torch.optim.Adam(values, rate, betas=(recipe.momentum, 0.999), weight_decay=decay)
    return torch.optim.SGD(values, rate, momentum=recipe.momentum, weight_decay=decay)
