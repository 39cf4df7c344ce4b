"""A folder with a result: the file that reads back, tables, pictures and words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions
from harsanyi.report.pictures import of_sample, overview
from harsanyi.report.words import sentences


@contextmanager
def output_folder(path: str | Path, overwrite: bool) -> Iterator[Path]:
    """A folder that takes its name only when all is written; checked before anything is computed.

    What has been written when something fails stays in the hidden folder beside it.

    Yields:
        The folder to write into.

    Raises:
        ArgumentError: it exists and is not to be overwritten, or cannot be written.
    """
    path = Path(path)
    if path.exists() and not (overwrite and path.is_dir()):
        hint = "Choose another one, or pass --overwrite" if path.is_dir() else "This is a file"
        raise ArgumentError("out", path, "a folder that does not exist yet", hint)
    partial = path.with_name(f".{path.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise ArgumentError("out", f"{path} ({error})", "a folder that can be written") from error
    try:
        yield partial
    except BaseException:
        with suppress(OSError):
            partial.rmdir()  # only where it is empty
        raise
    if path.exists():
        shutil.rmtree(path)
    partial.rename(path)


def write_folder(interactions: Interactions, path: Path) -> list[str]:
    """Write the result, its tables and its pictures into an existing folder.

    Returns:
        The names of the files: interactions.npz, effects.csv (salient effects), orders.csv, samples.csv (certificates),
        findings.txt and the pictures.
    """
    import pandas as pd

    written = [interactions.save(path / "interactions.npz")]
    samples = pd.DataFrame({
        "label": interactions.labels,
        "score": interactions.scores[:, -1], "score_of_nothing": interactions.scores[:, 0],
        "salient": interactions.salient().count, "strength": interactions.objective,
        "lower_bound": interactions.lower_bound, "gap": interactions.gap, "converged": interactions.converged,
    })  # fmt: skip
    samples.index.name = "sample"
    tables = {"effects.csv": interactions.table(), "samples.csv": samples.reset_index(),
              "orders.csv": interactions.by_order().reset_index()}  # fmt: skip
    for name, table in tables.items():
        table.to_csv(path / name, index=False)
        written.append(path / name)
    findings = path / "findings.txt"
    findings.write_text("\n".join(sentences(interactions)) + "\n", encoding="utf-8")
    pictures = _write_pictures(interactions, path)
    return [file.name for file in (*written, findings, *pictures)]


def _write_pictures(interactions: Interactions, path: Path, samples: int = 4) -> list[Path]:
    """The pictures of all samples together, and of the first few alone, as PNG files."""
    pictures = overview(interactions)
    for index in range(min(samples, len(interactions))):
        pictures += of_sample(interactions[index])
    for picture in pictures:
        (path / f"{picture.name}.png").write_bytes(picture.png())
    return [path / f"{picture.name}.png" for picture in pictures]
