"""After which epochs a training keeps a checkpoint."""

from __future__ import annotations

from harsanyi.core.options import require_whole


def checkpoint_epochs(epochs: int, count: int) -> tuple[int, ...]:
    """Whole epochs that are evenly spaced on a logarithmic scale, 0 and the last one included.

    Epoch 0 is before training. From epoch 1 on, each is the one before it times the constant ratio that would reach
    the last epoch in the steps that remain, rounded, and at least 1 more: all are different.

    Args:
        epochs: number of epochs of the training, 1 or more.
        count: number of checkpoints, 2 or more; with more than epochs + 1, every epoch.

    Returns:
        Rising epochs, min(count, epochs + 1) of them; 0 and the last one where count is 2.

    Raises:
        ArgumentError: a number out of range.

    Example:
        >>> checkpoint_epochs(256, 10)
        (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
        >>> checkpoint_epochs(40, 8)
        (0, 1, 2, 4, 7, 13, 23, 40)

    Source: our definition; the papers show checkpoints at epochs that grow in this manner.
    """
    require_whole(epochs=epochs)
    require_whole(2, count=count)
    count = min(count, epochs + 1)
    if count == 2:
        return (0, epochs)
    chosen = [0, 1]
    for remaining in range(count - 2, 0, -1):
        last = chosen[-1]
        chosen.append(max(last + 1, round(last * (epochs / last) ** (1 / remaining))))
    return tuple(chosen)
