"""The solver of the splits of one network or of several: samples in blocks, each in a unit of its own.

For scores v_i of networks i the split minimises a `Penalty` of the effects of the non-empty coalitions, subject to
|Z a_i - D b_i - v_i| <= noise_i for every coalition (Z: S in T, D: S and T disjoint; a and b of the empty set are
free). This linear program is solved for a whole batch at once by restarted Halpern iterations of the reflected
Douglas-Rachford operator, whose two halves are both closed forms: the proximal step of the penalty (of one network,
soft-thresholding), and the projection on the constraint (`CoverOperators.solve`). Every sample has its own step sizes,
adapted at restarts; every lower bound comes from a feasible point of the dual program.
"""

from __future__ import annotations

import torch
from torch import Tensor

from harsanyi.core.certificate import Certificate
from harsanyi.core.coalitions import players_in
from harsanyi.core.errors import ArgumentError
from harsanyi.core.iteration import iterate
from harsanyi.core.memory import require_memory
from harsanyi.core.penalty import Penalty
from harsanyi.core.symmetric import CoverOperators
from harsanyi.core.threads import in_threads
from harsanyi.core.transforms import scores_from

_BLOCK = {"cpu": 1 << 16, "cuda": 1 << 24}  # score entries solved at once: what caches, or the device, hold well
_WORKING_TENSORS = 40  # of the iterations, in units of the scores of a block (measured)


def solve(
    scores: Tensor, noise: Tensor, penalty: Penalty, max_gap: float, max_iterations: int, gamma: Tensor | None = None
) -> tuple[Tensor, ...]:
    """The split of least penalty of each sample.

    Args:
        scores: (networks, batch, 2**n), float32 or float64.
        noise: bound on the error of a score, float64 (networks, batch).
        penalty: what a split costs.
        max_gap: certified relative gap at which a sample is done.
        max_iterations: where to stop a sample that has not reached the gap.
        gamma: where the iterations begin, float64 like the scores; nothing begins at 0.

    Returns:
        AND effects, OR effects and noise, float64 (networks, batch, 2**n); objective, lower bound, gap, iterations and
        whether the gap is reached, (batch,).

    Raises:
        ArgumentError: less memory than this needs.
    """
    n, device = players_in(scores), scores.device
    networks, samples, _ = scores.shape
    require_memory(split_memory(n, samples, device, networks), n, device, "scores")
    size = _block_samples(n, device, networks)
    values = scores.detach().to(torch.float64).transpose(0, 1)
    starts = [None] * -(-samples // size) if gamma is None else gamma.transpose(0, 1).split(size)
    blocks = list(zip(values.split(size), noise.T.split(size), starts, strict=True))
    operators = CoverOperators(n, device)

    def solved(block: tuple[Tensor, Tensor, Tensor | None]) -> tuple[Tensor, ...]:
        return _solve_block(operators, penalty, *block, max_gap, max_iterations)

    parts = in_threads(solved, blocks) if device.type == "cpu" else list(map(solved, blocks))
    results = [torch.cat(part) for part in zip(*parts, strict=True)]
    return (*(effects.transpose(0, 1).contiguous() for effects in results[:3]), *results[3:])


def split_memory(n: int, samples: int, device: torch.device, networks: int = 1) -> int:
    """Bytes that a split of so many samples takes at its peak, about."""
    at_once = torch.get_num_threads() if device.type == "cpu" else 1
    working = min(samples, _block_samples(n, device, networks) * at_once)
    return 8 * (networks << n) * (4 * samples + _WORKING_TENSORS * working)


def _block_samples(n: int, device: torch.device, networks: int) -> int:
    return max(1, (_BLOCK.get(device.type, _BLOCK["cpu"]) >> n) // networks)


def checked_noise(
    axes: tuple[str, ...], scores: Tensor, noise: float | Tensor, max_gap: float, max_iterations: int
) -> Tensor:
    """The noise bound of each score vector, after every argument of a split has been looked at.

    Args:
        axes: names of the dimensions of the scores before the coalitions, such as ("batch",).
        scores: what the caller was given, as the rest is.
        noise: one number, or one for each score vector.
        max_gap: in (0, 1].
        max_iterations: at least 1.

    Returns:
        float64, the shape of the scores without the coalitions.

    Raises:
        ArgumentError: anything else.
    """
    if not isinstance(scores, Tensor) or scores.ndim != len(axes) + 1 or 0 in scores.shape[:-1]:
        given = f"shape {tuple(scores.shape)}" if isinstance(scores, Tensor) else type(scores).__name__
        expected = f"a tensor of shape ({', '.join(axes)}, 2**n), {' and '.join(axes)} >= 1"
        raise ArgumentError("scores", given, expected)
    if scores.dtype not in (torch.float32, torch.float64):
        raise ArgumentError("scores", scores.dtype, "float32 or float64")
    players_in(scores)
    _check_finite(axes, scores)
    bound = torch.as_tensor(noise, dtype=torch.float64, device=scores.device).detach()
    shape = scores.shape[:-1]
    if bound.ndim > 0 and bound.shape != shape:
        raise ArgumentError("noise", f"shape {tuple(bound.shape)}", f"one number or shape {tuple(shape)}")
    if not bool((bound >= 0).all() & bound.isfinite().all()):
        raise ArgumentError("noise", noise, "finite numbers >= 0")
    if not 0 < max_gap <= 1:
        raise ArgumentError("max_gap", max_gap, "a number in (0, 1]")
    if max_iterations < 1:
        raise ArgumentError("max_iterations", max_iterations, "a number >= 1")
    return bound.expand(shape).clone()


def checked_gamma(gamma: Tensor, scores: Tensor) -> Tensor:
    """Starting points for the scores, float64; refuses any that do not fit these."""
    if not isinstance(gamma, Tensor) or gamma.shape != scores.shape or not bool(gamma.isfinite().all()):
        shape = f"shape {tuple(gamma.shape)}" if isinstance(gamma, Tensor) else type(gamma).__name__
        raise ArgumentError("gamma", shape, f"finite numbers, a tensor of shape {tuple(scores.shape)}")
    return gamma.detach().to(scores.device, torch.float64)


def _check_finite(axes: tuple[str, ...], scores: Tensor) -> None:
    if not bool(scores.isfinite().all()):
        place = (~scores.isfinite()).nonzero()[0].tolist()
        words = [{"batch": "sample", "networks": "network"}[axis] for axis in axes] + ["coalition"]
        where = ", ".join(f"{word} {index}" for word, index in zip(words, place, strict=True))
        raise ArgumentError("scores", f"{float(scores[tuple(place)])} at {where}", "finite numbers")
    if not bool((scores.amax(-1).double() - scores.amin(-1).double()).isfinite().all()):
        raise ArgumentError("scores", "a range that overflows", "scores whose differences are finite")


def _solve_block(
    operators: CoverOperators,
    penalty: Penalty,
    scores: Tensor,
    noise: Tensor,
    gamma: Tensor | None,
    max_gap: float,
    max_iterations: int,
) -> tuple[Tensor, ...]:
    """One block of samples, (samples, networks, 2**n), in the unit of each sample's range, from its empty coalition."""
    start = scores[..., :1]
    scale = (scores - start).abs().amax((1, 2)).clamp_min(torch.finfo(torch.float64).tiny)
    best = Certificate(operators, penalty, (scores - start) / scale[:, None, None], noise / scale[:, None])
    best.constant(scores.amax(-1) - scores.amin(-1) <= 2 * noise)
    iterate(best, max_gap, max_iterations, None if gamma is None else gamma / scale[:, None, None])
    and_, or_ = (effects * scale[:, None, None] for effects in (best.and_, best.or_))
    and_[..., 0] += start[..., 0]
    objective = penalty.cost(and_, or_)
    lower_bound = torch.minimum(best.lower_bound * scale, objective)
    noise_left = scores - scores_from(and_, or_)
    return and_, or_, noise_left, objective, lower_bound, best.gap, best.iterations, best.gap <= max_gap
