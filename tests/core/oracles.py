"""The definitions, written down as directly as possible, and a linear programming solver: what the core is held to."""

import itertools

import numpy as np
import torch
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_matrix, hstack, identity, kron, vstack

from harsanyi.core.coalitions import coalition_index, coalition_masks
from harsanyi.core.transforms import scores_from


def subsets(coalition):
    """Subsets of a coalition given as a tuple of players."""
    return itertools.chain.from_iterable(itertools.combinations(coalition, k) for k in range(len(coalition) + 1))


def coalitions(n):
    return list(subsets(tuple(range(n))))


def contained(n):
    """Z: 1 where the coalition of the column is a subset of the coalition of the row, (2**n, 2**n)."""
    index = np.arange(1 << n)
    return (index[:, None] & index == index).astype(float)


def disjoint(n):
    """D: 1 where the two coalitions share no player, (2**n, 2**n)."""
    index = np.arange(1 << n)
    return (index[:, None] & index == 0).astype(float)


def optimum(scores, noise=0.0):
    """Smallest objective of any split of one score vector within the noise bound, by HiGHS.

    Variables a+, a-, b+, b- >= 0 with a = a+ - a-, b = b+ - b-; those of the empty set cost nothing.
    """
    n = len(scores).bit_length() - 1
    effects = hstack([csr_matrix(m) for m in (contained(n), -contained(n), -disjoint(n), disjoint(n))]).tocsr()
    cost = np.ones(1 << n)
    cost[0] = 0
    scores = np.asarray(scores)
    if noise == 0:
        constraint = {"A_eq": effects, "b_eq": scores}
    else:
        constraint = {
            "A_ub": vstack([effects, -effects]).tocsr(),
            "b_ub": np.concatenate((scores + noise, noise - scores)),
        }
    result = linprog(np.tile(cost, 4), **constraint, method="highs")
    assert result.status == 0, result.message
    return result.fun


def joint_optimum(scores, noise, alpha):
    """Smallest joint objective of the score vectors of several networks, (networks, 2**n), by HiGHS.

    Variables a+, a-, b+, b- >= 0 of each network as for one, and the largest |a| and |b| of a coalition.
    """
    networks, size = scores.shape
    n = size.bit_length() - 1
    effects = hstack([csr_matrix(m) for m in (contained(n), -contained(n), -disjoint(n), disjoint(n))])
    effects = hstack([block_diag([effects] * networks), csr_matrix((networks * size, 2 * size))])
    sizes = kron(identity(2 * networks), hstack([identity(size)] * 2))  # |a|, then |b|, network by network
    largest = vstack([identity(2 * size)] * networks)
    costly = np.tile(np.arange(size) > 0, 2 * networks)
    below = hstack([sizes, -largest]).tocsr()[costly]
    once = np.arange(size) > 0
    cost = np.concatenate((alpha * np.tile(once, 4 * networks), (1 - alpha) * np.tile(once, 2)))
    values, noise = np.asarray(scores).ravel(), np.repeat(np.asarray(noise), size)
    bounds = np.concatenate((values + noise, noise - values, np.zeros(below.shape[0])))
    result = linprog(cost, A_ub=vstack([effects, -effects, below]).tocsr(), b_ub=bounds, method="highs")
    assert result.status == 0, result.message
    return result.fun


def random_scores(n, seed=0):
    return torch.randn(1 << n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network_scores(n, seed=0):
    """Scores of a small network with random weights, as smooth in the coalition as those of a trained one."""
    generator = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((n, 16), (16,)))
    return torch.relu(coalition_masks(n).double() @ first - 0.5) @ second


def planted_effects(n, seed=0, count=6):
    """A sparse AND-OR function: AND and OR effects of `count` random coalitions, no OR of a single player."""
    generator = torch.Generator().manual_seed(seed)
    effects = torch.zeros(2, 1 << n, dtype=torch.float64)
    for k in range(count):
        order = int(torch.randint(1, min(n, 4) + 1, (), generator=generator))
        index = coalition_index(torch.randperm(n, generator=generator)[:order].tolist())
        effects[k % 2 if order > 1 else 0, index] += float(torch.randn((), generator=generator))
    return effects


def planted_scores(n, seed=0):
    """A planted function and a little noise on top."""
    exact = scores_from(*planted_effects(n, seed))
    return exact + 0.01 * (exact.max() - exact.min()) * random_scores(n, seed + 1)


FAMILIES = {"random": random_scores, "network": network_scores, "planted": planted_scores}
