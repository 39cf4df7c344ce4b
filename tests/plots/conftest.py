"""Small interactions to draw: of a table, of images, of constant scores."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from harsanyi import Columns, Interactions, Output, Patches, extract, extract_game
from harsanyi.core.transforms import scores_from

# for `drawn` and `planted_effects`: pytest's importlib mode adds no folder of its own
sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent / "analysis")]


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


def _planted(effects: dict[tuple[str, int], float], names: list[str]) -> Interactions:
    """One sample with these effects, by kind and coalition, and no others."""
    parts = {kind: torch.zeros(1 << len(names), dtype=torch.float64) for kind in ("AND", "OR")}
    for (kind, coalition), effect in effects.items():
        parts[kind][coalition] = effect
    scores = scores_from(parts["AND"], parts["OR"]).numpy()
    bits = 1 << np.arange(len(names))
    found = extract_game(lambda c: scores[c @ bits], len(names), names=names, noise=0, max_gap=1e-6, progress=False)
    return replace(found, and_=parts["AND"].numpy()[None], or_=parts["OR"].numpy()[None])


@pytest.fixture(scope="session")
def sentences() -> Interactions:
    """A sentence of four players, one of two words and one that stands twice: -2 for two of them, +1 for any of three.

    A label, and a map of players that is longer than the sentence.
    """
    text = "It costs $5 and is not very good, <b>but</b> fun: not boring, a\njoy {x_1} to watch."
    players = np.full(len(text) + 5, -1, dtype=np.int16)
    for player, word in enumerate(("not", "very good", "fun", "boring")):
        start = -1
        while (start := text.find(word, start + 1)) >= 0:
            players[start : start + len(word)] = player
    names = ["not", "very good", "fun", "boring"]
    found = _planted({("AND", 0b0011): -2.0, ("OR", 0b1101): 1.0}, names)
    return replace(found, inputs=np.array([text]), regions=players[None], labels=np.array([1]))


@pytest.fixture(scope="session")
def clouds() -> Interactions:
    """A cloud of 60 points: clusters of 5, 9 and 22 points are players, the other 24 points are no player's."""
    points = np.random.default_rng(0).uniform((-3, -1, 0), (3, 1, 0.5), (1, 60, 3)).astype(np.float32)
    players = np.repeat([0, -1, 1, 2, -1], (5, 12, 9, 22, 12)).astype(np.int16)
    found = _planted({("AND", 0b011): -2.0, ("OR", 0b101): 1.0}, ["cluster 0", "cluster 2", "cluster 3"])
    return replace(found, inputs=points, regions=players[None, :, None])
