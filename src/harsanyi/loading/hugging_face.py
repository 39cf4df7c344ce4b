"""A model of Hugging Face from a local folder or the hub: safetensors only, never code from there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing

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
        ArgumentError: it cannot be read, lacks weights, or its configuration names no class of transformers.
        ImportError: transformers is not installed (says the command that installs it).
    """
    try:
        import transformers
    except ImportError as error:
        raise missing("a Hugging Face model needs transformers", "text") from error
    where: dict[str, Any] = {"local_files_only": Path(name).is_dir(), "trust_remote_code": False}
    with _readable(name), _quiet(where["local_files_only"]):
        config = transformers.AutoConfig.from_pretrained(name, **where)
        kinds = [getattr(transformers, kind, None) for kind in config.architectures or ()]
        if not kinds or kinds[0] is None:
            given = f"{name}, whose config.json names the architectures {config.architectures}"
            raise ArgumentError("network", given, "a model of a class in transformers")
        model: nn.Module
        how: dict[str, Any] = {"output_loading_info": True, "ignore_mismatched_sizes": True, "use_safetensors": True}
        model, found = kinds[0].from_pretrained(name, **how, **where, **(options or {}))
    _check_complete(name, model, found)
    return model.eval()


def _check_complete(name: str, model: nn.Module, found: Mapping[str, Any]) -> None:
    """Refuse a model some of whose weights transformers drew at random: they are missing, or of another shape."""
    lacking = [f"no {key}" for key in sorted(found["missing_keys"])]
    lacking += [
        f"{key} {tuple(theirs)} instead of {tuple(ours)}" for key, theirs, ours in sorted(found["mismatched_keys"])
    ]
    if lacking:
        given = f"{name} with {', '.join(lacking[:5])}{' …' if len(lacking) > 5 else ''}"
        raise ArgumentError("network", given, f"all weights of a {type(model).__name__} as config.json describes it")


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Whatever goes wrong, of many kinds: no such file, no connection, damaged tensors, other shapes."""
    try:
        yield
    except ArgumentError:
        raise
    except Exception as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArgumentError("network", f"{name} ({told})", "a folder or hub name of a model in safetensors") from error


@contextmanager
def _quiet(local: bool) -> Iterator[None]:
    """No report of transformers about weights, and no progress bar but for downloads."""
    from transformers.utils import logging as reports

    level, bars = reports.get_verbosity(), reports.is_progress_bar_enabled()
    reports.set_verbosity(logging.CRITICAL)
    if local:
        reports.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        reports.set_verbosity(level)
        if bars:
            reports.enable_progress_bar()  # type: ignore[no-untyped-call]
