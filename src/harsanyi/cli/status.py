"""`harsanyi status`: how far a study is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import told


def status(
    study: Annotated[Path, typer.Argument(help="Folder of the study.")],
) -> None:
    """Tell what of a study is done, what failed, which runs there were, and what they spent their time on."""
    from harsanyi.study import Study

    with told():
        found = Study(study).status()
        typer.echo(repr(found))
        for name, why in found.failures.items():
            typer.echo(f"failed: {name}: {why}")
