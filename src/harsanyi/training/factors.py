"""Pairs of networks that share their low layers, their high layers, or less, or more: what decides what they learn?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.loading.network import read_state
from harsanyi.progress import Progress
from harsanyi.training.batches import drawing, logits, picked
from harsanyi.training.cut import Cut, cut, misfits, values_of
from harsanyi.training.factor_index import FactorIndex, FactorNetwork, FactorPair, open_index, with_network, write_index
from harsanyi.training.factor_plan import FACTORS, FactorPlan
from harsanyi.training.files import weights_path
from harsanyi.training.loop import train
from harsanyi.training.plan import TrainingPlan
from harsanyi.zoo.data import Data

_FIRST = "first"


def train_factors(
    plan: FactorPlan,
    folder: str | Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress = True,
) -> FactorIndex:
    """Train pairs of networks that have one thing in common; run again, it goes on, and more pairs or factors add.

    Each pair has a first network, and for each factor a second one: trained on the same samples in another order, from
    the values of the first where the factor says that they are shared, and from values of its own elsewhere. The second
    networks of a pair have their order, and what they do not share, in common: their differences are those of the
    factors. All that is drawn follows from the plan's seed and the number of the pair.

    Args:
        plan: what is trained and shared.
        folder: new, empty, or of the same plan; a folder for each network, pair-0/first, pair-0/low, …, and the index.
        say: told what is trained, a line a network.
        progress: of each training, as in `train`.

    Returns:
        The `FactorIndex` of all networks in the folder.

    Raises:
        ArgumentError: an unknown module, low layers that do not fit the other architecture, a folder of another plan,
            or as `TrainingPlan.run`; before any training.

    Example:
        >>> import tempfile
        >>> plan = FactorPlan(
        ...     TrainingPlan("harsanyi.zoo:mlp5", {"name": "wine", "standardise": True},
        ...                  {"epochs": 2, "checkpoints": 2}, {"columns": 13, "classes": 3}),
        ...     low=2, factors=("low", "high"), pairs=1)
        >>> index = train_factors(plan, tempfile.mkdtemp(), progress=False)
        >>> list(index.networks), index.low
        (['pair-0-first', 'pair-0-low', 'pair-0-high'], ('0', '2'))

    Source: our definition of the experiment; the claim that low layers decide is the papers'.
    """
    data, folder = plan.training.load(), Path(folder)
    layers = check_factors(plan, data)
    index = open_index(folder, plan, layers.low)
    for pair in range(plan.pairs):
        for role in (_FIRST, *plan.factors):
            chosen = _network(plan, layers, pair, role, folder)
            say(f"Training {chosen.name}: {chosen.words} …")
            train(chosen.make, data, chosen.plan.recipe, chosen.folder, collate=chosen.plan.collate(),
                  progress=progress, plan=chosen.plan.to_mapping(), frozen=chosen.frozen)  # fmt: skip
            own = FactorNetwork(chosen.folder, chosen.plan.network, chosen.plan.network_options)
            both = None if role == _FIRST else FactorPair(role, pair, _name(pair, _FIRST), chosen.name)
            index = with_network(index, chosen.name, own, both)
            write_index(index, plan)
    return index


def check_factors(plan: FactorPlan, data: Data[Any]) -> Cut:
    """Make the networks once, run them on two samples, and find their low and high layers.

    Raises:
        ArgumentError: what `train_factors` cannot train.
        NetworkError: a network fails on the samples.
    """
    first, again = (_initial(plan.training, seed) for seed in _seeds(plan.seed, 0))
    layers = cut(first, plan.low)
    if all(torch.equal(one, other) for one, other in zip(first.parameters(), again.parameters(), strict=True)):
        raise ArgumentError("training.network", f"{plan.training.network}, whose initial values are always the same",
                            "a network whose initial values are drawn when it is made")  # fmt: skip
    if plan.other is not None and any(FACTORS[name].other for name in plan.factors):
        _check_other(plan, plan.other, first, layers, data)
    return layers


def _check_other(plan: FactorPlan, name: str, first: nn.Module, layers: Cut, data: Data[Any]) -> None:
    other = _initial(_architecture(plan, True), plan.seed)
    if "low_other_architecture" in plan.factors:
        wrong = misfits(first, other, layers.low)
        if wrong:
            raise ArgumentError("other", f"{name}, whose low layers do not fit: {', '.join(wrong)}",
                                "an architecture with the same low layers, under the same names")  # fmt: skip
        if {name for name, _ in other.named_parameters()} <= values_of(other, layers.low).keys():
            raise ArgumentError("other", f"{name}, without a parameter above the low layers", "one with some")
    wanted, given = (_classes(network, plan.training, data) for network in (first, other))
    if given != wanted:
        raise ArgumentError("other", f"{name}, which gives {given} logits", f"one with the first network's {wanted}")


@torch.no_grad()
def _classes(network: nn.Module, plan: TrainingPlan, data: Data[Any]) -> int:
    """How many logits the network gives."""
    try:
        batch = picked(data.train_inputs, torch.arange(2), plan.collate(), torch.device("cpu"))
        return logits(network.eval(), batch).shape[1]
    except (RuntimeError, TypeError, ValueError) as error:
        raise NetworkError(f"a {type(network).__name__} of the plan cannot be run on the data: {error}") from error


# One network ----------------------------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False)
class _Network:
    name: str
    words: str
    plan: TrainingPlan
    folder: Path
    make: Callable[[], nn.Module]
    frozen: tuple[str, ...] = ()


def _network(plan: FactorPlan, layers: Cut, pair: int, role: str, folder: Path) -> _Network:
    """How the network of a pair and a factor is trained."""
    name, own = _name(pair, role), folder / f"pair-{pair}" / role
    first_seed, second_seed = _seeds(plan.seed, pair)
    first = _seeded(plan.training, first_seed)
    if role == _FIRST:
        return _Network(name, f"the first network of pair {pair}", first, own, first.module)
    factor = FACTORS[role]
    second = _seeded(_architecture(plan, factor.other), second_seed)
    shared = {"none": (), "low": layers.low, "high": layers.high, "all": layers.low + layers.high}[factor.part]
    frozen = shared if plan.mode == "frozen" and factor.part != "all" else ()
    if frozen:
        source = partial(read_state, weights_path(folder / f"pair-{pair}" / _FIRST, first.recipe.epochs))
    else:
        source = partial(_initial_values, plan.training, first_seed)
    return _Network(name, f"it shares {factor.words}", second, own, partial(_sharing, second, shared, source), frozen)


def _sharing(plan: TrainingPlan, shared: tuple[str, ...], source: Callable[[], Mapping[str, Tensor]]) -> nn.Module:
    """The network of a plan, made under the random numbers of its training, with values of another where shared."""
    network = plan.module()
    if shared:
        values = source()
        taken = {name: values[name] for name in values_of(network, shared)}
        network.load_state_dict({**network.state_dict(), **taken})
    return network


def _initial(plan: TrainingPlan, seed: int) -> nn.Module:
    """The network before its training with a seed, as `train` makes it."""
    with drawing(seed, None, torch.device("cpu")):
        return plan.module()


def _initial_values(plan: TrainingPlan, seed: int) -> dict[str, Tensor]:
    return _initial(plan, seed).state_dict()


def _architecture(plan: FactorPlan, other: bool) -> TrainingPlan:
    if not other:
        return plan.training
    assert plan.other is not None
    return replace(plan.training, network=plan.other, network_options=plan.other_options)


def _seeded(plan: TrainingPlan, seed: int) -> TrainingPlan:
    return replace(plan, recipe=replace(plan.recipe, seed=seed))


def _seeds(seed: int, pair: int) -> tuple[int, int]:
    """Of the first network of a pair, and of its second ones."""
    drawn: Any = np.random.SeedSequence((seed, pair)).generate_state(2)
    return int(drawn[0]), int(drawn[1])


def _name(pair: int, role: str) -> str:
    return f"pair-{pair}-{role}"
