"""What every command has in common: errors, warnings and an interruption in one line, and options that are values."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

WRITING = "Writing the page …"
PROBES = "Linear probes of the layers are trained first, at each checkpoint, where they are not stored yet."
_INTERRUPTED = 130  # exit status of what SIGINT ends


@contextmanager
def told(resumable: bool = False) -> Iterator[None]:
    """Lines on standard error: errors of this package (exit status 2; others stay as they are), warnings, a stop.

    Args:
        resumable: whether the command goes on where it was stopped; a `KeyboardInterrupt` may say how far it is.
    """
    from harsanyi.core.errors import HarsanyiError

    with warnings.catch_warnings():
        warnings.showwarning = _each_once()
        try:
            yield
        except (HarsanyiError, ImportError) as error:
            say(f"harsanyi: {' '.join(map(str.strip, str(error).splitlines()))}")
            raise typer.Exit(2) from error
        except KeyboardInterrupt as stop:
            how_far = f": {stop}" if str(stop) else ""
            say(f"Stopped{how_far}." + " Run the same command again to go on." * resumable)
            raise typer.Exit(_INTERRUPTED) from stop


def say(text: str) -> None:
    """One line on standard error, where progress is shown."""
    typer.echo(text, err=True)


def _each_once() -> Callable[..., None]:
    """Shows warnings without the place in the code, and each text once."""
    shown = set[str]()

    def show(message: Warning | str, *_: object, **__: object) -> None:
        text = " ".join(str(message).split())
        if text not in shown:
            shown.add(text)
            say(f"harsanyi: warning: {text}")

    return show


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
