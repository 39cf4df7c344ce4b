"""Estimates in tables and in words, and counts in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harsanyi.analysis.bootstrap import Estimate, Floats

_ROUNDING = 1e-9  # what differs by no more is the same number, computed in another order


def part(whole: Estimate, *index: int) -> Estimate:
    """The estimate at a position of the leading dimensions."""
    return Estimate(*(np.asarray(ends[index]) for ends in (whole.value, whole.low, whole.high)))


def stacked(estimates: Sequence[Estimate]) -> Estimate:
    """Estimates of one shape as one, a new dimension first; of none it has the shape (0,)."""
    ends = ([getattr(each, end) for each in estimates] for end in ("value", "low", "high"))
    return Estimate(*(np.array(each, dtype=np.float64) for each in ends))


def with_ends(estimates: Mapping[str, Estimate]) -> dict[str, Floats]:
    """Columns of a table: each value, and its interval as name_low and name_high."""
    return {name + ending: ends for name, held in estimates.items()
            for ending, ends in (("", held.value), ("_low", held.low), ("_high", held.high))}  # fmt: skip


def since_before(single: Estimate) -> Estimate:
    """What is known from each checkpoint to the next, (checkpoints - 1, ...), at the later one; NaN at the first."""
    ends = (single.value, single.low, single.high)
    return Estimate(*(np.concatenate((np.full((1, *end.shape[1:]), np.nan), end)) for end in ends))


def told(single: Estimate, level: float) -> str:
    """A number with its interval, where there is one.

    Example:
        >>> told(Estimate(np.array(0.5), np.array(0.25), np.array(1.0)), 0.95)
        '0.5 (95 % interval 0.25 to 1)'
    """
    ends = "" if np.isnan(single.low) else f" ({100 * level:g} % interval {single.low:.3g} to {single.high:.3g})"
    return f"{single.value:.3g}{ends}"


def clear_sign(single: Estimate) -> int:
    """1 where the whole interval is above 0, -1 where it is below, 0 where it holds 0 or there is none."""
    return int(single.low > _ROUNDING) - int(single.high < -_ROUNDING)


def counted(number: int, noun: str = "sample") -> str:
    """A number of things.

    Example:
        >>> counted(1), counted(2, "other sample")
        ('1 sample', '2 other samples')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def named_orders(orders: Sequence[int]) -> str:
    """Orders in words.

    Example:
        >>> named_orders([1, 2, 4]), named_orders([3]), named_orders([])
        ('the orders 1, 2, 4', 'order 3', 'no order')
    """
    if len(orders) < 2:
        return f"order {orders[0]}" if orders else "no order"
    return f"the orders {', '.join(map(str, orders))}"
