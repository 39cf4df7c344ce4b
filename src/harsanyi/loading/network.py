"""A network from `package.module:factory` and a checkpoint; loading a checkpoint never executes code from it."""

from __future__ import annotations

import importlib
import inspect
import json
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.network import Network
from harsanyi.loading.checkpoints import weights_in
from harsanyi.loading.hugging_face import load_model, model_name
from harsanyi.loading.reason import reason


def check_name(network: str) -> None:
    """Refuse what names neither a factory nor a model.

    Raises:
        ArgumentError: neither "package.module:factory" nor a folder with a model nor "hf:" and a name.
    """
    module_name, _, attribute = network.partition(":")
    if model_name(network) is None and not (module_name and attribute):
        accepted = "package.module:factory, such as my_package.models:make_network, or a folder with a config.json"
        raise ArgumentError("network", repr(network), accepted)


def build_network(factory: str, options: Mapping[str, Any] | None = None) -> Network:
    """Call the user's own factory, named as `package.module:function` or `package.module:Class`, or load a model.

    Args:
        factory: importable from the current folder or the environment; or a folder with a Hugging Face model, or its
            name on the hub with "hf:" before it.
        options: keyword arguments of the factory.

    Returns:
        The module, or other callable of a batch of inputs, that it returns.

    Raises:
        ArgumentError: it cannot be imported or called, or returns something else.
    """
    pretrained = model_name(factory)
    if pretrained is not None:
        return load_model(pretrained, options)
    check_name(factory)
    module_name, _, attribute = factory.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # the user's own code, as `python -m` finds it
    try:
        target: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the user's module is there, and lacks something itself
        hint = "Run it where the module lies, or install it"
        raise ArgumentError("network", f"{factory} ({error})", "an importable module", hint) from error
    for name in attribute.split("."):
        if not hasattr(target, name):
            known = ", ".join(name for name, value in vars(target).items() if callable(value) and name[0] != "_")
            raise ArgumentError("network", factory, f"one of the names in {module_name}: {known}")
        target = getattr(target, name)
    network: Network = _called(target, factory, options or {}) if not isinstance(target, nn.Module) else target
    if not callable(network):
        raise ArgumentError(
            "network", f"{factory}, which gives a {type(network).__name__}", "a torch.nn.Module or a callable"
        )
    return network


def _called(target: Any, factory: str, options: Mapping[str, Any]) -> Any:
    """What the factory returns; an error in its own body is the user's to see, whole."""
    try:
        inspect.signature(target).bind(**options)
    except TypeError as error:
        given = f"{dict(options) or 'nothing'} ({error})"
        hint = "They are given as --network-options, in the plan of a study as options"
        raise ArgumentError("network_options", given, f"options that {factory} takes", hint) from error
    except ValueError:  # a builtin that does not tell its arguments
        pass
    return target(**options)


def read_state(path: str | Path) -> dict[str, Tensor]:
    """Tensors of a checkpoint: safetensors, or a state dict that torch can load with weights_only=True.

    A mapping that holds the state dict under "state_dict", "model_state_dict" or "model" (as Lightning's does) is
    unpacked. A folder is a Hugging Face checkpoint, whose weights may lie in several files.

    Args:
        path: the file or folder.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        ArgumentError: no such file, unreadable, or a pickle that holds more than weights (it is not loaded).
    """
    path = Path(path)
    weights = weights_in(path) if path.is_dir() else path
    if weights is None or not weights.is_file():
        raise ArgumentError("checkpoint", path, "an existing file, or a folder with a model.safetensors")
    if weights.suffix == ".json":
        return {name: values for part in _parts(weights) for name, values in _read_file(part).items()}
    return _read_file(weights)


def _parts(index: Path) -> list[Path]:
    """The files that the index of a checkpoint in several files names, all beside it."""
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError) as error:
        raise ArgumentError("checkpoint", f"{index} ({error})", "an index of Hugging Face weights") from error
    if any(Path(name).name != name for name in names):
        raise ArgumentError("checkpoint", f"{index}, which names files elsewhere", "an index of files beside it")
    return [index.with_name(name) for name in names]


def _read_file(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        if not _of_torch(path):
            raise ArgumentError("checkpoint", f"{path}, which torch.save did not write",
                                "safetensors or a state dict, saved by torch.save")  # fmt: skip
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ArgumentError(
            "checkpoint", f"{path}, which holds more than weights", "safetensors or a state dict",
            "Loading it could run code. Save model.state_dict() instead",
        ) from error  # fmt: skip
    except ArgumentError:
        raise
    except Exception as error:
        why = "damaged" if isinstance(error, LookupError | EOFError) else reason(error)  # a torn pickle: a KeyError
        raise ArgumentError("checkpoint", f"{path} ({why})", "a readable safetensors or state dict file") from error
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise ArgumentError("checkpoint", f"{path}, a {type(content).__name__}", "a mapping from names to tensors")
    return dict(content)


def _of_torch(path: Path) -> bool:
    """Whether a file begins as torch.save begins one: a zip archive, or a pickle."""
    with path.open("rb") as file:
        return file.read(2).startswith((b"PK", b"\x80"))


def load_checkpoint(network: Network, path: str | Path) -> nn.Module:
    """Load a checkpoint into the network, every tensor or none.

    Raises:
        ArgumentError: as `read_state` and `load_state`.
    """
    return load_state(network, read_state(path), path)


def load_state(network: Network, state: Mapping[str, Tensor], path: str | Path) -> nn.Module:
    """Load tensors into the network, every one or none.

    Names may have one prefix in common that those of the network lack: the attribute of a LightningModule, or what
    DistributedDataParallel and torch.compile put before them. Where two names share a tensor, one may be missing.

    Args:
        network: a module.
        state: tensors by name.
        path: where they are from, for messages.

    Returns:
        The network.

    Raises:
        ArgumentError: a network that is no module, or names or shapes that differ (says which).
    """
    fitted = check_state(network, state, path)
    assert isinstance(network, nn.Module)
    network.load_state_dict(fitted)
    return network


def check_state(network: Network, state: Mapping[str, Tensor], path: str | Path) -> dict[str, Tensor]:
    """The tensors under the network's own names; raises as `load_state` where they do not fit."""
    if not isinstance(network, nn.Module):
        raise ArgumentError(
            "checkpoint", path, f"none: the network is a {type(network).__name__}, not a torch.nn.Module"
        )
    own = network.state_dict()
    state = _with_tied(_unprefixed(state, own), own)
    missing, surplus = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    shapes = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(own[name].shape)}"
        for name in sorted(own.keys() & state.keys())
        if state[name].shape != own[name].shape
    ]
    if missing or surplus or shapes:
        told = [f"{label} {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
                for label, names in (("missing:", missing), ("not in the network:", surplus), ("shapes:", shapes))
                if names]  # fmt: skip
        raise ArgumentError(
            "checkpoint", f"{path} ({'; '.join(told)})", f"a checkpoint of this {type(network).__name__}"
        )
    return state


def _unprefixed(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names are those of the network after one prefix, under the names without it."""
    if not own or own.keys() & state.keys():
        return dict(state)
    first = next(iter(own))
    prefixes = sorted({name.removesuffix(first) for name in state if name.endswith(f".{first}")}, key=len)
    for prefix in prefixes:
        inside = {name.removeprefix(prefix): values for name, values in state.items() if name.startswith(prefix)}
        if own.keys() <= inside.keys():
            return inside
    return dict(state)


def _with_tied(state: dict[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Missing tensors that share their memory with one that is there, added."""
    places = {(own[name].data_ptr(), own[name].shape): name for name in own.keys() & state.keys() if own[name].numel()}
    tied = {name: places.get((own[name].data_ptr(), own[name].shape)) for name in own.keys() - state.keys()}
    return state | {name: state[there] for name, there in tied.items() if there is not None}
