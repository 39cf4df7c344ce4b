"""What a study has on record: the file run.json, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError
from harsanyi.study.inventory import Stored
from harsanyi.study.store import Shape
from harsanyi.study.units import Unit
from harsanyi.whole_files import write_whole

FILE = "run.json"
FORMAT = 1


@final
@dataclass(frozen=True)
class Record:
    """A study as it was last opened with a plan.

    Attributes:
        identity: what every extraction has in common and no later plan may change, JSON types.
        shape: of the stored arrays.
        checkpoints: of each network, in the order of the rows.
        how: of each network, what `Asked.record` tells.
        machine: versions and hardware of the process that made the study.
    """

    identity: Mapping[str, Any]
    shape: Shape
    checkpoints: Mapping[str, tuple[Stored, ...]]
    how: Mapping[str, Mapping[str, Any]]
    machine: Mapping[str, Any]

    @property
    def roles(self) -> dict[str, str]:
        """Role of each network; those on record without one are targets."""
        return {name: self.how[name].get("role", "target") for name in self.checkpoints}

    @property
    def units(self) -> dict[str, str | None]:
        """What the steps of each network count; nothing where a study of before does not say."""
        return {name: self.how[name].get("unit") for name in self.checkpoints}

    def write(self, folder: Path) -> None:
        """Replace what is on record."""
        content = {"format": FORMAT, "identity": self.identity, "shape": vars(self.shape), "how": self.how,
                   "machine": self.machine,
                   "checkpoints": {name: [stored.to_mapping() for stored in rows]
                                   for name, rows in self.checkpoints.items()}}  # fmt: skip
        text = json.dumps(content, indent=1)
        write_whole(folder / FILE, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_record(folder: Path) -> Record | None:
    """What is on record; nothing where there is no study.

    Raises:
        ArgumentError: damaged, or of another format.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
        shape = Shape(**{**content["shape"], "at": tuple(content["shape"]["at"])})
        rows = {name: tuple(Stored(**stored) for stored in found) for name, found in content["checkpoints"].items()}
        return Record(content["identity"], shape, rows, content["how"], content["machine"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ArgumentError("study", f"{path}, which is damaged or of another kind ({error})", "a study") from error


def units_of(record: Record, networks: Sequence[str]) -> list[Unit]:
    """Every unit of these networks, checkpoint by checkpoint.

    Args:
        record: of the study.
        networks: their names.

    Returns:
        The units; checkpoints of equal content share theirs.
    """
    shape, units = record.shape, []
    for name in networks:
        rows: dict[str, list[int]] = {}
        for row, stored in enumerate(record.checkpoints[name]):
            rows.setdefault(stored.sha256, []).append(row)
        units += [
            Unit(name, tuple(equal), places, first, min(first + shape.block, shape.samples), content)
            for content, equal in rows.items()
            for places in shape.together
            for first in range(0, shape.samples, shape.block)
        ]
    return units


def check_identity(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Refuse a plan whose extractions would not be those of the study.

    Raises:
        ArgumentError: says which fields differ, and how.
    """
    told = _differing(old, new)
    if told:
        raise ArgumentError("plan", "; ".join(told), "the plan that the study was made with",
                            "More checkpoints, networks or samples may be added; for anything else take another "
                            "folder")  # fmt: skip


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], within: str = "") -> list[str]:
    """What differs, where it lies deep within mappings by dotted names."""
    told = []
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if isinstance(was, Mapping) and isinstance(now, Mapping) and was.get("type") == now.get("type"):
            told += _differing(was, now, f"{within}{name}.")
        elif was != now:
            told.append(f"{within}{name} {_short(now)} instead of {_short(was)}")
    return told


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
