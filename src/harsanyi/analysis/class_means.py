"""Similarity of mean effects of classes, for the samples and for many resamplings of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from torch import Tensor

from harsanyi.analysis.bootstrap import Bootstrap, Floats
from harsanyi.core.threads import in_threads

Pair = tuple[Floats, Floats]  # effects of training and of test samples, (samples, columns) each
_BLOCK = 64  # draws at once: the means of all classes are held for so many
_PARTINGS = 4
_ROUNDING = 1e-12  # of the strength: so little in common is nothing, and ties of nothing stay ties


@dataclass(frozen=True, eq=False)
class _Means:
    """Mean effects of draws, (draws, columns), and the sum of their |effects| by order, (draws, n)."""

    effects: Tensor
    strength: Tensor


def drawn_similarities(pairs: Sequence[Pair], orders: Tensor, bootstrap: Bootstrap) -> Floats:
    """Similarity, ceiling and floor by order, of the samples and of draws.

    Args:
        pairs: effects of the training and of the test samples of each class, (samples, columns).
        orders: of the columns, 1 to n, int64 (columns,).
        bootstrap: draws and seed.

    Returns:
        float64 (1 + draws, 3, n): first of the samples themselves; similarity, ceiling, floor. NaN where no class has
        an effect.
    """
    n = int(orders.max())
    members = torch.nn.functional.one_hot(orders - 1, n).double()
    rows = [(torch.from_numpy(train), torch.from_numpy(test)) for train, test in pairs]
    weights = [
        [_weights(len(side), bootstrap, 2 * i + j) for j, side in enumerate(pair)] for i, pair in enumerate(rows)
    ]
    parted = [list(_partings(pair, [bootstrap.seed, i])) for i, pair in enumerate(rows)]

    def block(first: int) -> Tensor:
        here = [[shares[first : first + _BLOCK] for shares in pair] for pair in weights]

        def means_of(pair: tuple[Tensor, Tensor], i: int) -> tuple[_Means, _Means]:
            train, test = here[i]
            return _means(train @ pair[0], members), _means(test @ pair[1], members)

        means = [means_of(pair, i) for i, pair in enumerate(rows)]
        own = [_similarity(*pair, members) for pair in means]
        parts = [_similarity(*means_of(pair, i), members) for i, found in enumerate(parted) for pair in found]
        others = [_similarity(one[0], other[1], members) for one, other in permutations(means, 2)]
        return torch.stack([torch.stack(found).nanmean(0) for found in (own, parts, others)], 1)

    return np.asarray(torch.cat(in_threads(block, range(0, len(weights[0][0]), _BLOCK))).numpy())


def _weights(samples: int, bootstrap: Bootstrap, stream: int) -> Tensor:
    """Share of each sample in a mean, (1 + draws, samples): the mean itself, then means as noisy about it as it is.

    Drawn means deviate too little, their variance is (m - 1) / m of what it should be; so the shares are widened.
    """
    equal = np.full((1, samples), 1 / samples)
    drawn = bootstrap.times(samples, stream) / samples
    return torch.from_numpy(np.concatenate((equal, equal + (drawn - equal) * np.sqrt(samples / (samples - 1)))))


def _partings(pair: Sequence[Tensor], seed: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """The samples of both sides together, parted at random into parts as large as the sides."""
    together, first = torch.cat(tuple(pair)), len(pair[0])
    generator = np.random.default_rng(seed)
    for _ in range(_PARTINGS):
        order = generator.permutation(len(together))
        yield together[order[:first]], together[order[first:]]


def _means(effects: Tensor, members: Tensor) -> _Means:
    return _Means(effects, effects.abs() @ members)


def _similarity(one: _Means, other: _Means, members: Tensor) -> Tensor:
    """Sum of min over sum of max of the positive and negative parts by order, (draws, n); NaN without effects.

    min and max of parts a, b are (a + b -+ |a - b|) / 2, and over both parts |a - b| sums to |difference of effects|.
    """
    strength = one.strength + other.strength
    distance = (one.effects - other.effects).abs() @ members
    shared = strength - distance
    return torch.where(shared > _ROUNDING * strength, shared, 0.0) / (strength + distance)
