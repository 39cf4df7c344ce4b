"""What every command has in common: errors in one line, and options that are values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer


@contextmanager
def told() -> Iterator[None]:
    """Errors of this package as one line on standard error and exit status 2; others as they are."""
    from harsanyi.core.errors import HarsanyiError

    try:
        yield
    except (HarsanyiError, ImportError) as error:
        typer.echo(f"harsanyi: {' '.join(map(str.strip, str(error).splitlines()))}", err=True)
        raise typer.Exit(2) from error


def mapping(text: str, option: str) -> dict[str, Any]:
    """A JSON object given as an option."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"--{option}: given {text!r}; accepted: a JSON object ({error})") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"--{option}: given {text!r}; accepted: a JSON object")
    return value


def changes(settings: list[str]) -> dict[str, Any]:
    """Values by dotted name, from "name=value" each; values are read as YAML."""
    import yaml

    result = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"--set: given {setting!r}; accepted: NAME=VALUE, such as noise=0.04")
        try:
            result[name] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise typer.BadParameter(f"--set: given {setting!r}; accepted: a value in YAML ({error})") from error
    return result
