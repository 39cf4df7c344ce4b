"""The folder of a monitor: its record, a table with a row a step, and the interactions of each of these steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, final

from harsanyi.core.errors import ArgumentError
from harsanyi.interactions import Interactions
from harsanyi.monitor.cost import Cost
from harsanyi.monitor.csv_log import CsvLog
from harsanyi.monitor.identity import differences
from harsanyi.whole_files import remove_torn, write_whole

SCALARS = "tensorboard"  # folder of TensorBoard's files
_FORMAT = 1


def _is_of_others(path: Path) -> bool:
    """Whether a file is none of those that a monitor makes before its record: scalars, and what a kill leaves."""
    return path.name != SCALARS and not path.name.startswith(".")


@final
class Folder:
    """Reads what is there, and writes nothing before the first step is kept.

    Args:
        path: new, empty, or of a monitor of the same samples and players.
        own: the `identity` of this monitor.

    Raises:
        ArgumentError: a folder of a monitor of something else, of other files, or damaged.
    """

    def __init__(self, path: Path, own: Mapping[str, Any]) -> None:
        self.path, self._own, self._log = path, own, CsvLog(path / "monitor.csv")
        self._record = path / "monitor.json"
        self._check()
        self._rows = self._log.rows()

    @property
    def rows(self) -> list[dict[str, float]]:
        """A row for each step that was kept, rising."""
        return list(self._rows)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that were kept, rising."""
        return tuple(int(row["step"]) for row in self._rows)

    @property
    def cost(self) -> Cost:
        """Of all runs until the last row."""
        last = self._rows[-1] if self._rows else {"training_seconds": 0.0, "skipped": 0}
        return Cost(sum(row["seconds"] for row in self._rows), last["training_seconds"], int(last["skipped"]))

    @property
    def last_seconds(self) -> float | None:
        """Of the work at the last step that was kept."""
        return self._rows[-1]["seconds"] if self._rows else None

    def keep(self, step: int, interactions: Interactions, row: Mapping[str, float]) -> None:
        """Write the interactions, then the row: what the table speaks of is there.

        Args:
            step: behind all that were kept.
            interactions: of this step.
            row: numbers by name, with "seconds", "training_seconds" and "skipped" among them.
        """
        if not self._record.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"format": _FORMAT, **self._own}, indent=2)
            write_whole(self._record, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))
        remove_torn(self.path)
        interactions.save(self._path(step))
        whole = {"step": step, **row}
        self._log.append(whole)
        self._rows.append(whole)

    def load(self, step: int) -> Interactions:
        """The interactions of a step.

        Raises:
            ArgumentError: a step that was not kept, or its file is gone or damaged.
        """
        if step not in self.steps:
            raise ArgumentError(
                "step", step, f"a step that was logged: {', '.join(map(str, self.steps)) or 'none yet'}"
            )
        return Interactions.load(self._path(step))

    def load_all(self) -> Iterator[tuple[int, Interactions]]:
        """Every step that was kept with its interactions, one at a time."""
        return ((step, self.load(step)) for step in self.steps)

    def _path(self, step: int) -> Path:
        return self.path / f"step-{step:09d}.npz"

    def _check(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ArgumentError("folder", self.path, "a folder, new or there")
        if not self._record.exists():
            if self._log.path.exists():
                raise ArgumentError("folder", f"{self.path} without {self._record.name}", "a folder as it was left")
            if self.path.exists() and any(map(_is_of_others, self.path.iterdir())):
                raise ArgumentError("folder", f"{self.path}, which holds something else",
                                    "a new or empty folder, or that of the same monitor")  # fmt: skip
            return
        try:
            found = json.loads(self._record.read_text(encoding="utf-8"))
            if found["format"] != _FORMAT:
                raise ValueError(f"format {found['format']}, not {_FORMAT}")
        except Exception as error:
            raise ArgumentError("folder", f"{self._record}, which is damaged or of another kind ({error})",
                                "a folder written by Monitor") from error  # fmt: skip
        if differing := differences(found, self._own):
            raise ArgumentError("folder", f"{self.path}, which holds a monitor with {', '.join(differing)}",
                                "the same samples, players and score again, or a new folder")  # fmt: skip
