"""Small interactions to draw: of a table, of images, of constant scores."""

import sys

import pytest
import torch

from harsanyi import Columns, Interactions, Output, Patches, extract, extract_game


@pytest.fixture(autouse=True)
def _no_global_figure():
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def _first_output(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return outputs[:, 0]


@pytest.fixture(scope="session")
def table() -> Interactions:
    """Six samples of five columns."""
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(shape, generator=generator) for shape in ((5, 16), (16, 3)))
    samples = torch.randn(6, 5, generator=generator)
    names = ["age", "height", "weight", "pressure", "a name that is far too long for one line"]
    return extract(lambda x: (x @ first).relu() @ second, samples, 0, players=Columns(names=names), progress=False)


@pytest.fixture(scope="session")
def images() -> Interactions:
    """Two grey images of 6 x 4 pixels, players in a 3 x 2 grid; the score is patch 0 AND 3, less patch 5."""
    samples = torch.rand(2, 1, 6, 4, generator=torch.Generator().manual_seed(0)) + 1

    def network(x: torch.Tensor) -> torch.Tensor:
        present = (x[:, 0, ::2, ::2] > 0).double().flatten(1)  # player = 2 * row + column
        return 4 * present[:, :1] * present[:, 3:4] - present[:, 5:]

    return extract(network, samples, players=Patches(grid=(3, 2)), score=Output(), noise=0, progress=False)


@pytest.fixture(scope="session")
def constant() -> Interactions:
    """Constant scores: every effect is 0."""
    return extract_game(lambda coalitions: 0.0 * coalitions.sum(1) + 2, 3, progress=False)


@pytest.fixture(scope="session")
def single() -> Interactions:
    """One player."""
    return extract_game(lambda coalitions: 1.5 * coalitions[:, 0], 1, progress=False)
