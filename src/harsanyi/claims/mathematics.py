"""Claims about interactions as such: what holds for any scores, and how few effects a network needs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.claims.claim import APPEARS, CANNOT_TELL, DOES_NOT_APPEAR, Claim, Finding, by_seed, numbers, vote
from harsanyi.claims.material import STUDIES, Material
from harsanyi.core.coalitions import orders
from harsanyi.core.split import sparsest_split
from harsanyi.core.theory import predicted_interactions, row_norm_ratios
from harsanyi.core.transforms import and_interactions, or_interactions, scores_from

_BOOTSTRAP = Bootstrap()
_FEW = 0.05  # of all effects: about five times the share that 2409.08712 reports on MNIST
_RATIOS = (2.469, 2.667, 2.781, 2.857, 2.911, 2.952, 2.984, 3.010, 3.031)  # 2407.19198, n = 10, sigma^2 = 1
_NEARLY = 0.9  # correlation from which on interactions are nearly the same


def check_matching(_: Material) -> Finding:
    """C1. Random scores of 10 players, divided by random numbers of three scales, are put together again.

    Appears where the largest error over all coalitions, over the largest number that takes part, is at most 1e-9; does
    not appear where it is larger.
    """
    generator = torch.Generator().manual_seed(0)
    scores, gamma = (torch.randn(30, 1024, generator=generator, dtype=torch.float64) for _ in range(2))
    gamma *= torch.tensor([0.1, 1.0, 100.0], dtype=torch.float64).repeat(10)[:, None]
    and_ = and_interactions(scores / 2 + gamma)
    and_[:, 0] = scores[:, 0]  # by definition
    error = (scores_from(and_, or_interactions(scores / 2 - gamma)) - scores).abs().amax(1)
    worst = float((error / torch.maximum(scores.abs().amax(1), gamma.abs().amax(1))).max())
    measured = f"The largest relative error over the 1,024 coalitions of 30 random divisions is {worst:.1g}."
    return Finding(measured, APPEARS if worst <= 1e-9 else DOES_NOT_APPEAR)


def check_noise(_: Material) -> Finding:
    """C2. Independent normal scores of 8 players, 40,000 times: the mean square of AND effects by order.

    It is multiplied from each order to the next; appears where the interval of the mean factor lies within 1 % of 2,
    does not appear where it lies outside, else it cannot be told.
    """
    generator = torch.Generator().manual_seed(0)
    effects = and_interactions(torch.randn(200, 200, 256, generator=generator, dtype=torch.float64))
    order = orders(8)  # means of 200 are resampled: as many as there are would take long
    squares = torch.stack([effects[..., order == k].square().mean((1, 2)) for k in range(1, 9)], 1).numpy()
    factor = _BOOTSTRAP.estimate(_growth(squares.mean(0)), _growth(_BOOTSTRAP.means(squares)))
    inside = factor.low > 1.98 and factor.high < 2.02
    outside = factor.low > 2.02 or factor.high < 1.98
    measured = (f"From each order to the next the variance is multiplied by {numbers(factor)}; at order 1 it is "
                f"{squares[:, 0].mean():.3f} times that of a score.")  # fmt: skip
    return Finding(measured, APPEARS if inside else DOES_NOT_APPEAR if outside else CANNOT_TELL)


def _growth(variance: Floats) -> Floats:
    """Mean factor from an order to the next, (..., orders) to (...)."""
    return np.asarray((variance[..., -1] / variance[..., 0]) ** (1 / (variance.shape[-1] - 1)))


def check_recovery(material: Material) -> Finding:
    """C3. Random sums of 2 to 5 AND and OR effects of 8 players, each of strength 1 to 2, are split.

    A function is recovered where no effect is off by more than 0.05; another sum, however sparse, is a miss. Appears
    where all of them are recovered, does not appear where one is missed.
    """
    and_, or_ = _planted(material.sizes.functions, 8)
    split = sparsest_split(scores_from(and_, or_), max_gap=1e-4, max_iterations=200_000)
    off = torch.maximum((split.and_ - and_).abs()[:, 1:].amax(1), (split.or_ - or_).abs()[:, 1:].amax(1))
    found, equal = off <= 0.05, split.objective <= 1.001 * (and_.abs() + or_.abs()).sum(1)
    others = int((equal & ~found).sum())
    measured = (f"{int(found.sum())} of {len(off)} random functions are recovered; of the others {others} "
                f"{'has' if others == 1 else 'have'} another sum of as little strength.")  # fmt: skip
    return Finding(measured, APPEARS if bool(found.all()) else DOES_NOT_APPEAR)


def _planted(functions: int, n: int) -> tuple[Tensor, Tensor]:
    """AND and OR effects, float64 (functions, 2**n) each, of different coalitions; OR effects join two or more."""
    random, order = np.random.default_rng(0), orders(n).numpy()
    both = torch.zeros(2, functions, 1 << n, dtype=torch.float64)
    for row in range(functions):
        chosen = random.choice(np.flatnonzero((order >= 1) & (order <= 4)), random.integers(2, 6), replace=False)
        kinds = np.where(order[chosen] > 1, random.integers(2, size=len(chosen)), 0)
        strength = random.uniform(1, 2, len(chosen)) * random.choice([-1, 1], len(chosen))
        both[kinds, row, chosen] = torch.from_numpy(strength)
    return both[0], both[1]


def check_few(material: Material) -> Finding:
    """C4. Salient effects of a test sample after training, at 5 % of the largest of all samples, as a share of 2^(n+1).

    Appears where in more than half of the networks the interval of the mean share lies below 5 %, and in none above.
    """

    def ask(seed: int) -> tuple[int, str]:
        x = material.study(seed).interactions("cnn", samples="test")
        counts = x.salient("max_effect_over_samples").count.astype(np.float64)[:, None]
        count = _BOOTSTRAP.estimate(counts.mean(), _BOOTSTRAP.means(counts)[:, 0])
        effects = 2 << x.n
        share = Estimate(*(end / effects for end in (count.value, count.low, count.high)))
        return vote(share, _FEW, -1), f"{numbers(count)} of {effects:,}"

    return by_seed(material.seeds, ask, "Salient effects a sample")


def check_row_norms(_: Material) -> Finding:
    """C11. Ratios of the norms of rows of successive orders, for 10 players and noise from 1e-12 to 1e6.

    Appears where all are above 1, fall as the noise does and end within 0.001 of 1, and rows of the same order (7
    players) have norms equal to 1e-9; does not appear where one of that fails.
    """
    noise = torch.logspace(6, -12, 181, dtype=torch.float64)
    ratios = row_norm_ratios(10, noise)
    norms = predicted_interactions(torch.eye(128, dtype=torch.float64), 0.1).T.norm(dim=1)
    spread = max(float(norms[orders(7) == k].std(correction=0)) for k in range(8))
    off = (row_norm_ratios(10, 1.0) - torch.tensor(_RATIOS, dtype=torch.float64)).abs().max()
    holds = (bool((ratios >= 1).all()) and bool((ratios.diff(dim=0) <= 1e-9).all())
             and float(ratios[-1].max()) < 1.001 and spread < 1e-9)  # fmt: skip
    measured = (f"The ratios fall from {float(ratios[0].min()):.3f} to {float(ratios[-1].max()):.6f}, the least being "
                f"{float(ratios.min()):.6f}; at noise 1 they are those of the paper to {float(off):.4f}; norms inside "
                f"an order differ by {spread:.0e}.")  # fmt: skip
    return Finding(measured, APPEARS if holds else DOES_NOT_APPEAR)


def check_bounds(material: Material) -> Finding:
    """C16. The scores of test samples after training are split at noise bounds 0.03, 0.04 and 0.05.

    Appears where in more than half of the networks the interval of the correlation of the effects at 0.03 with those
    at 0.05, the mean over the samples, lies above 0.9, and in none below; does not appear the other way round.
    """

    def ask(seed: int) -> tuple[int, str]:
        scores = torch.from_numpy(material.study(seed).interactions("cnn", samples="test").scores)
        effects = [_effects_at(scores, share) for share in (0.03, 0.04, 0.05)]
        near, far = (_correlation(effects[0], other) for other in effects[1:])
        return vote(far, _NEARLY), f"{numbers(near)} at 0.04 and {numbers(far)} at 0.05"

    return by_seed(material.seeds, ask, "Correlation of the effects at a bound of 0.03 with those at others")


def _effects_at(scores: Tensor, share: float) -> Floats:
    """AND and OR effects of all coalitions but the empty one, (samples, m)."""
    split = sparsest_split(scores, noise=share * (scores[:, -1] - scores[:, 0]).abs())
    return torch.cat((split.and_[:, 1:], split.or_[:, 1:]), 1).numpy()


def _correlation(one: Floats, other: Floats) -> Estimate:
    each = np.array([[np.corrcoef(*rows)[0, 1]] for rows in zip(one, other, strict=True)])
    return _BOOTSTRAP.estimate(each.mean(), _BOOTSTRAP.means(each)[:, 0])


_ALL = "2405.10262, 2401.16318, 2407.19198, 2409.08712"
CLAIMS = (
    Claim("C1", _ALL, "However scores are divided into an AND and an OR part, their interactions give back the score "
          "of every masked sample.", "an error above 1e-9", check_matching),
    Claim("C2", "2401.16318, 2407.19198", "Independent noise of variance σ² on the scores has variance 2^k σ² in an "
          "effect of order k.", "another growth", check_noise),
    Claim("C3", "2401.16318", "The sparsest split recovers the effects that a function is made of.", "a miss",
          check_recovery),
    Claim("C4", "2409.08712", "Few effects of a sample are salient.", "more than 5 % of all effects", check_few,
          (STUDIES,)),
    Claim("C11", "2407.19198", "Noise damps high orders more: the norms of the rows of the damping matrix fall with "
          "the order, by ratios that fall to 1 as the noise does.", "other ratios", check_row_norms),
    Claim("C16", "2409.08712", "Noise bounds of 0.03, 0.04 and 0.05 give nearly the same interactions.",
          "a correlation of 0.9 or less", check_bounds, (STUDIES,)),
)  # fmt: skip
