"""`harsanyi confusing`: which samples confuse a network, within a budget of time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import changes, told


def confusing(
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
            help="Folder of the study, new or there; what is found goes into its confusing/. Default: the plan's name "
            "without .yaml."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set a field of the plan, as NAME=VALUE, see harsanyi run: baselines=…, limit=500."),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Begin nothing after so many minutes; the samples that are done are ranked. Again goes on."),
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="The share of the samples that are called confusing, in (0, 1]. Default: 0.1.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Instead of a share, the least score of a confusing sample, in [0, 1].")
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            help="non_generalizable (share of the strength that baselines do not encode; default where there are some) "
            "or complex_cancelling (share at high orders times cancellation; needs no other network)."
        ),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            help="Part whose samples are ranked, such as train; several times for several. Default: test where there "
            "is one, else all samples."
        ),
    ] = None,
    show: Annotated[
        int, typer.Option(min=0, help="How many of the most and of the least confusing samples the page shows.")
    ] = 6,
    workers: Annotated[int | None, typer.Option(help="Processes of this machine that compute. Default: 1.")] = None,
) -> None:
    """Rank samples by how much they confuse a network, and show the most and least confusing; run again to go on."""
    from harsanyi.analysis import ConfusionRule
    from harsanyi.confusing import Search, find_confusing
    from harsanyi.study import find_plan

    with told():
        rule = ConfusionRule(score=score, share=share, threshold=threshold)
        search = Search(rule, tuple(part or ()), show, minutes, workers)
        found = find_confusing(*find_plan(plan, out, changes(setting or [])), search)
        typer.echo("\n".join(f"- {sentence}" for sentence in found.sentences))
        if found.page is None:
            raise typer.Exit(1)
        typer.echo(f"\nThe page: {found.page.resolve()}")
