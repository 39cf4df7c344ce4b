"""scikit-learn's bundled handwritten digits and small networks for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo.bundled import digits
from harsanyi.zoo.checks import at_least
from harsanyi.zoo.data import Data, select
from harsanyi.zoo.selection import Selection

CLASSES = 10
Digits = Data[Tensor]


def digits_cnn(upper: int = 1, hidden: int = 64) -> nn.Sequential:
    """Two 3 x 3 convolutions, a pooling, more convolutions and two linear layers, for images (batch, 1, 8, 8).

    Args:
        upper: convolutions after the pooling, 1 or more; what is below them does not depend on it.
        hidden: neurons of the hidden linear layer.

    Returns:
        The network, logits (batch, 10).

    Raises:
        ArgumentError: a number below 1.
    """
    at_least(1, upper=upper, hidden=hidden)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        *(layer for _ in range(upper) for layer in (nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, hidden),
        nn.ReLU(),
        nn.Linear(hidden, CLASSES),
    )


def digits_mlp(hidden: Sequence[int] = (64, 64, 64)) -> nn.Sequential:
    """Linear layers with a ReLU between each two, for images (batch, 1, 8, 8).

    Args:
        hidden: neurons of each hidden layer, the lowest first.

    Returns:
        The network, logits (batch, 10); its k-th linear layer is the module named str(2 * k - 1).

    Raises:
        ArgumentError: a number below 1.
    """
    for width in hidden:
        at_least(1, hidden=width)
    sizes = [8 * 8, *hidden]
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(sizes[-1], CLASSES))


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
