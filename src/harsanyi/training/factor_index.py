"""The networks of a factor experiment and which of them form pairs, as an index file beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError
from harsanyi.training.factor_plan import FactorPlan
from harsanyi.whole_files import write_whole

INDEX = "factors.json"
_FORMAT = 1
_GROWING = ("pairs", "factors")  # more of them may be added to a folder


@final
@dataclass(frozen=True)
class FactorNetwork:
    """A trained network.

    Attributes:
        folder: of its training.
        network: "package.module:function" that makes it.
        options: keyword arguments of that function.
    """

    folder: Path
    network: str
    options: Mapping[str, Any]


@final
@dataclass(frozen=True)
class FactorPair:
    """Two networks that have one thing in common.

    Attributes:
        factor: what, one of `FACTORS`.
        pair: number of the pair, from 0; pairs of the same number have the same first network.
        first: name of the network that was trained first.
        second: name of the one that shares something with it.
    """

    factor: str
    pair: int
    first: str
    second: str


@final
@dataclass(frozen=True, repr=False)
class FactorIndex:
    """The networks that `train_factors` has finished in a folder.

    Attributes:
        folder: where they are.
        mode: how layers are shared, "initial" or "frozen".
        low: names of the low layers.
        networks: by name; the names fit a study's.
        pairs: those of which both networks are there.
    """

    folder: Path
    mode: str
    low: tuple[str, ...]
    networks: Mapping[str, FactorNetwork]
    pairs: tuple[FactorPair, ...]

    def by_factor(self) -> dict[str, list[FactorPair]]:
        """The pairs of each factor, by their number."""
        found: dict[str, list[FactorPair]] = {}
        for each in sorted(self.pairs, key=lambda each: each.pair):
            found.setdefault(each.factor, []).append(each)
        return found

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(pairs)}" for name, pairs in self.by_factor().items())
        return (
            f"FactorIndex: {len(self.networks)} networks in {self.folder}; mode {self.mode}; "
            f"low layers {', '.join(map(repr, self.low))}; pairs: {counts or 'none'}"
        )


def open_index(folder: Path, plan: FactorPlan, low: tuple[str, ...]) -> FactorIndex:
    """The index of a folder, new or of the same plan with other pairs and factors; the plan is put on record.

    Raises:
        ArgumentError: the folder is of another plan (says which fields), or damaged, or a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ArgumentError("folder", folder, "a folder, new or there")
    if not (folder / INDEX).exists():
        folder.mkdir(parents=True, exist_ok=True)
        index = FactorIndex(folder, plan.mode, low, {}, ())
        write_index(index, plan)
        return index
    found, own = _content(folder)["plan"], _on_record(plan)
    differing = [f"another {name}" if name == "training" else f"{name} {found.get(name)!r} instead of {value!r}"
                 for name, value in own.items() if found.get(name) != value]  # fmt: skip
    if differing:
        raise ArgumentError("folder", f"{folder}, which holds pairs of another plan ({', '.join(differing)})",
                            "the same again, with more pairs or factors, or a new folder")  # fmt: skip
    return read_factors(folder)


def with_network(index: FactorIndex, name: str, network: FactorNetwork, pair: FactorPair | None) -> FactorIndex:
    """The index with a network, and the pair whose second one it is; each once."""
    pairs = index.pairs if pair is None or pair in index.pairs else (*index.pairs, pair)
    return replace(index, networks={**index.networks, name: network}, pairs=pairs)


def write_index(index: FactorIndex, plan: FactorPlan) -> None:
    """Write the index file, as a whole."""
    networks = {name: {**asdict(each), "folder": each.folder.relative_to(index.folder).as_posix()}
                for name, each in index.networks.items()}  # fmt: skip
    content = {"format": _FORMAT, "plan": _on_record(plan), "low": list(index.low), "networks": networks,
               "pairs": [asdict(each) for each in index.pairs]}  # fmt: skip
    text = json.dumps(content, indent=2)
    write_whole(index.folder / INDEX, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def read_factors(folder: str | Path) -> FactorIndex:
    """The networks and pairs that `train_factors` has finished in a folder.

    Args:
        folder: that `train_factors`, or `harsanyi train` of a factor plan, has written.

    Returns:
        The `FactorIndex`.

    Raises:
        ArgumentError: no such folder, or its index is damaged.
    """
    folder = Path(folder)
    content = _content(folder)
    try:
        networks = {name: FactorNetwork(folder / each["folder"], each["network"], each["options"])
                    for name, each in content["networks"].items()}  # fmt: skip
        pairs = tuple(FactorPair(**each) for each in content["pairs"])
        return FactorIndex(folder, content["plan"]["mode"], tuple(content["low"]), networks, pairs)
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, error) from error


def _content(folder: Path) -> dict[str, Any]:
    path = folder / INDEX
    if not path.is_file():
        raise ArgumentError("factors", folder, "a folder written by train_factors, or by harsanyi train")
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']}, not {_FORMAT}")
        content["plan"].items  # noqa: B018  # a mapping
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise _damaged(folder, error) from error
    return content


def _damaged(folder: Path, error: Exception) -> ArgumentError:
    return ArgumentError("factors", f"{folder / INDEX}, which is damaged ({error})", "an index as it was left")


def _on_record(plan: FactorPlan) -> dict[str, Any]:
    """What all networks of a folder have in common, as it is read back from JSON."""
    fields = {name: value for name, value in plan.to_mapping().items() if name not in _GROWING}
    read: dict[str, Any] = json.loads(json.dumps(fields))
    return read
