"""`harsanyi report`: one page of what is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import WRITING, say, told


def report(
    path: Annotated[
        Path, typer.Argument(help="An .npz file of interactions, or the folder of a result, of a study or of a demo.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The HTML file, replaced where it is there. Default: report.html in the folder; beside a file of "
            "interactions, one that has its name."
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="How many samples can be looked up on the page, at most.")] = 60,
) -> None:
    """Write one HTML page that needs nothing else: the findings, charts, and every sample to look up."""
    from harsanyi.reporting import write_report

    with told():
        typer.echo(f"The page: {write_report(path, out, samples, begun=partial(say, WRITING)).resolve()}")
