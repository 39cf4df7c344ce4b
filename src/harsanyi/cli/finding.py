"""What commands that ask a study one question have in common: their options, and how they tell what they found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harsanyi.found import Found

PlanArgument = Annotated[
    Path | None,
    typer.Argument(
        help="A YAML file of a study, or the folder of one, as harsanyi run takes it. Nothing where --set tells "
        "all. Only the last checkpoint of a network is computed, unless the plan chooses or the study has others."
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the study, new or there; what is found goes into a folder in it that has the name of this "
        "command. Default: the plan's name without .yaml."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Set a field of the plan, as NAME=VALUE, see harsanyi run: baselines=…, limit=500."),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(help="Begin nothing after so many minutes; the samples that are done are told of. Again goes on."),
]
WorkersOption = Annotated[int | None, typer.Option(help="Processes of this machine that compute. Default: 1.")]


def tell_found(found: Found) -> None:
    """Print the sentences and where the page is; exit status 1 where nothing is found yet."""
    typer.echo("\n".join(f"- {sentence}" for sentence in found.sentences))
    if found.page is None:
        raise typer.Exit(1)
    typer.echo(f"\nThe page: {found.page.resolve()}")
