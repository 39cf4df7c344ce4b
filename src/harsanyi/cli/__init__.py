"""The command line: parses, calls, prints."""

from __future__ import annotations

from typing import Annotated

import typer

from harsanyi.cli.claims import claims
from harsanyi.cli.confusing import confusing
from harsanyi.cli.demo import demo
from harsanyi.cli.explain import explain
from harsanyi.cli.layers import layers
from harsanyi.cli.report import report
from harsanyi.cli.run import run
from harsanyi.cli.status import status
from harsanyi.cli.train import train

app = typer.Typer(
    help="What a neural network has learned, as certified AND-OR interactions between its input variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"harsanyi {version('harsanyi')}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


for command in (demo, explain, train, run, status, report, confusing, layers, claims):
    app.command()(command)
