"""Open a data set of the Hugging Face hub, or a local folder or file in the same form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing

if TYPE_CHECKING:
    from datasets import Dataset

HUB = "hub:"
FILES = (".parquet", ".csv", ".tsv")
_SAVED = ("dataset_dict.json", "state.json")  # written by save_to_disk for several splits, for one
_ACCEPTED = "a folder, a .parquet, .csv or .tsv file, or hub:owner/name"


def open_splits(hub_name: str, source: str | Path | None = None, config: str | None = None) -> dict[str, Dataset]:
    """Splits of a data set by name; nothing local reaches for the network.

    Args:
        hub_name: name on the hub, taken without a source.
        source: a folder (written by `save_to_disk`, or with Parquet, CSV or image files in the hub's layout), a
            .parquet, .csv or .tsv file, or "hub:owner/name" for another data set of the hub.
        config: which of several configurations of a data set on the hub.

    Returns:
        Name and rows of each split; one split "train" for a file.

    Raises:
        ArgumentError: no such source, one that cannot be read, or a hub that cannot be reached.
        ImportError: datasets is not installed (says the command that installs it).
    """
    datasets = _datasets()
    if source is None or (isinstance(source, str) and source.startswith(HUB)):
        name = hub_name if source is None else str(source).removeprefix(HUB)
        return _from_hub(datasets, name, config if source is None else None, source)
    path = Path(source)
    if not path.exists() or (path.is_file() and path.suffix.lower() not in FILES):
        raise ArgumentError("source", source, _ACCEPTED)
    try:
        opened = _from_file(datasets.Dataset, path) if path.is_file() else _from_folder(datasets, path)
    except Exception as error:  # what the readers of all these formats raise is not one family
        raise ArgumentError("source", f"{path} ({error})", _ACCEPTED) from error
    return dict(opened) if isinstance(opened, dict) else {"train": opened}


def _from_file(reader: Any, path: Path) -> Any:
    # Not load_dataset("parquet", ...), which counts its use over the network.
    if path.suffix.lower() == ".parquet":
        return reader.from_parquet(str(path))
    return reader.from_csv(str(path), sep="\t" if path.suffix.lower() == ".tsv" else ",")


def _from_folder(datasets: Any, path: Path) -> Any:
    if any((path / name).is_file() for name in _SAVED):
        return datasets.load_from_disk(str(path))
    return datasets.load_dataset(str(path.resolve()))


def _from_hub(datasets: Any, name: str, config: str | None, source: object) -> dict[str, Dataset]:
    try:
        return dict(datasets.load_dataset(name, config))
    except Exception as error:
        reason = " ".join(str(error).split())
        given = f"{source or 'nothing'}, and {name!r} could not be loaded from the hub ({reason})"
        hint = "Without a network, give a local folder or file with source="
        raise ArgumentError("source", given, _ACCEPTED, hint) from error


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise missing("these data need datasets, pyarrow and Pillow", "data") from error
    return datasets
