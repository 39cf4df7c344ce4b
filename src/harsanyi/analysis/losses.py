"""Losses at the checkpoints of a training, and the gap between test and training samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.core.errors import ArgumentError


def losses_of(
    train_loss: npt.ArrayLike | None, test_loss: npt.ArrayLike | None, checkpoints: int
) -> tuple[Floats, Floats] | None:
    """Training and test losses, each (checkpoints, samples), or nothing where neither is given.

    Raises:
        ArgumentError: losses of another length, or that are not finite.
    """
    if train_loss is None or test_loss is None:
        return None
    return _rows("train_loss", train_loss, checkpoints), _rows("test_loss", test_loss, checkpoints)


def require_both(train_loss: npt.ArrayLike | None, test_loss: npt.ArrayLike | None) -> None:
    """Refuse one of two losses."""
    if (train_loss is None) != (test_loss is None):
        raise ArgumentError("train_loss", "one of two losses", "both train_loss and test_loss, or neither")


def loss_gap(train: Floats, test: Floats, bootstrap: Bootstrap) -> tuple[Estimate, Floats]:
    """Test loss less training loss; training and test samples are resampled apart.

    Args:
        train: (checkpoints, samples).
        test: (checkpoints, samples).
        bootstrap: draws, level and seed.

    Returns:
        The gap, (checkpoints,), and what was drawn for it, (draws, checkpoints), or (0, checkpoints) where one of the
        two has a single column.
    """
    drawn = [bootstrap.means(losses.T, stream) for stream, losses in enumerate((train, test), 1)]
    differences = drawn[1] - drawn[0] if all(map(len, drawn)) else np.empty((0, len(train)))
    return bootstrap.estimate(test.mean(1) - train.mean(1), differences), differences


def _rows(name: str, losses: npt.ArrayLike, checkpoints: int) -> Floats:
    rows = np.asarray(losses, dtype=np.float64)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or len(rows) != checkpoints or rows.shape[1] == 0 or not np.isfinite(rows).all():
        given = f"shape {np.shape(losses)}{'' if np.isfinite(rows).all() else ', not all finite'}"
        raise ArgumentError(name, given, f"finite numbers, ({checkpoints},) or ({checkpoints}, samples)")
    return rows
