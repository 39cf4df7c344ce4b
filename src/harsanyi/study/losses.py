"""Losses of a training at its checkpoints, as a study keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from harsanyi.core.errors import ArgumentError
from harsanyi.loading.reason import reason
from harsanyi.storage import load_arrays, save_arrays
from harsanyi.study.network_plan import NetworkPlan
from harsanyi.training.course import Course
from harsanyi.training.files import COURSE, RECORD

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
_FORMAT = 1
_COLUMNS = ("step", "train_loss", "test_loss")
_TOLD = "step (or epoch), train_loss, test_loss"


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses at some steps: of every sample, or means.

    Attributes:
        steps: rising, int64 (steps,).
        train: cross-entropy of the training samples, (steps, samples), or means, (steps, 1).
        test: of the test samples, likewise.
        unit: what the steps count, "epoch" or "step".
        mislabelled: positions of training samples whose label is wrong on purpose, int64; none where losses are means.
    """

    steps: npt.NDArray[np.int64]
    train: Floats
    test: Floats
    unit: str
    mislabelled: npt.NDArray[np.int64]

    def at(self, steps: Sequence[int], mislabelled: bool) -> tuple[Floats, Floats] | None:
        """Training and test losses at some steps; nothing where one of them is not known.

        Args:
            steps: of checkpoints.
            mislabelled: whether training samples with a wrong label count.
        """
        if self.missing(steps):
            return None
        rows = np.searchsorted(self.steps, steps)
        counted = self.train[rows] if mislabelled else np.delete(self.train[rows], self.mislabelled, axis=1)
        return counted, self.test[rows]

    def missing(self, steps: Sequence[int]) -> list[int]:
        """Those of some steps at which nothing is known."""
        return [step for step in steps if step not in self.steps]


def find_losses(network: NetworkPlan) -> Losses | None:
    """The losses that a plan names, or those of a folder written by training; nothing where there are none.

    Raises:
        ArgumentError: a table that cannot be read or lacks a column.
    """
    if network.losses is not None:
        return _from_table(Path(network.losses))
    source = network.checkpoints
    if not isinstance(source, str | Path) or not all((Path(source) / name).is_file() for name in (RECORD, COURSE)):
        return None
    course = Course.load(source)
    if not course.steps:
        return None
    steps = np.asarray(course.steps, np.int64)
    if course.recipe.sample_losses:
        parts = [course.sample_losses(step) for step in course.steps]
        train, test = (np.stack([part[split].double().numpy() for part in parts]) for split in ("train", "test"))
        return Losses(steps, train, test, "epoch", np.asarray(course.mislabelled, np.int64))
    return _means(steps, course.losses, "epoch")


def _from_table(path: Path) -> Losses:
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise ArgumentError("losses", f"{path} ({reason(error)})", f"a CSV file with {_TOLD}") from error
    if "epoch" in table and "step" not in table:
        table["step"] = table["epoch"]
    lacking = [name for name in _COLUMNS if name not in table]
    if lacking:
        raise ArgumentError("losses", f"{path} without {', '.join(lacking)}", f"the columns {_TOLD}")
    table = table.dropna(subset=list(_COLUMNS)).sort_values("step")
    return _means(table["step"].to_numpy(np.int64), table, "epoch" if "epoch" in table else "step")


def _means(steps: npt.NDArray[np.int64], table: pd.DataFrame, unit: str) -> Losses:
    train, test = (table[[name]].to_numpy(np.float64) for name in _COLUMNS[1:])
    return Losses(steps, train, test, unit, np.zeros(0, np.int64))


def keep_losses(folder: Path, network: str, losses: Losses) -> bool:
    """Keep them in a study; tells whether they are others than it had."""
    if _equal(losses, load_losses(folder, network)):
        return False
    path = _path(folder, network)
    path.parent.mkdir(exist_ok=True)
    arrays: dict[str, Any] = {"steps": losses.steps, "train": losses.train, "test": losses.test,
                              "mislabelled": losses.mislabelled}  # fmt: skip
    save_arrays(path, arrays, {"format": _FORMAT, "unit": losses.unit})
    return True


def _equal(one: Losses, other: Losses | None) -> bool:
    names = ("steps", "train", "test", "mislabelled")
    return (
        other is not None
        and one.unit == other.unit
        and all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in names)
    )


def load_losses(folder: Path, network: str) -> Losses | None:
    """What `keep_losses` wrote; nothing where it wrote nothing."""
    if not _path(folder, network).is_file():
        return None
    arrays, record = load_arrays(_path(folder, network), _FORMAT)
    return Losses(**arrays, unit=record["unit"])


def _path(folder: Path, network: str) -> Path:
    return folder / "losses" / f"{network}.npz"
