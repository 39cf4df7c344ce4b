"""Pairs of players and contexts for them: what a sampled pairwise interaction is asked of.

A context of a pair {i, j} is a set of other players. Coalitions are rows of truth values here, not indices, so that
there may be any number of players. What is drawn follows from the seed, the sample, and the size of the context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb
from numbers import Integral, Real

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool
from torch import Tensor

from harsanyi.core.errors import ArgumentError

Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]
SHARES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
CORNERS = (1.0, -1.0, -1.0, 1.0)  # signs of v(S), v(S with i), v(S with j), v(S with both)
_BLOCK_BYTES = 1 << 24  # of coalitions built together


def context_sizes(orders: Sequence[int | float] | None, n: int) -> tuple[int, ...]:
    """Sizes m of contexts, ascending, each once.

    Args:
        orders: sizes as whole numbers, or shares of n - 2 as floats; nothing takes `SHARES`.
        n: number of players, at least 2.

    Returns:
        Sizes in 0 to n - 2.

    Raises:
        ArgumentError: no sizes, or one that no context of n players has.

    Example:
        >>> context_sizes([0.0, 0.5, 1.0], 64), context_sizes([0, 1], 64)
        ((0, 31, 62), (0, 1))
    """
    accepted = f"context sizes 0 to {n - 2} (n - 2, for n = {n} players), or shares of n - 2 as floats, 0.0 to 1.0"
    if orders is None:
        orders = SHARES
    if isinstance(orders, str) or not hasattr(orders, "__len__") or len(orders) == 0:
        raise ArgumentError("orders", repr(orders), accepted)
    return tuple(sorted({_size(order, n, accepted) for order in orders}))


def _size(order: int | float, n: int, accepted: str) -> int:
    if isinstance(order, Integral) and not isinstance(order, bool) and 0 <= order <= n - 2:
        return int(order)
    if isinstance(order, Real) and not isinstance(order, Integral) and 0 <= order <= 1:
        return round(float(order) * (n - 2))
    raise ArgumentError("orders", repr(order), accepted)


def draw_pairs(n: int, pairs: int, seed: int, sample: int) -> Indices:
    """Different pairs of players, all of them where there are no more than asked for.

    Args:
        n: number of players, at least 2.
        pairs: how many.
        seed: of all draws.
        sample: position of the sample.

    Returns:
        int64 (min(pairs, n (n - 1) / 2), 2), i < j in each, ascending.

    Example:
        >>> draw_pairs(3, 200, seed=0, sample=0).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    every = comb(n, 2)
    if every <= pairs:
        chosen = np.arange(every)
    else:
        chosen = np.sort(np.random.default_rng([seed, sample]).choice(every, pairs, replace=False))
    starts = np.cumsum(np.arange(n - 1, 0, -1)) - np.arange(n - 1, 0, -1)  # position of the pair {i, i + 1}
    first = np.searchsorted(starts, chosen, side="right") - 1
    return np.stack((first, chosen - starts[first] + first + 1), 1).astype(np.int64)


def count_contexts(n: int, size: int, contexts: int) -> int:
    """How many contexts of a size each pair has: all there are, or as many as asked for where these are fewer."""
    return min(comb(n - 2, size), contexts)


def corner_blocks(
    n: int, pairs: Indices, size: int, contexts: int, seed: int, sample: int
) -> Iterator[Bool[Tensor, "rows n"]]:
    """The coalitions S, S with i, S with j and S with both, of every pair and context, pair by pair, block by block.

    Contexts are drawn one by one, each of all sets of the size with the same chance, so that one may come twice; where
    there are no more sets than asked for, each is taken once.

    Args:
        n: number of players.
        pairs: int64 (pairs, 2), i < j.
        size: m of the contexts.
        contexts: how many a pair.
        seed: of all draws.
        sample: position of the sample.

    Yields:
        bool (rows, n), a multiple of four rows, 4 * pairs * count_contexts(n, size, contexts) in all.
    """
    count = count_contexts(n, size, contexts)
    every = _all_sets(n - 2, size) if comb(n - 2, size) == count else None
    generator = np.random.default_rng([seed, sample, 1 + size])  # no 0: a seed that ends on it is that of the pairs
    pair_of = np.repeat(np.arange(len(pairs)), count)
    at_once = max(1, _BLOCK_BYTES // (4 * n))
    for first in range(0, len(pair_of), at_once):
        part = pair_of[first : first + at_once]
        if every is None:
            members = _drawn_sets(n - 2, size, len(part), generator)
        else:
            members = every[np.arange(first, first + len(part)) % count]
        yield _corners(members, pairs[part])


def _all_sets(n: int, size: int) -> Bools:
    """All sets of this size, bool (sets, n)."""
    chosen = np.array(list(combinations(range(n), size)), dtype=np.int64).reshape(comb(n, size), size)
    return _sets(chosen, n)


def _drawn_sets(n: int, size: int, count: int, generator: np.random.Generator) -> Bools:
    """Sets of this size drawn independently, bool (count, n); drawn in parts they are the same."""
    keys = generator.random((count, n))
    return _sets(np.argpartition(keys, size, axis=1)[:, :size], n)  # 0 < size < n: the others are never drawn


def _sets(chosen: Indices, n: int) -> Bools:
    result = np.zeros((len(chosen), n), dtype=np.bool_)
    np.put_along_axis(result, chosen, True, 1)
    return result


def _corners(members: Bools, pairs: Indices) -> Tensor:
    """Four coalitions a row of contexts among the n - 2 others, bool (4 * rows, n)."""
    rows, n = len(members), members.shape[1] + 2
    players = np.arange(n)
    place = players - (players > pairs[:, :1]) - (players > pairs[:, 1:])  # of each player among the others
    context = np.take_along_axis(np.pad(members, ((0, 0), (0, 2))), place, 1)
    corners = np.repeat(context[:, None], 4, 1)
    every = np.arange(rows)
    for side, added in ((0, (False, True, False, True)), (1, (False, False, True, True))):
        corners[every, :, pairs[:, side]] = added
    return torch.from_numpy(corners.reshape(4 * rows, n))
