"""Mappings from YAML files."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.loading.reason import reason


def read_yaml(path: str | Path, argument: str) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Args:
        path: the file.
        argument: how the caller calls it.

    Returns:
        The mapping.

    Raises:
        ArgumentError: no such file, not readable as YAML, or no mapping in it.
    """
    import yaml

    try:
        options = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ArgumentError(argument, f"{path} ({reason(error)})", "a readable YAML file") from error
    if not isinstance(options, dict):
        raise ArgumentError(argument, f"{path}, which holds a {type(options).__name__}", "a mapping")
    return options


def with_changes(options: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with single values changed, in mappings inside it too.

    Args:
        options: what a YAML file holds; stays as it is.
        changes: values by dotted name.

    Returns:
        A new mapping.

    Raises:
        ArgumentError: a name that goes through something that is no mapping.

    Example:
        >>> with_changes({"recipe": {"epochs": 8}}, {"recipe.epochs": 4, "seed": 1})
        {'recipe': {'epochs': 4}, 'seed': 1}
    """
    result = copy.deepcopy(dict(options))
    for name, value in changes.items():
        inner, (*folders, last) = result, name.split(".")
        for folder in folders:
            inner = inner.setdefault(folder, {})
            if not isinstance(inner, dict):
                raise ArgumentError("set", name, f"a field of {folder}, which is no mapping")
        inner[last] = value
    return result
