"""`harsanyi run`: a study, begun, resumed or extended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harsanyi.cli.told import PROBES, WRITING, changes, mapping, say, told


def run(
    plan: Annotated[
        Path | None,
        typer.Argument(
            help="A YAML file with networks, samples, players and what else the study has; or the folder of a study, "
            "to go on. Nothing where --set tells all."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the study, new or there. Default: the plan's name without .yaml.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Set a field of the plan, as NAME=VALUE: networks.cnn.checkpoints=runs/cnn, networks.cnn.factory="
            "my_package.models:make, samples=test.npz, players.kind=patches, players.grid=4, players.n=10, limit=50, "
            "noise=0.02 (share of the score range), at=features.3, dtype=float32, device=cuda.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes of this machine, jobs or actors that compute. Default: 1.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="serial, processes (default with --workers), slurm, ray, or ray://ADDRESS of a cluster."),
    ] = None,
    engine_options: Annotated[
        str, typer.Option(help='Other fields of the engine, as JSON, such as {"parameters": {"timeout_min": 60}}.')
    ] = "{}",
    shard: Annotated[
        str | None, typer.Option(help="K/N: only every N-th unit of work, from the K-th on, for any scheduler.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Begin nothing after so many minutes; what is done stays, and is reported.")
    ] = None,
    report: Annotated[bool, typer.Option(help="Write pictures, tables and a page into the folder's report/.")] = True,
) -> None:
    """Run a study; run again, it goes on where it was, and does what is new in the plan."""
    from harsanyi.study import Study, find_plan
    from harsanyi.study.launch import checked_engine

    with told(resumable=True):
        part = _shard(shard)
        chosen = checked_engine(engine, workers, mapping(engine_options, "engine-options"), part, minutes)
        wanted, folder = find_plan(plan, out, changes(setting or []))
        study = Study(folder, wanted)
        typer.echo(repr(study))
        if wanted.layers is not None and not study.status().done:
            say(PROBES)
        try:
            study.run(chosen, shard=part, minutes=minutes)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(study.status().course) from None
        found = study.status()
        typer.echo(found.sentence())
        left = found.units[1] - found.units[0] - len(found.failures)
        if part is not None and minutes is None and left:
            units = "1 unit is" if left == 1 else f"{left} units are"
            typer.echo(f"{units} left to the other shards; the one that ends last writes the page.")
        if report and found.done:
            from harsanyi.report.study_folder import write_study

            say(WRITING)
            page, findings = write_study(study, folder / "report")
            typer.echo("\n".join(["", *(f"- {sentence}" for sentence in findings), ""]))
            typer.echo(f"The page: {page.resolve()}")
        if found.failures and not found.done:
            raise typer.Exit(1)


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise typer.BadParameter(f"--shard: given {text!r}; accepted: K/N, such as 1/4")
    return int(parts[0]), int(parts[1])
