"""scikit-learn's bundled handwritten digits and a small convolutional network for them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

CLASSES = 10


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


@dataclass(frozen=True)
class Digits:
    """Images in [0, 1], float32 (samples, 1, 8, 8), and classes, int64; some training labels are random on request.

    Attributes:
        train_inputs: (train, 1, 8, 8).
        train_labels: (train,), with the noise.
        test_inputs: (test, 1, 8, 8).
        test_labels: (test,), without noise.
        changed: indices of the training labels drawn at random.
    """

    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor
    changed: Tensor


def load_digits(train: int = 1200, label_noise: float = 0.0, seed: int = 0) -> Digits:
    """Split the 1,797 digits, and draw a share of the training labels at random.

    Args:
        train: number of training samples; the rest are test samples.
        label_noise: share of the training labels replaced by a class drawn uniformly, in [0, 1].
        seed: of the split and the noise.

    Returns:
        The `Digits`.

    Raises:
        ImportError: scikit-learn is not installed (says the command that installs it).
    """
    try:
        from sklearn.datasets import load_digits as bundled
    except ImportError as error:
        raise ImportError("the digits need scikit-learn: pip install 'harsanyi[demo]'") from error
    images, classes = bundled(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=generator)
    inputs = torch.tensor(images, dtype=torch.float32).view(-1, 1, 8, 8)[order] / 16
    labels = torch.tensor(classes, dtype=torch.int64)[order]
    changed = torch.randperm(train, generator=generator)[: round(label_noise * train)]
    train_labels = labels[:train].clone()
    train_labels[changed] = torch.randint(CLASSES, (len(changed),), generator=generator)
    return Digits(inputs[:train], train_labels, inputs[train:], labels[train:], changed.sort().values)
