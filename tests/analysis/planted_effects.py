"""Interactions made of effects that are known."""

import numpy as np
import torch

from harsanyi import Interactions
from harsanyi.core.transforms import scores_from


def interactions(and_, or_=None, **changes):
    """Interactions of these effects, (samples, 2**n), that reproduce their scores exactly."""
    and_ = np.asarray(and_, dtype=np.float64)
    or_ = np.zeros_like(and_) if or_ is None else np.asarray(or_, dtype=np.float64)
    samples, coalitions = and_.shape
    n = coalitions.bit_length() - 1
    zeros = np.zeros(samples)
    objective = np.abs(and_[:, 1:]).sum(1) + np.abs(or_).sum(1)
    arguments = {
        "scores": scores_from(torch.from_numpy(and_), torch.from_numpy(or_)).numpy(),
        "and_": and_, "or_": or_, "objective": objective, "lower_bound": objective, "gap": zeros, "noise_bound": zeros,
        "iterations": zeros.astype(np.int64), "converged": np.ones(samples, bool),
        "labels": np.arange(samples) % 3, "names": (tuple(f"p{i}" for i in range(n)),) * samples,
        "inputs": np.arange(samples * n, dtype=np.float32).reshape(samples, n),
    }  # fmt: skip
    return Interactions(**arguments | changes)


def sparse_effects(seed, samples=5, n=3, share=0.5):
    """Sparse AND and OR effects of strength 0.2 to 2 and either sign, (2, samples, 2**n)."""
    generator = np.random.default_rng(seed)
    values = generator.uniform(0.2, 2, (2, samples, 1 << n)) * generator.choice([-1, 1], (2, samples, 1 << n))
    values *= generator.random(values.shape) < share
    values[:, :, 0] = 0
    values[1][:, [1 << i for i in range(n)]] = 0
    return values
