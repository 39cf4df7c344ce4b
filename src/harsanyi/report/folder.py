"""A folder with a result: the file that reads back, tables, pictures and words."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions
from harsanyi.report.own import TITLE, own_page
from harsanyi.report.page import Page, Section, render_page, write_pictures
from harsanyi.report.pictures import of_sample
from harsanyi.report.words import sentences

PAGE, RESULT = "index.html", "interactions.npz"
_SAMPLES = 4  # whose pictures are files too


@contextmanager
def output_folder(path: str | Path, overwrite: bool) -> Iterator[Path]:
    """A folder that takes its name only when all is written; checked before anything is computed.

    What has been written when something fails stays in the hidden folder beside it, until the next time.

    Yields:
        The folder to write into.

    Raises:
        ArgumentError: it is not empty and not to be overwritten, holds no result, or cannot be written.
    """
    path = Path(path).resolve()
    if path.exists() and not _is_empty(path) and not (overwrite and (path / RESULT).is_file()):
        hint = "It is no folder of results" if overwrite else "Choose another one, or pass --overwrite"
        raise ArgumentError("out", path, "a folder, new or empty, or one of results with --overwrite", hint)
    partial = path.with_name(f".{path.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise ArgumentError("out", f"{path} ({error})", "a folder that can be written") from error
    try:
        yield partial
    except BaseException as error:
        with suppress(OSError):
            partial.rmdir()  # only where it is empty
        if partial.exists():
            error.add_note(f"What was written before that is in {partial}")
        raise
    if path.exists():
        shutil.rmtree(path)
    partial.rename(path)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A folder of our own that is written anew, and takes the place of the one before as a whole.

    Yields:
        The folder to write into.
    """
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    shutil.rmtree(path, ignore_errors=True)
    partial.rename(path)


def _is_empty(path: Path) -> bool:
    """Whether it is an empty folder: only that and results of ours are ever removed."""
    return path.is_dir() and not any(path.iterdir())


def write_folder(
    interactions: Interactions,
    path: Path,
    title: str = TITLE,
    lead: Sequence[str] = (),
    predicted: npt.NDArray[np.int64] | None = None,
) -> list[str]:
    """Write the result, its page, tables and pictures into an existing folder.

    Args:
        interactions: the result.
        path: the folder.
        title: heading of the page.
        lead: sentences under it.
        predicted: class that the network prefers for each sample, (samples,), or nothing.

    Returns:
        The names of the files: index.html (the page), interactions.npz, effects.csv (salient effects), samples.csv
        (labels, predicted classes, scores and certificates), orders.csv, findings.txt and the pictures.
    """
    return write_result(
        interactions, own_page(interactions, title, lead=lead), sentences(interactions), path, predicted
    )


def write_result(
    interactions: Interactions,
    page: Page,
    findings: Sequence[str],
    path: Path,
    predicted: npt.NDArray[np.int64] | None = None,
) -> list[str]:
    """Write a result with any page, whose last two sections are those of the result, and any findings.

    Returns:
        The names of the files, see `write_folder`.
    """
    written = [
        render_page(page, path / PAGE),
        interactions.save(path / RESULT),
        *_write_tables(interactions, path, predicted),
        path / "findings.txt",
        *_write_pictures(interactions, page.sections[-2], page.sections[-1], path),
    ]
    _write_findings(findings, path)
    return [file.name for file in written]


def write_answer(page: Page, findings: Sequence[str], path: Path, write_tables: Callable[[Path], None]) -> Path:
    """Write a page with its pictures, tables and sentences; the folder is replaced as a whole.

    Args:
        page: what it shows.
        findings: all sentences.
        path: the folder.
        write_tables: called with the folder.

    Returns:
        The path of the page.
    """
    with replaced(path) as folder:
        render_page(page, folder / PAGE)
        write_pictures(page.sections, folder)
        write_tables(folder)
        _write_findings(findings, folder)
    return path / PAGE


def _write_findings(findings: Sequence[str], path: Path) -> None:
    (path / "findings.txt").write_text("\n".join(findings) + "\n", encoding="utf-8")


def _write_tables(interactions: Interactions, path: Path, predicted: npt.NDArray[np.int64] | None) -> list[Path]:
    """Salient effects, certificates and strength by order, as CSV files."""
    import pandas as pd

    samples = pd.DataFrame({
        "sample": range(len(interactions)), "label": interactions.labels,
        "score": interactions.scores[:, -1], "score_of_nothing": interactions.scores[:, 0],
        "salient": interactions.salient().count, "strength": interactions.objective,
        "lower_bound": interactions.lower_bound, "gap": interactions.gap, "converged": interactions.converged,
    })  # fmt: skip
    if any(interactions.label_names):
        samples.insert(2, "label_name", interactions.label_names)
    if predicted is not None:
        samples.insert(list(samples.columns).index("score"), "predicted", predicted)
    tables = {"effects": interactions.table(), "samples": samples, "orders": interactions.by_order().reset_index()}
    for name, table in tables.items():
        table.to_csv(path / f"{name}.csv", index=False)
    return [path / f"{name}.csv" for name in tables]


def _write_pictures(interactions: Interactions, together: Section, single: Section, path: Path) -> list[Path]:
    """The pictures of all samples together, and of the first few alone, as PNG files."""
    pictures = list(together.pictures)
    for index, card in enumerate(single.cards[:_SAMPLES]):
        pictures += of_sample(interactions[index], card.picture)
    for picture in pictures:
        (path / f"{picture.name}.png").write_bytes(picture.png)
    return [path / f"{picture.name}.png" for picture in pictures]
