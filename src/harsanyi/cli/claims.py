"""`harsanyi claims`: the papers' claims, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import told


def claims(
    out: Annotated[Path, typer.Option(help="Folder to write: new, or of this command, which goes on.")] = Path(
        "claims"
    ),
    full: Annotated[
        bool, typer.Option("--full", help="More networks, samples and pairs: about two hours instead of ten minutes.")
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(help='Begin nothing after so many minutes; what is not reached is "not run".')
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Number of a claim, such as C5; several times, or C5,C6.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine that extract.")] = 1,
) -> None:
    """Check the papers' claims on small networks of handwritten digits, and write a table; run again to go on."""
    from harsanyi.claims import FULL, QUICK, check_claims
    from harsanyi.claims.table import markdown, summary

    with told(resumable=True):
        numbers = [number.strip() for text in only or [] for number in text.split(",")]
        found = check_claims(out, numbers, FULL if full else QUICK, minutes=minutes, workers=workers, say=typer.echo)
        typer.echo(f"\n{markdown(found.verdicts)}\n{summary(found.verdicts)}\nThe page: {found.page.resolve()}")
