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
            "or with training, low and other, for pairs of networks that share their low layers, or something else; "
            "or the name of a recipe: digits, or for pairs digits-cnn or digits-mlp."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoints: new, or of the same training, to go on.")],
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field, as NAME=VALUE: recipe.epochs=64, data.label_noise=0.05, seed=1."),
    ] = None,
    baselines: Annotated[
        int,
        typer.Option(
            min=0,
            help="Also train so many networks on samples that this one never sees, and as many on its "
            "own with other seeds, into the folder's baselines/: for which interactions generalize.",
        ),
    ] = 0,
    baseline_split: Annotated[
        str, typer.Option(help="What the baselines are trained on: held_out (a third split; data.held_out) or test.")
    ] = "held_out",
) -> None:
    """Train a network and keep checkpoints, losses and all that a killed run needs to go on: just run it again."""
    from harsanyi.training.baselines import SUBFOLDER, check_baselines, train_baselines
    from harsanyi.training.factor_plan import FactorPlan, read_any_plan
    from harsanyi.training.factors import train_factors

    with told(resumable=True):
        plan = read_any_plan(recipe, changes(setting or []))
        if isinstance(plan, FactorPlan):
            if baselines:
                raise typer.BadParameter("--baselines: of one network, not of pairs; accepted: none")
            typer.echo(train_factors(plan, out, say=typer.echo))
            return
        if baselines:
            check_baselines(plan, baselines, baseline_split)
        typer.echo(f"Training {plan.network} on {plan.data['name']}: {plan.recipe.epochs} epochs, checkpoints after "
                   f"{', '.join(map(str, plan.recipe.steps))}")  # fmt: skip
        course = plan.run(out)
        typer.echo(course)
        typer.echo(course.losses.round(4).to_string())
        if baselines:
            for name, other in train_baselines(
                plan, out / SUBFOLDER, baselines, baseline_split, say=typer.echo
            ).items():
                typer.echo(f"{name}: {other}")
            typer.echo(f"Compare with them in a study: --set baselines={out / SUBFOLDER}")
