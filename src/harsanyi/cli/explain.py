"""`harsanyi explain`: a network on samples."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Annotated, Any

import typer

from harsanyi.cli.told import mapping, told

_MANY, _MOST = 12, 30  # players that take long, and more than can be taken at all


def explain(
    network: Annotated[
        str,
        typer.Option(
            help="Your network as package.module:factory; or a folder with a Hugging Face model, or hf:NAME of the hub."
        ),
    ],
    samples: Annotated[
        Path,
        typer.Option(
            help="Samples: .npy, .npz (one array, and labels), .csv with a header, or .parquet; sentences also .txt."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Folder to write, new or empty. A killed run starts again. The first four samples get pictures."
        ),
    ],
    checkpoint: Annotated[
        Path | None, typer.Option(help="Weights: .safetensors, or a state dict of torch.save.")
    ] = None,
    network_options: Annotated[str, typer.Option(help="Keyword arguments of the factory, as JSON.")] = "{}",
    labels: Annotated[
        str | None,
        typer.Option(
            help="A file with one class a sample (.npy, .npz, .csv, .parquet), or one class (language models: a text) "
            "for all; else the predicted."
        ),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(help="Column of a table that holds the labels; --score output only leaves it out."),
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Column of a table that holds the sentences. Default: its only text.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="A paper's choice of players, baseline and noise: vgg, alexnet, mnist, cifar10, text, points or table."
        ),
    ] = None,
    players: Annotated[
        Path | None,
        typer.Option(
            help="Players as a YAML file: kind: columns | patches | regions | superpixels | words | clusters, and its "
            "fields."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Tables: columns that are players, separated by commas; a+b is a group. Default: every column."
        ),
    ] = None,
    grid: Annotated[
        str | None, typer.Option(help="Images: grid of patches, as ROWSxCOLUMNS; what makes the players patches.")
    ] = None,
    segments: Annotated[
        int | None, typer.Option(help="Images: so many superpixels; what makes the players superpixels.")
    ] = None,
    compactness: Annotated[
        float | None,
        typer.Option(
            help="Superpixels: how much nearness counts against colour. Default: 10; small or noisy images need 30."
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help="Sentences: folder or hub name of the tokenizer; what makes the players words. Default: the network's."
        ),
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="Sentences: the words that are players, separated by commas, the same in each.")
    ] = None,
    clusters: Annotated[
        int | None, typer.Option(help="Point clouds: so many clusters; what makes the players clusters.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Images: the layer whose feature map is masked instead of the image.")
    ] = None,
    n: Annotated[
        int | None, typer.Option(help="Number of players, drawn at random among cells, words, clusters or superpixels.")
    ] = None,
    cells: Annotated[str | None, typer.Option(help="Images: all (default) or foreground.")] = None,
    margin: Annotated[
        int | None, typer.Option(help="Images: leave out cells this close to the border of the grid. Default: 0.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the draw. Default: 0.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="What absent players show: zero (default), mean, median (of --background), blur, a number, a file; "
            "tables: samples (mean score over --draws rows of --background); sentences: mask (default), unk, pad, "
            "mean; point clouds: centre (default), drop."
        ),
    ] = None,
    blur_sigma: Annotated[float | None, typer.Option(help="Images: width of the blur, in pixels. Default: 3.")] = None,
    rest: Annotated[str | None, typer.Option(help="keep (default) or mask what belongs to no player.")] = None,
    background: Annotated[Path | None, typer.Option(help="Samples that mean and median are taken over.")] = None,
    draws: Annotated[int | None, typer.Option(help="Tables: rows drawn for --baseline samples. Default: 16.")] = None,
    score: Annotated[
        str,
        typer.Option(help="log-odds, logit, log-probability, binary-logit, output, next-token or continuation."),
    ] = "log-odds",
    output: Annotated[str | None, typer.Option(help="Which output of the network: a key or a position.")] = None,
    noise: Annotated[
        float | None,
        typer.Option(
            help="Error allowed on every score, as a share of |v(N) - v(empty)|. Default: 0.02, or the protocol's."
        ),
    ] = None,
    max_gap: Annotated[float, typer.Option(help="Certified relative gap of the sparsity, in (0, 1].")] = 0.01,
    max_iterations: Annotated[
        int, typer.Option(help="Where the solver stops a sample that has not reached the gap.")
    ] = 20_000,
    limit: Annotated[int | None, typer.Option(help="Only the first so many samples.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Masked inputs at once; chosen from the network by default.")
    ] = None,
    autocast: Annotated[
        str | None, typer.Option(help="Run the network in bfloat16 or float16, and report the error of its scores.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where to run the network, such as cpu or cuda. Default: where it is.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace the folder if it holds results.")] = False,
) -> None:
    """Explain a network on samples: writes the effects, tables and pictures into a folder."""
    from harsanyi.explain import Explanation, explain_files

    options = {
        "columns": _listed(columns), "grid": _grid(grid), "segments": segments,
        "compactness": compactness, "clusters": clusters,
        "tokenizer": tokenizer, "words": None if words is None else list(map(str.strip, words.split(","))), "at": at,
        "n": n, "cells": cells, "margin": margin, "seed": seed, "baseline": _number(baseline),
        "blur_sigma": blur_sigma, "rest": rest, "background": None if background is None else str(background),
        "draws": draws,
    }  # fmt: skip
    given = {name: value for name, value in options.items() if value is not None}
    with told():
        given["kind"] = "words" if text_column else _kind(given, network)
        if given["kind"] == "patches" and protocol is None and players is None:
            _check_patches(given, samples)
        request = Explanation(
            network=network, network_options=mapping(network_options, "network-options"), checkpoint=checkpoint,
            samples=samples, labels=labels, label_column=label_column, text_column=text_column, players_file=players,
            protocol=protocol, players=given, score=score,
            output=int(output) if output and output.isdigit() else output, noise=noise, max_gap=max_gap,
            max_iterations=max_iterations, limit=limit,
            batch_size=batch_size, autocast=autocast, device=device, out=out, overwrite=overwrite,
        )  # fmt: skip
        if checkpoint is None and ":" in network and not network.startswith("hf:"):
            typer.echo("No --checkpoint: the network is explained with the weights its factory gives.")
        result, written = explain_files(request)
        typer.echo(result)
        typer.echo(f"Wrote {len(written)} files into {out}. The page: {written[0].resolve()}")


def _kind(options: dict[str, Any], network: str) -> str:
    """The kind of players that the options are for."""
    from harsanyi.core.errors import ArgumentError
    from harsanyi.loading.hugging_face import model_name

    deciding = {"tokenizer": "words", "words": "words", "clusters": "clusters"}
    deciding |= dict.fromkeys(("segments", "compactness"), "superpixels")
    deciding |= dict.fromkeys(("grid", "cells", "margin", "blur_sigma"), "patches")
    found = {name: kind for name, kind in deciding.items() if name in options}
    if len(set(found.values())) > 1:
        told = ", ".join(f"--{name.replace('_', '-')} ({kind})" for name, kind in found.items())
        raise ArgumentError("players", told, "options of one kind of players")
    if found:
        return next(iter(found.values()))
    if "at" in options:
        return "patches"
    if model_name(network) is not None:
        return "words"
    table = {"columns", "draws"} & options.keys() or options.get("baseline") == "samples"
    return "patches" if {"n", "seed"} & options.keys() and not table else "columns"


def _check_patches(options: dict[str, Any], samples: Path) -> None:
    """Refuse patches without a grid, and say beforehand what many of them cost."""
    from harsanyi.core.errors import ArgumentError

    if "grid" not in options and "n" in options and samples.suffix in (".csv", ".parquet"):
        raise ArgumentError("n", options["n"], "nothing: a table takes its players from --columns")
    if "grid" not in options:
        raise ArgumentError("grid", "nothing", "--grid ROWSxCOLUMNS, such as --grid 4x4, or --segments",
                            "A table takes its players from --columns, a point cloud from --clusters")  # fmt: skip
    cells = prod(options["grid"])
    if _MANY < cells <= _MOST and not {"n", "cells", "margin"} & options.keys():
        typer.echo(f"{cells} players: {1 << cells:,} coalitions a sample; --n 10 takes ten of them.")


def _listed(columns: str | None) -> list[Any] | None:
    if columns is None:
        return None
    entries = [[_whole(name) for name in entry.split("+")] for entry in columns.split(",")]
    return [entry[0] if len(entry) == 1 else entry for entry in entries]


def _whole(text: str) -> int | str:
    return int(text) if text.strip().isdigit() else text.strip()


def _number(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _grid(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = text.lower().split("x")
    if not all(part.isdigit() for part in parts) or len(parts) > 2:
        raise typer.BadParameter(f"--grid: given {text!r}; accepted: ROWSxCOLUMNS, such as 8x8")
    return tuple(int(part) for part in (parts * 2)[:2])
