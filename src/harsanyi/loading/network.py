"""A network from `package.module:factory` and a checkpoint; loading a checkpoint never executes code from it."""

from __future__ import annotations

import importlib
import inspect
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.network import Network
from harsanyi.loading.hugging_face import load_model, model_name


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
        raise ArgumentError("network", f"{factory}: {error}", "a factory that these options fit") from error
    except ValueError:  # a builtin that does not tell its arguments
        pass
    return target(**options)


def read_state(path: str | Path) -> dict[str, Tensor]:
    """Tensors of a checkpoint: safetensors, or a state dict that torch can load with weights_only=True.

    A mapping that holds the state dict under "state_dict", "model_state_dict" or "model" is unpacked.

    Raises:
        ArgumentError: no such file, unreadable, or a pickle that holds more than weights (it is not loaded).
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError("checkpoint", path, "an existing file")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ArgumentError(
            "checkpoint", f"{path}, which holds more than weights", "safetensors or a state dict",
            "Loading it could run code. Save model.state_dict() instead",
        ) from error  # fmt: skip
    except Exception as error:
        raise ArgumentError("checkpoint", f"{path} ({error})", "a readable safetensors or state dict file") from error
    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise ArgumentError("checkpoint", f"{path}, a {type(content).__name__}", "a mapping from names to tensors")
    return dict(content)


def load_checkpoint(network: Network, path: str | Path) -> nn.Module:
    """Load a checkpoint into the network, every tensor or none.

    Raises:
        ArgumentError: as `read_state`, a network that is no module, or names or shapes that differ (says which).
    """
    if not isinstance(network, nn.Module):
        raise ArgumentError(
            "checkpoint", path, f"none: the network is a {type(network).__name__}, not a torch.nn.Module"
        )
    state, own = read_state(path), network.state_dict()
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
    network.load_state_dict(state)
    return network
