"""Which samples train, test or are held out, and which training labels are replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.options import is_whole, require_whole

DEFAULT_TEST = 0.2
NOISES = ("uniform", "other")


@final
@dataclass(frozen=True)
class Selection:
    """How samples are split, how many are taken, and how many training labels are replaced.

    Args:
        test: number (int) or share (float, in [0, 1)) of test samples; nothing for the test samples that a data set
            comes with, or for a fifth where it comes with none.
        held_out: number or share of the training part that is set aside, for other networks of the same task.
        limit: at most so many samples in each split; a smaller limit takes a part of what a larger one takes.
        label_noise: share of the training labels replaced, in [0, 1].
        noise: "uniform" draws each replacement from all classes, so that some labels stay what they were; "other"
            always draws another class.
        seed: of split, subset and noise.
        noise_seed: of the noise alone; nothing for one that follows from `seed`.

    Raises:
        ArgumentError: a share or number out of range, an unknown noise, a seed that is not an integer.

    Example:
        >>> Selection(held_out=0.5, label_noise=0.05, noise="other").held_out
        0.5
    """

    test: int | float | None = None
    held_out: int | float = 0
    limit: int | None = None
    label_noise: float = 0.0
    noise: str = "uniform"
    seed: int = 0
    noise_seed: int | None = None

    def __post_init__(self) -> None:
        for argument in ("test", "held_out"):
            _check_amount(argument, getattr(self, argument))
        if self.limit is not None and not is_whole(self.limit, 1):
            raise ArgumentError("limit", self.limit, "a whole number >= 1, or nothing")
        if not isinstance(self.label_noise, int | float) or not 0 <= self.label_noise <= 1:
            raise ArgumentError("label_noise", self.label_noise, "a share in [0, 1]")
        if self.noise not in NOISES:
            raise ArgumentError("noise", repr(self.noise), " or ".join(f'"{noise}"' for noise in NOISES))
        require_whole(0, seed=self.seed)
        if self.noise_seed is not None:
            require_whole(0, noise_seed=self.noise_seed)


@final
@dataclass(frozen=True, eq=False)
class Rows:
    """Row numbers of the samples of each split, int64; train and held-out rows are of the training part."""

    train: Tensor
    test: Tensor
    held_out: Tensor


def split_rows(count: int, test_count: int | None, selection: Selection, generator: torch.Generator) -> Rows:
    """Draw the rows of each split; the test rows do not depend on `held_out`.

    Args:
        count: number of samples, or of training samples where test samples are given.
        test_count: number of given test samples; nothing where the test samples are part of the `count` ones.
        selection: what to draw.
        generator: source of the random orders.

    Raises:
        ArgumentError: more samples asked for than there are, no training sample left, or `test` for given ones.
    """
    order = torch.randperm(count, generator=generator)
    if test_count is None:
        kept = count - _size("test", DEFAULT_TEST if selection.test is None else selection.test, count)
        order, test = order[:kept], order[kept:]
    elif selection.test is not None:
        raise ArgumentError("test", selection.test, "nothing: this data set comes with its own test samples")
    else:
        test = torch.randperm(test_count, generator=generator)
    trained = len(order) - _size("held_out", selection.held_out, len(order))
    rows = (order[:trained], test, order[trained:])
    return Rows(*(split[: selection.limit] for split in rows))


def replaced_labels(
    labels: Tensor, classes: int, selection: Selection, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Replace a share of the labels.

    Args:
        labels: (samples,), int64.
        classes: number of classes.
        selection: share and kind of the noise.
        generator: source of the draws.

    Returns:
        The labels with the noise, and the sorted indices of those that were drawn anew.

    Raises:
        ArgumentError: another class is asked for, and there is only one.
    """
    changed = torch.randperm(len(labels), generator=generator)[: round(selection.label_noise * len(labels))]
    noisy = labels.clone()
    if selection.noise == "uniform":
        noisy[changed] = torch.randint(classes, (len(changed),), generator=generator)
    elif len(changed):
        if classes < 2:
            raise ArgumentError("noise", '"other" with one class', '"other" needs two classes or more')
        shift = torch.randint(1, classes, (len(changed),), generator=generator)
        noisy[changed] = (labels[changed] + shift) % classes
    return noisy, changed.sort().values


def _check_amount(argument: str, amount: object) -> None:
    if amount is None and argument == "test":
        return
    if not is_whole(amount) and not (isinstance(amount, float) and 0 <= amount < 1):
        raise ArgumentError(argument, repr(amount), "a whole number of samples >= 0, or a share (float) in [0, 1)")


def _size(argument: str, amount: int | float, count: int) -> int:
    size = amount if isinstance(amount, int) else round(amount * count)
    if size >= count:
        raise ArgumentError(argument, amount, f"fewer than the {count} samples there are, so that some train")
    return size
