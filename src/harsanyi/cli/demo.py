"""`harsanyi demo`: the tool at work on bundled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import told


def demo(
    out: Annotated[
        Path, typer.Option(help="Folder to write: new, or of a demo that was stopped, which goes on.")
    ] = Path("harsanyi-demo"),
    epochs: Annotated[int, typer.Option(help="Training epochs.")] = 128,
    seed: Annotated[int, typer.Option(help="Seed of data, training and players.")] = 0,
    samples: Annotated[
        int, typer.Option(help="Samples of each part: test, training, and training with wrong labels; 2 or more.")
    ] = 20,
    pairs: Annotated[
        int,
        typer.Option(
            help="Pairs of networks, for each thing that they may share, to see what decides which samples "
            "confuse a network; 1 or more."
        ),
    ] = 3,
    overwrite: Annotated[bool, typer.Option(help="Replace the folder if it holds a demo.")] = False,
) -> None:
    """Train a small network on bundled handwritten digits, watch it learn, show what generalizes, write a page.

    It takes about 2 to 4 minutes on two cores; --pairs 1 --epochs 64 for a quick look.
    """
    from harsanyi.demo import run_demo

    with told(resumable=True):
        result = run_demo(out, epochs, seed, overwrite, samples, pairs, say=typer.echo)
        typer.echo("\n".join(["", *(f"- {sentence}" for sentence in result.sentences), ""]))
        typer.echo(f"The page: {result.page.resolve()}")
