"""A model of Hugging Face from a local folder or the hub: safetensors only, never code from there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from harsanyi.core.errors import ArgumentError

_HUB = "hf:"


def model_name(network: str) -> str | None:
    """Folder or hub name of a model where `--network` names one, else nothing.

    Args:
        network: a folder with a config.json, or "hf:" and a name on the hub.

    Returns:
        What transformers' `from_pretrained` takes.
    """
    if network.startswith(_HUB):
        return network.removeprefix(_HUB)
    return network if (Path(network) / "config.json").is_file() else None


def load_model(name: str, options: Mapping[str, Any] | None = None) -> nn.Module:
    """The model, of the class that its configuration names.

    Args:
        name: a local folder, which is all that is looked at, or a name on the hub.
        options: other arguments of `from_pretrained`.

    Returns:
        The model, in evaluation mode.

    Raises:
        ArgumentError: it cannot be read, or its configuration names no class of transformers.
        ImportError: transformers is not installed (says the command that installs it).
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError("a Hugging Face model needs transformers: pip install 'harsanyi[text]'") from error
    where: dict[str, Any] = {"local_files_only": Path(name).is_dir(), "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(name, **where)
        kinds = [getattr(transformers, kind, None) for kind in config.architectures or ()]
        if not kinds or kinds[0] is None:
            given = f"{name}, whose config.json names the architectures {config.architectures}"
            raise ArgumentError("network", given, "a model of a class in transformers")
        model: nn.Module = kinds[0].from_pretrained(name, use_safetensors=True, **where, **(options or {}))
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, ArgumentError):
            raise
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArgumentError("network", f"{name} ({told})", "a folder or hub name of a model in safetensors") from error
    return model.eval()
