"""`harsanyi train`: a network whose checkpoints a study can read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import changes, told


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A YAML file with network, data and recipe (epochs, learning_rate, batch_size, checkpoints, seed, …); "
            "or the name of a recipe: digits."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoints: new, or of the same training, to go on.")],
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field, as NAME=VALUE: recipe.epochs=64, data.label_noise=0.05, seed=1."),
    ] = None,
) -> None:
    """Train a network and keep checkpoints, losses and all that a killed run needs to go on: just run it again."""
    from harsanyi.training.plan import read_training_plan

    with told():
        plan = read_training_plan(recipe, changes(setting or []))
        typer.echo(f"Training {plan.network} on {plan.data['name']}: {plan.recipe.epochs} epochs, checkpoints after "
                   f"{', '.join(map(str, plan.recipe.steps))}")  # fmt: skip
        course = plan.run(out)
        typer.echo(course)
        typer.echo(course.losses.round(4).to_string())
