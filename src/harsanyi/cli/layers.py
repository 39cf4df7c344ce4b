"""`harsanyi layers`: what each layer of a network knows, keeps and forgets."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from harsanyi.cli.finding import MinutesOption, OutOption, PlanArgument, SetOption, WorkersOption, tell_found
from harsanyi.cli.told import PROBES, changes, say, told


def layers(
    plan: PlanArgument = None,
    out: OutOption = None,
    setting: SetOption = None,
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
    minutes: MinutesOption = None,
    show: Annotated[int, typer.Option(min=0, help="How many samples the page follows through the layers.")] = 3,
    workers: WorkersOption = None,
) -> None:
    """Tell what each layer of a network knows, carries needlessly and forgets, by linear probes; run again to go on.

    Networks that harsanyi train has not trained need labelled samples for the probes: --set layers.samples=train.npz.
    """
    from harsanyi.layer_search import LayerSearch, find_layers
    from harsanyi.study import find_plan

    with told(resumable=True):
        search = LayerSearch(tuple(layer or ()), draws, noise, show, minutes, workers)
        found = find_layers(*find_plan(plan, out, changes(setting or [])), search, begun=partial(say, PROBES))
        tell_found(found)
