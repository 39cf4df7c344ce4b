"""Where the networks of a study come from: the factory of each, and files in place of iterators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from harsanyi.core.content import content_hash
from harsanyi.core.errors import ArgumentError
from harsanyi.loading.hugging_face import model_name
from harsanyi.loading.network import read_state
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.plan import Plan
from harsanyi.study.question import module_state
from harsanyi.study.record import Record
from harsanyi.training.baselines import read_baselines
from harsanyi.training.factor_index import read_factors
from harsanyi.training.plan import read_training
from harsanyi.whole_files import write_whole


def settled(plan: Plan, folder: Path, known: Record | None) -> Plan:
    """The plan with its baselines among its networks, a factory for every network, and files in place of iterators.

    Args:
        plan: of the study.
        folder: of the study, which keeps what iterators give.
        known: the study on record, if there is one.

    Returns:
        The plan.

    Raises:
        ArgumentError: no factory is given or known, an iterator gives something else than checkpoints, or a baseline
            has the name of another network.
    """
    networks = {}
    for name, network in with_baselines(plan).items():
        stored = () if known is None else known.checkpoints.get(name, ())
        contents = {checkpoint.step: checkpoint.sha256 for checkpoint in stored}
        networks[name] = _with_factory(_with_files(network, folder / "checkpoints" / name, contents), name)
    targets_first = dict(sorted(networks.items(), key=lambda item: item[1].role != "target"))
    return replace(plan, networks=targets_first, baselines=None)


def with_baselines(plan: Plan) -> dict[str, NetworkPlan]:
    """The networks of the plan, and those of its folders of factors and of baselines."""
    networks = _of_factors(plan) | dict(plan.networks)
    if plan.baselines is None:
        return networks
    for name, found in read_baselines(plan.baselines).items():
        baseline = NetworkPlan(str(found.folder), role=found.role, steps=found.steps)
        if name in networks and not _same_folder(networks[name].checkpoints, found.folder):
            raise ArgumentError("baselines", f"{plan.baselines} with {name}, the name of another network",
                                "names of their own")  # fmt: skip
        networks.setdefault(name, baseline)
    return networks


def _same_folder(checkpoints: Any, folder: Path) -> bool:
    return isinstance(checkpoints, str | Path) and Path(checkpoints).resolve() == folder.resolve()


def _of_factors(plan: Plan) -> dict[str, NetworkPlan]:
    if plan.factors is None:
        return {}
    found = read_factors(plan.factors).networks.items()
    return {name: NetworkPlan(str(network.folder), network.network, network.options, role="pair")
            for name, network in found}  # fmt: skip


def _with_files(network: NetworkPlan, folder: Path, contents: Mapping[int, str]) -> NetworkPlan:
    source = network.checkpoints
    in_memory = isinstance(source, Sequence) and any(isinstance(entry, tuple) for entry in source)
    if source is None or isinstance(source, str | Path | Mapping) or (isinstance(source, Sequence) and not in_memory):
        return network
    try:
        entries = iter(source)
    except TypeError:
        accepted = "a folder, a file, a list, a mapping from steps to files, or an iterator"
        raise ArgumentError("checkpoints", type(source).__name__, accepted) from None
    return replace(network, checkpoints=kept_copies(folder, entries, contents))


def kept_copies(folder: Path, checkpoints: Iterable[Any], contents: Mapping[int, str]) -> dict[int, str]:
    """Write what an iterator of (step, module or state dict) gives into a folder, one safetensors file a step.

    Args:
        folder: where; a file that holds the same already stays as it is.
        checkpoints: the iterator.
        contents: hashes of the checkpoints that are on record, by their steps.

    Returns:
        The file of every step.

    Raises:
        ArgumentError: something else came out of it, a step twice, or another content for a step on record.
    """
    from safetensors.torch import save

    files: dict[int, str] = {}
    for entry in checkpoints:
        step, state = _step_and_state(entry)
        path, content = folder / f"step-{step:09d}.safetensors", content_hash(state)
        if step in files:
            raise ArgumentError("checkpoints", f"an iterator that gives step {step} twice", "one checkpoint a step")
        if contents.get(step, content) != content:
            raise ArgumentError("checkpoints", f"an iterator that gives other weights for step {step} than stored",
                                "the checkpoint that the study has", "Use another folder")  # fmt: skip
        files[step] = str(path)
        if path.exists() and content_hash(read_state(path)) == content:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        whole = save({key: values.cpu().contiguous().clone() for key, values in state.items()})
        write_whole(path, lambda temporary, whole=whole: temporary.write_bytes(whole))  # type: ignore[misc]
    return files


def _step_and_state(entry: Any) -> tuple[int, Mapping[str, torch.Tensor]]:
    accepted = "pairs of a step >= 0 and a module or its state dict"
    if not isinstance(entry, tuple) or len(entry) != 2:
        raise ArgumentError("checkpoints", f"an iterator that gives a {type(entry).__name__}", accepted)
    step, given = entry
    state = module_state(given) if isinstance(given, nn.Module) else given
    fits = isinstance(state, Mapping) and all(isinstance(values, torch.Tensor) for values in state.values())
    if not fits or not isinstance(step, int) or isinstance(step, bool) or step < 0:
        raise ArgumentError("checkpoints", f"an iterator that gives ({step!r}, {type(given).__name__})", accepted)
    return step, state


def _with_factory(network: NetworkPlan, name: str) -> NetworkPlan:
    """The factory of the plan, of the training on record, or of Hugging Face folders."""
    if network.factory is not None:
        return network
    for folder in _folders(network.checkpoints):
        training = read_training(folder)
        if training is not None:
            return replace(network, factory=training.network, options=training.network_options)
        if model_name(str(folder)) is not None:
            return replace(network, factory=str(folder))
    if isinstance(network.checkpoints, str | Path) and not Path(network.checkpoints).exists():
        raise ArgumentError("checkpoints", network.checkpoints, "an existing folder or file")
    raise ArgumentError(f"networks.{name}.factory", "nothing", "package.module:function that makes the network",
                        "It is known only for folders written by harsanyi train, and of Hugging Face")  # fmt: skip


def _folders(source: Any) -> list[Path]:
    """Folders that may tell what the network is: the first of the checkpoints, and those in it."""
    entries = [source] if isinstance(source, str | Path) else source.values() if isinstance(source, Mapping) else source
    first = next(iter(entries), None)
    folder = Path(first) if isinstance(first, str | Path) else None
    if folder is None or not folder.is_dir():
        return []
    return [folder, *sorted(folder.glob("checkpoint-*"))]


def training_data(plan: Plan) -> Mapping[str, Any] | None:
    """Options of `load_data` of the training of the first target, or of a pair, where its folder tells."""
    asked = (network for network in plan.networks.values() if network.role in ("target", "pair"))
    source = next(asked).checkpoints
    training = read_training(source) if isinstance(source, str | Path) and Path(source).is_dir() else None
    return None if training is None else training.data
