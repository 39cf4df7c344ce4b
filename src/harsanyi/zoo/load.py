"""The front door of the data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import require_whole
from harsanyi.zoo.bundled import breast_cancer, digits, wine
from harsanyi.zoo.data import Data, Source, select, standardised
from harsanyi.zoo.hub import HubSet, hub_source
from harsanyi.zoo.hub_sets import HUB_SETS
from harsanyi.zoo.point_files import point_files
from harsanyi.zoo.selection import Selection
from harsanyi.zoo.sentiment import sentiment
from harsanyi.zoo.shapes import shapes


@dataclass(frozen=True)
class _Reader:
    """How a data set is read, and which options beyond the selection it takes."""

    read: Callable[..., Source[Any]]
    takes: tuple[str, ...] = ()


def _hub(record: HubSet) -> _Reader:
    options = {"image": ("source", "image_size"), "text": ("source",), "table": ("source", "standardise")}
    return _Reader(partial(hub_source, record), options[record.kind])


_READERS = {
    **{name: _hub(record) for name, record in HUB_SETS.items()},
    "modelnet": _Reader(point_files, ("source", "points", "seed")),
    "shapenet": _Reader(point_files, ("source", "points", "seed")),
    "digits": _Reader(digits),
    "breast-cancer": _Reader(breast_cancer, ("standardise",)),
    "wine": _Reader(wine, ("standardise",)),
    "shapes": _Reader(shapes, ("samples", "points", "jitter", "seed")),
    "sentiment": _Reader(sentiment, ("samples", "max_words", "seed")),
}
NAMES = tuple(sorted(_READERS))
_ALSO = {"adult": "census", "cub": "cub-200", "cub-200-2011": "cub-200", "cifar": "cifar-10", "agnews": "ag-news",
         "modelnet10": "modelnet", "modelnet40": "modelnet"}  # fmt: skip


def load_data(
    name: str | HubSet,
    source: str | Path | None = None,
    *,
    test: int | float | None = None,
    held_out: int | float = 0,
    limit: int | None = None,
    label_noise: float = 0.0,
    noise: str = "uniform",
    seed: int = 0,
    noise_seed: int | None = None,
    standardise: bool = False,
    image_size: int | None = None,
    samples: int | None = None,
    points: int | None = None,
    jitter: float | None = None,
    max_words: int | None = None,
) -> Data[Any]:
    """Load a data set, split it, and replace a share of its training labels on request.

    Args:
        name: one of `NAMES` (capitals, blanks, "-" and "_" do not count), or the `HubSet` of another data set.
        source: nothing for the Hugging Face hub; a folder written by `datasets.save_to_disk`, a folder of Parquet,
            CSV or image files in the hub's layout, one .parquet, .csv or .tsv file, or "hub:owner/name" for a copy
            elsewhere on the hub. Nothing local reaches for the network. For modelnet and shapenet see `point_files`.
        test: number or share of test samples, as in `Selection`; only where the data set comes without them.
        held_out: number or share of the training part that is set aside, as in `Selection`.
        limit: at most so many samples in each split.
        label_noise: share of the training labels replaced, in [0, 1].
        noise: "uniform", from all classes, or "other", always another class.
        seed: of split, subset, noise, and of what is generated.
        noise_seed: of the noise alone.
        standardise: tables: give numeric columns mean 0 and deviation 1 over the training samples.
        image_size: images: height and width in pixels, instead of the data set's own.
        samples: shapes and sentiment: number of samples generated.
        points: shapes, modelnet and shapenet: points of each cloud.
        jitter: shapes: see `shapes`.
        max_words: sentiment: see `sentiment`.

    Returns:
        The `Data`.

    Raises:
        ArgumentError: an unknown name, an option that does not belong to this data set or is out of range, a source
            that cannot be read, a hub that cannot be reached.
        ImportError: a package is not installed (says the command that installs it).

    Example:
        >>> load_data("shapes", samples=40, points=64, label_noise=0.25)
        Data: 32 training samples (8 labels drawn anew), 8 test samples, 8 classes, inputs (64, 3)
    """
    selection = Selection(test, held_out, limit, label_noise, noise, seed, noise_seed)
    called, reader = _reader(name)
    options = {"source": source, "standardise": standardise or None, "image_size": image_size, "samples": samples,
               "points": points, "jitter": jitter, "max_words": max_words}  # fmt: skip
    given = {option: value for option, value in options.items() if value is not None}
    for option, value in given.items():
        if option not in reader.takes:
            raise ArgumentError(option, value, f"nothing, for {called}")
    if image_size is not None:
        require_whole(image_size=image_size)
    given.pop("standardise", None)
    if "seed" in reader.takes:
        given["seed"] = seed
    if reader.read is point_files and source is None:
        raise ArgumentError("source", "nothing", f"the folder of {called}: it is not on the hub")
    data = select(reader.read(**given), selection)
    return standardised(data) if standardise else data


def _reader(name: str | HubSet) -> tuple[str, _Reader]:
    """How a data set is called and read."""
    if isinstance(name, HubSet):
        return name.hub_name, _hub(name)
    spelled = {_plain(own): own for own in NAMES} | {_plain(other): own for other, own in _ALSO.items()}
    own = spelled.get(_plain(str(name)))
    if own is None:
        near = get_close_matches(_plain(str(name)), spelled, n=1)
        hint = f"Did you mean {spelled[near[0]]!r}?" if near else ""
        raise ArgumentError("name", repr(name), ", ".join(NAMES), hint)
    return own, _READERS[own]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
