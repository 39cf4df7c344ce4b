"""`harsanyi layers`: what each layer of a network knows, keeps and forgets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import changes, told


def layers(
    plan: Annotated[
        Path | None,
        typer.Argument(
            help="A YAML file of a study, or the folder of one, as harsanyi run takes it. Nothing where --set tells "
            "all. Only the last checkpoint of a network is computed, unless the plan chooses or the study has others."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the study, new or there; what is found goes into its layers/. Default: the plan's name "
            "without .yaml."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set a field of the plan, as NAME=VALUE, see harsanyi run: limit=50, baselines=…."),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layers",
            help="Name of a layer that is read, or a pattern such as encoder.layer.*; several times for several. "
            "Default: those of the plan, else about five, evenly spread in depth.",
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(help="Noisy copies of every sample, for stability under noise: 0, or 2 or more. Default: 0."),
    ] = None,
    noise: Annotated[
        float | None, typer.Option(help="Standard deviation of their noise, in the unit of the inputs. Default: 0.02.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Begin nothing after so many minutes; the samples that are done are told of. Again goes on."),
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="How many samples the page follows through the layers.")] = 3,
    workers: Annotated[int | None, typer.Option(help="Processes of this machine that compute. Default: 1.")] = None,
) -> None:
    """Tell what each layer of a network knows, carries needlessly and forgets, by linear probes; again goes on."""
    from harsanyi.layer_search import LayerSearch, find_layers
    from harsanyi.study import find_plan

    with told():
        search = LayerSearch(tuple(layer or ()), draws, noise, show, minutes, workers)
        found = find_layers(*find_plan(plan, out, changes(setting or [])), search)
        typer.echo("\n".join(f"- {sentence}" for sentence in found.sentences))
        if found.page is None:
            raise typer.Exit(1)
        typer.echo(f"\nThe page: {found.page.resolve()}")
