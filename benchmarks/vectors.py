"""Score vectors of trained networks and of planted functions, the same on every run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor, nn

from harsanyi.core.coalitions import coalition_index, coalition_masks
from harsanyi.core.transforms import scores_from

_TRAINING_SAMPLES = 600
_CELLS = [(row, column) for row in range(4) for column in range(4) if (row % 3, column % 3) != (0, 0)]  # no corners
_PLANTED_EFFECTS = 15


def trained_cnn(n: int, count: int) -> Tensor:
    """Log-odds of the true class of digits under all masks of n random cells of the 4 x 4 grid, (count, 2**n)."""
    network, images, labels = _digits_cnn()
    generator = torch.Generator().manual_seed(0)
    scores = []
    for image, label in zip(images[:count], labels[:count].tolist(), strict=True):
        cells = torch.randperm(len(_CELLS), generator=generator)[:n].tolist()
        keep = torch.ones(1 << n, 1, 8, 8)
        for present, cell in zip(coalition_masks(n).float().T, cells, strict=True):
            row, column = _CELLS[cell]
            keep[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = present[:, None, None, None]
        scores.append(_log_odds(network, image * keep, label))
    return torch.stack(scores)


def trained_mlp(n: int, count: int) -> Tensor:
    """Log-odds of the true class of breast-cancer samples under all masks of their n columns, (count, 2**n)."""
    network, samples, labels = _cancer_mlp(n)
    masks = coalition_masks(n).float()
    with torch.no_grad():
        outputs = torch.stack([network(sample * masks)[:, 0].double() for sample in samples[:count]])
    return outputs * (2 * labels[:count, None].double() - 1)


def planted(n: int, count: int) -> tuple[Tensor, Tensor]:
    """Sparse random AND-OR functions plus noise of 1 % of |v(N) - v(empty)|, (count, 2**n), and their L1 norms."""
    generator = torch.Generator().manual_seed(0)
    effects = torch.zeros(2, count, 1 << n, dtype=torch.float64)
    for sample in range(count):
        for effect in range(_PLANTED_EFFECTS):
            order = int(torch.randint(1, 5, (), generator=generator))
            players = torch.randperm(n, generator=generator)[:order].tolist()
            kind = effect % 2 if order > 1 else 0  # an OR of one player is an AND
            effects[kind, sample, coalition_index(players)] += float(torch.randn((), generator=generator))
    exact = scores_from(effects[0], effects[1])
    noise = torch.randn(exact.shape, generator=generator, dtype=torch.float64)
    return exact + 0.01 * score_range(exact)[:, None] * noise, effects.abs().sum((0, 2))


def score_range(scores: Tensor) -> Tensor:
    """|v(N) - v(empty)| of each sample, (count,)."""
    return (scores[:, -1] - scores[:, 0]).abs()


FAMILIES: dict[str, Callable[[int, int], Tensor]] = {
    "cnn": trained_cnn,
    "mlp": trained_mlp,
    "planted": lambda n, count: planted(n, count)[0],
}


@cache
def _digits_cnn() -> tuple[nn.Module, Tensor, Tensor]:
    """A small network trained on digits with 10 % random labels, and the test images and labels."""
    from sklearn.datasets import load_digits

    torch.manual_seed(1)
    pixels, targets = load_digits(return_X_y=True)
    order = torch.randperm(len(pixels))
    images = (torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16)[order]
    labels = torch.tensor(targets)[order]
    train_images, train_labels = images[:_TRAINING_SAMPLES], labels[:_TRAINING_SAMPLES].clone()
    random = torch.rand(_TRAINING_SAMPLES) < 0.1
    train_labels[random] = torch.randint(0, 10, (int(random.sum()),))
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    for _ in range(60):
        for batch in torch.randperm(_TRAINING_SAMPLES).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(train_images[batch]), train_labels[batch]).backward()
            optimizer.step()
    return network.eval(), images[_TRAINING_SAMPLES:], labels[_TRAINING_SAMPLES:]


@cache
def _cancer_mlp(n: int) -> tuple[nn.Module, Tensor, Tensor]:
    """A small network trained on the first n standardised columns of breast cancer, and the samples and labels."""
    from sklearn.datasets import load_breast_cancer

    torch.manual_seed(0)
    columns, targets = load_breast_cancer(return_X_y=True)
    samples = torch.tensor((columns - columns.mean(0)) / columns.std(0), dtype=torch.float32)[:, :n]
    labels = torch.tensor(targets, dtype=torch.float32)
    network = nn.Sequential(
        nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )  # fmt: skip
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(300):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(samples)[:, 0], labels).backward()
        optimizer.step()
    return network.eval(), samples, labels


@torch.no_grad()
def _log_odds(network: nn.Module, images: Tensor, label: int) -> Tensor:
    """z_y - logsumexp of the other logits, float64, (images,)."""
    logits = network(images).double()
    others = logits.clone()
    others[:, label] = -math.inf
    result: Tensor = logits[:, label] - others.logsumexp(1)
    return result
