"""Mappings from YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError


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
        raise ArgumentError(argument, f"{path} ({error})", "a readable YAML file") from error
    if not isinstance(options, dict):
        raise ArgumentError(argument, f"{path}, which holds a {type(options).__name__}", "a mapping")
    return options
