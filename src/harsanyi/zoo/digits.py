"""scikit-learn's bundled handwritten digits and a small convolutional network for them."""

from __future__ import annotations

from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo.bundled import digits
from harsanyi.zoo.data import Data, select
from harsanyi.zoo.selection import Selection

CLASSES = 10
Digits = Data[Tensor]


def digits_cnn() -> nn.Sequential:
    """Three 3 x 3 convolutions and two linear layers for images (batch, 1, 8, 8); logits (batch, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 64),
        nn.ReLU(),
        nn.Linear(64, CLASSES),
    )


def load_digits(train: int = 1200, label_noise: float = 0.0, seed: int = 0) -> Digits:
    """Split the 1,797 digits, and draw a share of the training labels at random.

    Args:
        train: number of training samples, 1 to 1797; the rest are test samples.
        label_noise: share of the training labels replaced by a class drawn uniformly, in [0, 1].
        seed: of the split and the noise.

    Returns:
        The `Data`: images in [0, 1], float32 (samples, 1, 8, 8), and classes, int64.

    Raises:
        ArgumentError: a number of training samples or a share out of range.
        ImportError: scikit-learn is not installed (says the command that installs it).
    """
    source = digits()
    count = len(source.train.labels)
    if not 1 <= train <= count:
        raise ArgumentError("train", train, f"1 to {count} training samples")
    return select(source, Selection(test=count - train, label_noise=label_noise, seed=seed))
