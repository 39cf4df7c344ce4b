"""What a study is to be, worked out from a plan, its files and its networks; nothing on disk is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from harsanyi.core.devices import is_here
from harsanyi.core.errors import ArgumentError
from harsanyi.game.asking import Asked
from harsanyi.loading.checkpoints import Checkpoint, counts_epochs
from harsanyi.loading.network import load_state, read_state
from harsanyi.loading.samples import Samples
from harsanyi.progress import described
from harsanyi.study.cast import Cast, find_cast, load_cast
from harsanyi.study.inventory import Stored, take_inventory, warn_of_same_weights
from harsanyi.study.losses import Losses, find_losses
from harsanyi.study.machine import machine
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.plan import Plan
from harsanyi.study.probing import FOLDER, Probing, found_layers, options_of, require_samples
from harsanyi.study.question import Question, make_network
from harsanyi.study.record import Record, check_identity
from harsanyi.study.samples import check_begin_alike, load_samples, read_background, read_plan_samples
from harsanyi.study.sources import training_data
from harsanyi.study.store import Grid, Shape, State, together

_MOST_CLASSES = 1 << 12  # whose logits are stored: as much as the scores of 12 players
_BLOCK = 1 << 14  # masked inputs of a unit: seconds of work, and a chunk of 128 KiB of scores in float64


@dataclass(frozen=True, eq=False)
class Draft:
    """What a study is to be.

    Attributes:
        question: that its networks are asked.
        record: to be put on record.
        casts: players of each network and layer.
        losses: of the networks' trainings, where they are known.
    """

    question: Question
    record: Record
    casts: Mapping[tuple[str, int], Cast]
    losses: Mapping[str, Losses]


def drafted(folder: Path, plan: Plan, known: Record | None) -> Draft:
    """Look at everything that a plan names, and try its networks.

    Args:
        folder: of the study.
        plan: every network with a factory and with files.
        known: the study on record, if there is one.

    Returns:
        The `Draft`.

    Raises:
        ArgumentError: anything that cannot be used, or that is not as in the study.
        NetworkError: a network fails on the samples.
    """
    data = training_data(plan)
    samples, stored = read_plan_samples(plan, data), _stored_samples(folder, known)
    if stored is not None:
        check_begin_alike(stored, samples)
    _check_networks(plan, samples, known)
    losses = {name: found for name, network in plan.networks.items() if (found := find_losses(network)) is not None}
    rows: dict[str, tuple[Stored, ...]] = {} if known is None else dict(known.checkpoints)
    how = {} if known is None else dict(known.how)
    casts: dict[tuple[str, int], Cast] = {}
    question = Question(plan, samples, _given_labels(samples, stored), {}, read_background(plan, data))
    n, classes = None if known is None else known.shape.n, 0 if known is None else known.shape.classes
    read = known.shape.at[:-1] if known is not None and known.shape.read else None  # layers, where the plan names some
    for name, network in plan.networks.items():
        here = plan.device if plan.device is None or is_here(plan.device) else "cpu"  # workers may have it
        module = make_network(network, name, here)
        idle = partial(idle_steps, folder, name, known)
        rows[name] = tuple(take_inventory(network, module, rows.get(name, ()), name, idle))
        question = replace(question, checkpoints={**question.checkpoints, name: _paths(rows[name])})
        _load_last(module, rows[name])
        if plan.layers is not None:
            read = _readable(question, name, module, read)
            question = replace(question, probing=Probing(folder / FOLDER, plan, read))
        for places in together(question.layers, plan.layers is not None):  # their players are the same
            asked = question.ask(name, module, places[0])
            if question.labels is None:
                question = replace(question, labels=_predicted(asked))
                asked = question.ask(name, module, places[0])
            n = _check_same_n(n, asked.n, name, known)
            classes = asked.classes if known is None and asked.classes <= _MOST_CLASSES else classes
            casts |= dict.fromkeys(((name, at) for at in places), _cast(folder, name, places[0], asked, known))
        how[name] = {**asked.record(), "labels": "predicted" if samples.labels is None else "given",
                     "factory": described(network.factory), "options": described(network.options),
                     "players": described(question.players(name, module, 0)), "role": network.role,
                     "unit": _unit(network, losses.get(name), how.get(name, {}), rows[name])}  # fmt: skip
    _check_same_outputs(how)
    warn_of_same_weights(plan.networks, rows, () if known is None else known.checkpoints)
    assert n is not None
    identity = _identity(question, how[name]["players"])
    if known is not None:
        check_identity(known.identity, identity)
        for name in plan.networks:
            _check_how(name, how[name], known.how.get(name))
    shape = Shape(question.layers, len(samples.inputs), n, _block(plan, n, known, len(places)), plan.dtype, classes,
                  plan.layers is not None)  # fmt: skip
    question = replace(question, samples=replace(samples, labels=question.labels))
    return Draft(question, Record(identity, shape, rows, how, machine() if known is None else known.machine), casts,
                 losses)  # fmt: skip


def idle_steps(folder: Path, network: str, known: Record | None) -> set[int]:
    """Steps on record of which nothing is done: their checkpoints may still be replaced."""
    if known is None or network not in known.checkpoints:
        return set()
    rows = known.checkpoints[network]
    done = (Grid(folder, network).state()[: len(rows)] == State.DONE).any((1, 2))
    return {rows[row].step for row in np.flatnonzero(~done)}


# Samples and labels ---------------------------------------------------------------------------------------------------


def _stored_samples(folder: Path, known: Record | None) -> Samples | None:
    """Those on record; the file holds more where an extension was killed."""
    if known is None:
        return None
    return load_samples(folder).take(slice(known.shape.samples))


def _given_labels(samples: Samples, stored: Samples | None) -> Any:
    """Labels of the plan; else those that the study predicted when it was made, where there are no new samples."""
    if samples.labels is None and stored is not None:
        if len(stored.inputs) < len(samples.inputs):
            raise ArgumentError("labels", f"nothing for {len(samples.inputs)} samples",
                                "labels: predicted ones are found once, when a study is made")  # fmt: skip
        return stored.labels
    return samples.labels


def _predicted(asked: Asked) -> Any:
    if asked.labels.ndim > 1:
        raise ArgumentError("labels", "nothing", "the tokens or texts to score: they must be the same at every "
                            "checkpoint")  # fmt: skip
    return asked.labels.numpy()


# Networks -------------------------------------------------------------------------------------------------------------


def _check_networks(plan: Plan, samples: Samples, known: Record | None) -> None:
    """New samples are of every network."""
    lacking = [] if known is None else sorted(known.checkpoints.keys() - plan.networks.keys())
    if lacking and known is not None and len(samples.inputs) > known.shape.samples:
        raise ArgumentError("networks", f"more samples, without the networks {', '.join(lacking)}",
                            "every network of the study, to add samples")  # fmt: skip


def _paths(rows: Sequence[Stored]) -> tuple[Path | None, ...]:
    return tuple(Path(stored.path) if stored.path else None for stored in rows)


def _load_last(module: nn.Module, rows: Sequence[Stored]) -> None:
    last = max(rows, key=lambda stored: stored.step)
    if last.path and Path(last.path).exists():
        load_state(module, read_state(last.path), last.path)


def _unit(network: NetworkPlan, losses: Losses | None, known: Mapping[str, Any], rows: Sequence[Stored]) -> str:
    """What its steps count: as the plan, its losses, the study or the names of all its checkpoints say."""
    epochs = all(row.path and counts_epochs(Checkpoint(row.step, Path(row.path))) for row in rows)
    said = network.unit or (None if losses is None else losses.unit) or known.get("unit")
    return said or ("epoch" if epochs else "step")


def _check_same_n(n: int | None, found: int, name: str, known: Record | None) -> int:
    if known is not None and found != known.shape.n:
        raise ArgumentError("players", f"{found} players in {name}", f"{known.shape.n}, as in the study",
                            "The same number again, or another folder")  # fmt: skip
    if n not in (None, found):
        raise ArgumentError("players", f"{found} players in {name}", f"{n}, as in the other networks and layers")
    return found


def _readable(question: Question, name: str, module: nn.Module, read: tuple[str, ...] | None) -> tuple[str, ...]:
    """The layers that are read: those of the plan, found in the first network, which all others must have."""
    plan = question.plan
    require_samples(plan, name)
    tokenizer = getattr(question.players(name, module, 0), "tokenizer", None)
    given = question.samples.given()
    names = options_of(plan).names if read is None else list(read)
    inputs = given if isinstance(given, list) else question.samples.inputs
    return found_layers(plan, module, inputs, names, tokenizer)


def _check_same_outputs(how: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse networks that cannot be compared with the first target: they tell other classes apart."""
    first = next((name for name, own in how.items() if own.get("role", "target") == "target"), next(iter(how)))
    for name, own in how.items():
        counts = own.get("outputs"), how[first].get("outputs")
        if None not in counts and counts[0] != counts[1]:
            raise ArgumentError(f"networks.{name}", f"a network of {counts[0]} outputs (classes)",
                                f"{counts[1]}, as {first} has")  # fmt: skip


def _check_how(name: str, now: Mapping[str, Any], was: Mapping[str, Any] | None) -> None:
    for part in ("factory", "options", "players"):
        if was is not None and was.get(part) != now[part]:
            raise ArgumentError(f"networks.{name}.{part}", repr(now[part]), f"{was.get(part)!r}, as in the study")


def _cast(folder: Path, name: str, at: int, asked: Asked, known: Record | None) -> Cast:
    """The players that are stored where nothing was added, else found."""
    if known is not None and name in known.checkpoints:
        stored = load_cast(folder, name, at)
        if len(stored.names) == len(asked):
            return stored
    return find_cast(asked)


# What all have in common ----------------------------------------------------------------------------------------------


def _identity(question: Question, players: Any) -> dict[str, Any]:
    """What every extraction has in common, JSON types; layer and tokenizer of the players are each network's own."""
    plan = question.plan
    if isinstance(players, Mapping):
        players = {name: value for name, value in players.items() if name not in ("at", "tokenizer")}
    return {"players": players, "at": list(question.layers), "score": described(question.score()),
            "output": described(plan.output), **_layers(plan), "noise": question.noise, "max_gap": plan.max_gap,
            "max_iterations": plan.max_iterations, "autocast": plan.autocast, "dtype": plan.dtype}  # fmt: skip


def _layers(plan: Plan) -> dict[str, Any]:
    """How layers are read, where they are."""
    if plan.layers is None:
        return {}
    names = ("names", "pooling", "validation", "weight_decays", "optimizer", "seed")
    return {"layers": {name: described(getattr(plan.layers, name)) for name in names}}


def _block(plan: Plan, n: int, known: Record | None, layers: int) -> int:
    if known is None:
        return plan.block or max(1, (_BLOCK >> n) // layers)
    if plan.block not in (None, known.shape.block):
        raise ArgumentError("block", plan.block, f"{known.shape.block}, as in the study, or nothing")
    return known.shape.block
