"""`harsanyi confusing`: which samples confuse a network, within a budget of time."""

from __future__ import annotations

from typing import Annotated

import typer

from harsanyi.cli.finding import MinutesOption, OutOption, PlanArgument, SetOption, WorkersOption, tell_found
from harsanyi.cli.told import changes, told


def confusing(
    plan: PlanArgument = None,
    out: OutOption = None,
    setting: SetOption = None,
    minutes: MinutesOption = None,
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
    workers: WorkersOption = None,
) -> None:
    """Rank samples by how much they confuse a network, and show the most and least confusing; run again to go on."""
    from harsanyi.analysis import ConfusionRule
    from harsanyi.confusing import Search, find_confusing
    from harsanyi.study import find_plan

    with told(resumable=True):
        rule = ConfusionRule(score=score, share=share, threshold=threshold)
        search = Search(rule, tuple(part or ()), show, minutes, workers)
        found = find_confusing(*find_plan(plan, out, changes(setting or [])), search)
        tell_found(found)
