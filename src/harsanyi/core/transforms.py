"""AND and OR interactions of all coalitions, and back: in-place butterflies, O(n 2**n) time, O(2**n) memory."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from harsanyi.core.coalitions import check_floats, players_in
from harsanyi.core.errors import ArgumentError


class _Butterfly(torch.autograd.Function):
    """The n-fold Kronecker power of [[1, 0], [sign, 1]] (or its transpose), a linear map of the last dimension."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, sign: int, transposed: bool) -> Tensor:
        ctx.arguments = (sign, not transposed)
        result = values.clone(memory_format=torch.contiguous_format)
        target, source = (0, 1) if transposed else (1, 0)
        for player in range(players_in(values)):
            pairs = result.view(*values.shape[:-1], values.shape[-1] >> (player + 1), 2, 1 << player)
            pairs[..., target, :].add_(pairs[..., source, :], alpha=sign)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _butterfly(gradients[0], *ctx.arguments), None, None


def _butterfly(values: Tensor, sign: int, transposed: bool = False) -> Tensor:
    result: Tensor = _Butterfly.apply(values, sign, transposed)  # type: ignore[no-untyped-call]
    return result


def _checked(values: Tensor, argument: str) -> Tensor:
    check_floats(values, argument)
    players_in(values, argument)
    return values


def subset_sums(values: Float[Tensor, "*batch coalitions"]) -> Float[Tensor, "*batch coalitions"]:
    """Sum over all subsets: result(T) = sum of values(S) over S in T (the zeta transform).

    Args:
        values: shape (..., 2**n), float32 or float64.

    Returns:
        Shape (..., 2**n), dtype and device of the values; differentiable.

    Raises:
        ArgumentError: another dtype, or a last dimension that is no power of two.

    Source: the matrix Z of the universal matching theorem; the inverse of `and_interactions`.
    """
    return _butterfly(_checked(values, "values"), 1)


def and_interactions(scores: Float[Tensor, "*batch coalitions"]) -> Float[Tensor, "*batch coalitions"]:
    """AND (Harsanyi) interaction of every coalition: I_and(S) = sum over T in S of (-1)^(|S|-|T|) v(T).

    Args:
        scores: v of every coalition, shape (..., 2**n), float32 or float64; coalition index = sum of 2**i.

    Returns:
        Shape (..., 2**n); the entry of the empty set is scores(empty set). Differentiable.

    Raises:
        ArgumentError: another dtype, or a last dimension that is no power of two.

    Example:
        >>> and_interactions(torch.tensor([0.0, 1.0, 2.0, 7.0])).tolist()
        [0.0, 1.0, 2.0, 4.0]

    Source: Ren et al., 2401.16318, eq. (2); the Moebius transform of cooperative game theory.
    """
    return _butterfly(_checked(scores, "scores"), -1)


def or_interactions(scores: Float[Tensor, "*batch coalitions"]) -> Float[Tensor, "*batch coalitions"]:
    """OR interaction of every coalition: I_or(S) = -sum over T in S of (-1)^(|S|-|T|) v(N without T).

    Args:
        scores: v of every coalition, shape (..., 2**n), float32 or float64; coalition index = sum of 2**i.
            A constant added to the scores changes nothing.

    Returns:
        Shape (..., 2**n); the entry of the empty set is 0. Differentiable.

    Raises:
        ArgumentError: another dtype, or a last dimension that is no power of two.

    Example:
        >>> or_interactions(torch.tensor([0.0, 1.0, 1.0, 1.0])).tolist()
        [0.0, 0.0, 0.0, 1.0]

    Source: Ren et al., 2401.16318, eq. (2); equals (-1)^(|S|+1) times the co-Moebius transform.
    """
    # Measured from the full coalition: the constant then never enters the sums, and its entry is 0 by itself.
    flipped = _checked(scores, "scores").flip(-1)
    return _butterfly(flipped[..., :1] - flipped, -1)


def scores_from(
    and_: Float[Tensor, "*batch coalitions"], or_: Float[Tensor, "*batch coalitions"]
) -> Float[Tensor, "*batch coalitions"]:
    """Scores of every coalition from its AND and OR interactions (universal matching).

    v(T) = sum of and_(S) over S in T (the empty set included) + sum of or_(S) over S that meet T.

    Args:
        and_: AND effects, shape (..., 2**n), float32 or float64.
        or_: OR effects, same shape and dtype; the entry of the empty set is never used.

    Returns:
        Scores, shape (..., 2**n). Differentiable.

    Raises:
        ArgumentError: another dtype, shapes that differ, or a last dimension that is no power of two.

    Example:
        >>> scores_from(torch.tensor([0.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.0, 2.0])).tolist()
        [0.0, 3.0, 2.0, 3.0]

    Source: the universal matching theorem, e.g. 2407.19198, theorem 2.
    """
    _checked(and_, "and_")
    if _checked(or_, "or_").shape != and_.shape or or_.dtype != and_.dtype:
        raise ArgumentError("or_", f"{tuple(or_.shape)} {or_.dtype}", f"{tuple(and_.shape)} {and_.dtype}, as and_")
    without_empty = torch.cat((torch.zeros_like(or_[..., :1]), or_[..., 1:]), -1)
    inside = _butterfly(without_empty, 1)  # sum of or_(S) over S in T
    return _butterfly(and_, 1) + inside[..., -1:] - inside.flip(-1)
