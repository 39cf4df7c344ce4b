"""From a plan to a study on disk: everything is looked at, then made or extended at one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.asking import Asked
from harsanyi.loading.hugging_face import model_name
from harsanyi.loading.network import load_state, read_state
from harsanyi.loading.samples import Samples
from harsanyi.progress import described
from harsanyi.study.cast import Cast, find_cast, load_cast, save_cast
from harsanyi.study.inventory import Stored, kept_copies, take_inventory
from harsanyi.study.locks import Locks
from harsanyi.study.losses import Losses, find_losses, save_losses
from harsanyi.study.machine import machine
from harsanyi.study.plan import NetworkPlan, Plan
from harsanyi.study.question import Question, make_network
from harsanyi.study.record import Record, check_identity, read_record
from harsanyi.study.samples import check_begin_alike, load_samples, read_plan_samples, save_samples
from harsanyi.study.store import ROOT, Grid, Shape, create_grid, extend_grid, write_labels, write_players
from harsanyi.training.plan import read_training
from harsanyi.whole_files import remove_torn, write_whole

LOCK, PLAN = "lock", "plan.yaml"
_BLOCK = 1 << 14  # masked inputs of a unit: seconds of work, and a chunk of 128 KiB of scores in float64


@dataclass(frozen=True, eq=False)
class Opened:
    """A study ready to be computed: on disk, and shared with other processes until its locks are closed."""

    folder: Path
    question: Question
    record: Record
    locks: Locks


def open_study(folder: Path, plan: Plan) -> Opened:
    """Check a plan against its files and networks, and make the study or extend it by what is new in the plan.

    Args:
        folder: of the study; new, empty, or a study.
        plan: of the study.

    Returns:
        The `Opened`.

    Raises:
        ArgumentError: anything that cannot be used, before anything on disk is changed; a study that another process
            works on and that would have to be extended.
        NetworkError: a network fails on the samples.
    """
    if folder.exists() and not folder.is_dir():
        raise ArgumentError("study", folder, "a folder, new or there")
    known = read_record(folder)
    if known is None and folder.is_dir() and any(_foreign(inner.name) for inner in folder.iterdir()):
        raise ArgumentError("study", f"{folder}, which holds something else", "a new or empty folder, or a study")
    plan = _settled(plan, folder)
    draft = _drafted(folder, plan, known)
    folder.mkdir(parents=True, exist_ok=True)
    locks = Locks(folder / LOCK)
    try:
        _bring_up_to_date(folder, plan, draft, locks)
    except BaseException:
        locks.close()
        raise
    return Opened(folder, draft.question, draft.record, locks)


def _foreign(name: str) -> bool:
    """Whether a file is none of a study that is being made."""
    return name not in (LOCK, PLAN, "checkpoints", "study.zarr", "samples.npz", "players", "losses") and name[0] != "."


@dataclass(frozen=True, eq=False)
class _Draft:
    """What the study is to be; nothing of it is on disk yet."""

    question: Question
    record: Record
    casts: Mapping[tuple[str, int], Cast]
    losses: Mapping[str, Losses]


# The plan -------------------------------------------------------------------------------------------------------------


def _settled(plan: Plan, folder: Path) -> Plan:
    """The plan with a factory for every network, and files in place of iterators."""
    return replace(plan, networks={name: _with_factory(_with_files(network, folder / "checkpoints" / name), name)
                                   for name, network in plan.networks.items()})  # fmt: skip


def _with_files(network: NetworkPlan, folder: Path) -> NetworkPlan:
    source = network.checkpoints
    in_memory = isinstance(source, Sequence) and any(isinstance(entry, tuple) for entry in source)
    if source is None or isinstance(source, str | Path | Mapping) or (isinstance(source, Sequence) and not in_memory):
        return network
    try:
        entries = iter(source)
    except TypeError:
        accepted = "a folder, a file, a list, a mapping from steps to files, or an iterator"
        raise ArgumentError("checkpoints", type(source).__name__, accepted) from None
    return replace(network, checkpoints=str(kept_copies(folder, entries)))


def _with_factory(network: NetworkPlan, name: str) -> NetworkPlan:
    """The factory of the plan, of the training on record, or of Hugging Face folders."""
    if network.factory is not None:
        return network
    source = network.checkpoints
    first = next(iter(source.values() if isinstance(source, Mapping) else source), None) if not isinstance(
        source, str | Path) else source  # fmt: skip
    candidates = [Path(first)] if isinstance(first, str | Path) else []
    candidates += sorted(candidates[0].glob("checkpoint-*")) if candidates and candidates[0].is_dir() else []
    for folder in candidates:
        training = read_training(folder) if folder.is_dir() else None
        if training is not None:
            return replace(network, factory=training.network, options=training.network_options)
        if model_name(str(folder)) is not None:
            return replace(network, factory=str(folder))
    raise ArgumentError(f"networks.{name}.factory", "nothing", "package.module:function that makes the network",
                        "It is known only for folders written by harsanyi train, and of Hugging Face")  # fmt: skip


def _training_data(plan: Plan) -> Mapping[str, Any] | None:
    source = next(iter(plan.networks.values())).checkpoints
    training = read_training(source) if isinstance(source, str | Path) and Path(source).is_dir() else None
    return None if training is None else training.data


# The draft ------------------------------------------------------------------------------------------------------------


def _drafted(folder: Path, plan: Plan, known: Record | None) -> _Draft:
    samples = read_plan_samples(plan, _training_data(plan))
    stored = None if known is None else load_samples(folder)
    if stored is not None:
        check_begin_alike(stored, samples)
    _check_networks(plan, samples, known)
    losses = {name: found for name, network in plan.networks.items() if (found := find_losses(network)) is not None}
    rows: dict[str, tuple[Stored, ...]] = {} if known is None else dict(known.checkpoints)
    how = {} if known is None else dict(known.how)
    casts: dict[tuple[str, int], Cast] = {}
    labels, n = _given_labels(samples, stored), None if known is None else known.shape.n
    question = Question(plan, samples, labels, {})
    for name, network in plan.networks.items():
        module = make_network(network, name, plan.device)
        rows[name] = tuple(take_inventory(network.checkpoints, module, rows.get(name, ()), name))
        question = replace(question, checkpoints={**question.checkpoints, name: _paths(rows[name])})
        _load_last(module, rows[name])
        for at in range(len(question.layers)):
            asked = question.ask(name, module, at)
            if question.labels is None:
                question = replace(question, labels=_predicted(asked))
                asked = question.ask(name, module, at)
            n = _check_same_n(n, asked.n, name)
            casts[name, at] = _cast(folder, name, at, asked, known)
        how[name] = {**asked.record(), "factory": described(network.factory), "options": dict(network.options)}
        _check_factory(name, how[name], None if known is None else known.how.get(name))
    assert n is not None
    identity = _identity(question, module)
    if known is not None:
        check_identity(known.identity, identity)
    shape = Shape(question.layers, len(samples.inputs), n, _block(plan, n, known), plan.dtype)
    settled = Samples(samples.inputs, question.labels, samples.columns)
    question = replace(question, samples=settled)
    record = Record(identity, shape, rows, how, machine() if known is None else known.machine)
    return _Draft(question, record, casts, losses)


def _check_networks(plan: Plan, samples: Samples, known: Record | None) -> None:
    """New samples are of every network."""
    lacking = [] if known is None else sorted(known.checkpoints.keys() - plan.networks.keys())
    if lacking and known is not None and len(samples.inputs) > known.shape.samples:
        raise ArgumentError("networks", f"more samples, without the networks {', '.join(lacking)}",
                            "every network of the study, to add samples")  # fmt: skip


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


def _paths(rows: Sequence[Stored]) -> tuple[Path | None, ...]:
    return tuple(Path(stored.path) if stored.path else None for stored in rows)


def _load_last(module: nn.Module, rows: Sequence[Stored]) -> None:
    last = max(rows, key=lambda stored: stored.step)
    if last.path and Path(last.path).exists():
        load_state(module, read_state(last.path), last.path)


def _check_same_n(n: int | None, found: int, name: str) -> int:
    if n not in (None, found):
        raise ArgumentError("players", f"{found} players in {name}", f"{n}, as in the other networks and layers")
    return found


def _check_factory(name: str, now: Mapping[str, Any], was: Mapping[str, Any] | None) -> None:
    for part in ("factory", "options"):
        if was is not None and was.get(part) != now[part]:
            raise ArgumentError(f"networks.{name}.{part}", repr(now[part]), f"{was.get(part)!r}, as in the study")


def _cast(folder: Path, name: str, at: int, asked: Asked, known: Record | None) -> Cast:
    """The players that are stored where nothing was added, else found."""
    if known is not None and name in known.checkpoints:
        stored = load_cast(folder, name, at)
        if len(stored.names) == len(asked):
            return stored
    return find_cast(asked)


def _identity(question: Question, module: nn.Module) -> dict[str, Any]:
    """What every extraction has in common, JSON types."""
    plan = question.plan
    players = question.players(list(plan.networks)[-1], module, 0)
    return {"players": described(players), "at": list(question.layers), "score": described(question.score()),
            "output": described(plan.output), "noise": question.noise, "max_gap": plan.max_gap,
            "max_iterations": plan.max_iterations, "batch_size": plan.batch_size, "autocast": plan.autocast,
            "dtype": plan.dtype}  # fmt: skip


def _block(plan: Plan, n: int, known: Record | None) -> int:
    if known is None:
        return plan.block or max(1, _BLOCK >> n)
    if plan.block not in (None, known.shape.block):
        raise ArgumentError("block", plan.block, f"{known.shape.block}, as in the study, or nothing")
    return known.shape.block


# On disk --------------------------------------------------------------------------------------------------------------


def _bring_up_to_date(folder: Path, plan: Plan, draft: _Draft, locks: Locks) -> None:
    """Join a study that is as drafted; make or extend any other, alone."""
    if not locks.share():
        raise _busy(folder)
    if _as_drafted(folder, draft):
        return
    if not locks.alone():
        raise _busy(folder)
    known = read_record(folder)
    if known is not None:  # another process may have come first
        check_identity(known.identity, draft.record.identity)
        if _less(draft.record, known):
            raise ArgumentError("plan", "less than the study now has", "the same plan again",
                                "Another process has extended the study meanwhile")  # fmt: skip
    _write(folder, plan, draft, known)
    locks.share()


def _busy(folder: Path) -> ArgumentError:
    return ArgumentError("study", f"{folder}, which another process is working on", "a study at rest, to extend it",
                         "The same plan joins that work; new samples, checkpoints or networks wait for its end"
                         )  # fmt: skip


def _as_drafted(folder: Path, draft: _Draft) -> bool:
    known = read_record(folder)
    if known is None or known.shape != draft.record.shape or known.checkpoints != draft.record.checkpoints:
        return False
    return all(len(Grid(folder, name).steps) == len(rows) for name, rows in known.checkpoints.items())


def _less(drafted: Record, known: Record) -> bool:
    fewer = drafted.shape.samples < known.shape.samples
    return fewer or any(len(drafted.checkpoints.get(name, ())) < len(rows) for name, rows in known.checkpoints.items())


def _write(folder: Path, plan: Plan, draft: _Draft, known: Record | None) -> None:
    """Arrays first, the record last: without it, or with an old one, the same is written again."""
    record = draft.record
    _remove_torn(folder)
    save_samples(folder, draft.question.samples)
    for name, rows in record.checkpoints.items():
        steps, contents = [stored.step for stored in rows], [stored.sha256 for stored in rows]
        if known is None or name not in known.checkpoints:
            create_grid(folder, name, record.shape, steps, contents)
        else:
            extend_grid(folder, name, record.shape.samples, steps, contents)
    for (name, at), cast in draft.casts.items():
        save_cast(folder, name, at, cast)
        write_labels(folder, name, cast.answers)
        write_players(folder, name, _players_attribute(cast))
    for name, losses in draft.losses.items():
        save_losses(folder, name, losses)
    _write_plan(folder, plan)
    record.write(folder)


def _remove_torn(folder: Path) -> None:
    """Remove what writers that were killed left half written."""
    for partial in (folder / ROOT).rglob("*.partial"):
        partial.unlink(missing_ok=True)
    for inner in (folder, *(path for path in folder.iterdir() if path.is_dir())):
        remove_torn(inner)


def _players_attribute(cast: Cast) -> dict[str, Any]:
    shared = bool((cast.names == cast.names[:1]).all())
    return {"players": cast.names[0].tolist() if shared else "see the folder players: they differ between samples"}


def _write_plan(folder: Path, plan: Plan) -> None:
    import yaml

    options = plan.to_mapping()
    if options is None:
        (folder / PLAN).unlink(missing_ok=True)
        return
    text = yaml.safe_dump(options, sort_keys=False)
    write_whole(folder / PLAN, lambda temporary: temporary.write_text(text, encoding="utf-8"))
