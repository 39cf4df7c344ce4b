"""The course of a training: its checkpoints and what was measured at each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, final

import torch

from harsanyi.core.errors import ArgumentError
from harsanyi.training.files import COURSE, losses_path, read_record, weights_path
from harsanyi.training.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True)
class Course:
    """Checkpoints of a training, finished or still running, and losses and accuracies at each.

    Attributes:
        folder: where they are.
        recipe: how the network is trained.
        steps: epochs of the checkpoints that are there, rising; 0 is before training.
        mislabelled: positions of the training samples whose label is wrong on purpose, rising.
    """

    folder: Path
    recipe: Recipe
    steps: tuple[int, ...]
    mislabelled: tuple[int, ...] = ()

    @classmethod
    def load(cls, folder: str | Path) -> Course:
        """Read what is there.

        Raises:
            ArgumentError: not a folder written by `train`, or a checkpoint is missing.
        """
        folder = Path(folder)
        record = read_record(folder) if folder.is_dir() else None
        if record is None:
            raise ArgumentError("folder", folder, "a folder written by train")
        table = folder / COURSE
        lines = table.read_text(encoding="utf-8").split()[1:] if table.exists() else []
        steps = tuple(int(line.partition(",")[0]) for line in lines)
        check_complete(folder, steps)
        mislabelled = tuple(record["data"].get("mislabelled", ()))
        return cls(folder, Recipe.from_mapping(record["recipe"]), steps, mislabelled)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Files with the weights, safetensors, one for each of `steps`."""
        return tuple(weights_path(self.folder, step) for step in self.steps)

    @property
    def finished(self) -> bool:
        """Whether every checkpoint of the recipe is there."""
        return self.steps == self.recipe.steps

    @cached_property
    def losses(self) -> pd.DataFrame:
        """A row for each of `steps`, the index "epoch"; the columns are those of `Measures`, float64."""
        import pandas as pd

        if not self.steps:
            raise ArgumentError("folder", f"{self.folder}, where no checkpoint is finished yet", "a training under way")
        table = pd.read_csv(self.folder / COURSE, index_col="epoch", float_precision="round_trip")
        return table.loc[list(self.steps)].astype("float64")

    def sample_losses(self, step: int) -> dict[str, torch.Tensor]:
        """Cross-entropy of each sample at a checkpoint: "train" and "test", float32 (samples,), in the data's order.

        Raises:
            ArgumentError: no such checkpoint, or the recipe does not ask for the losses of the samples.
        """
        from safetensors.torch import load_file

        if step not in self.steps:
            raise ArgumentError("step", step, f"one of {', '.join(map(str, self.steps))}")
        if not self.recipe.sample_losses:
            raise ArgumentError("sample_losses", False, "a recipe with sample_losses=True")
        return dict(load_file(losses_path(self.folder, step)))

    def __repr__(self) -> str:
        first = f"Course: {len(self.steps)} of {len(self.recipe.steps)} checkpoints in {self.folder}"
        if not self.steps:
            return first
        last = self.losses.iloc[-1]
        return (
            f"{first}; after epoch {self.steps[-1]}: loss {last.train_loss:.3g} (train), {last.test_loss:.3g} (test), "
            f"accuracy {last.train_accuracy:.3g} (train), {last.test_accuracy:.3g} (test)"
        )


def check_complete(folder: Path, steps: tuple[int, ...]) -> None:
    """Refuse a folder that lacks the weights of a checkpoint."""
    for step in steps:
        if not weights_path(folder, step).is_file():
            raise ArgumentError("folder", f"{folder} without {weights_path(folder, step).name}",
                                "a folder as it was left")  # fmt: skip
