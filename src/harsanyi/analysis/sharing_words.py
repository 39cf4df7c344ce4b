"""What networks share, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.analysis.estimates import clear_sign, part
from harsanyi.analysis.generalization_words import between, percent

if TYPE_CHECKING:
    from harsanyi.analysis.sharing import Sharing


def sharing_sentences(x: Sharing) -> list[str]:
    """The shares of both extractions, what the joint one costs, orders and types, and the control."""
    return [*_shares(x), _cost(x), *_where(x), *_control(x)]


def _shares(x: Sharing) -> list[str]:
    together, apart = (_share(x, at) for at in range(2))
    found = f"Split together, {listed(x.names)} share {together} of their salient interactions; split apart, {apart}."
    sign = clear_sign(x.gain)
    if sign == 0:
        return [found, "Whether splitting them together finds more that they share cannot be told from these samples."]
    return [found, f"Splitting them together finds {'more' if sign > 0 else 'less'} that they share."]


def _cost(x: Sharing) -> str:
    ratio = x.strength_ratio
    extra, *ends = (100 * (float(end) - 1) for end in (ratio.value, ratio.low, ratio.high))
    level = f"{100 * x.bootstrap.level:g} % interval"
    interval = "" if np.isnan(ends[0]) else f" ({level} {ends[0]:+.1f} to {ends[1]:+.1f} %)"
    return (
        f"That changes the strength (L1 norm) by {extra:+.1f} %{interval}; the joint objective is certified within "
        f"{max(100 * float(x.gap.max()), 0.01):.2g} %."
    )


def _where(x: Sharing) -> list[str]:
    known = np.flatnonzero(~np.isnan(x.order_share.value[0]))
    if len(known) == 0:
        return []
    ends = [f"{percent(x.order_share.value[0, k])} at order {k + 1}" for k in sorted({int(known[0]), int(known[-1])})]
    types = [f"{percent(share)} of the {name} interactions"
             for name, share in zip(("AND", "OR"), x.type_share.value[0], strict=True)
             if not np.isnan(share)]  # fmt: skip
    return [f"Split together, they share {' and '.join(ends)}, and {' and '.join(types)}."]


def _control(x: Sharing) -> list[str]:
    if x.control is None or x.margin is None:
        return []
    other = [name for name in x.control.names if name not in x.joint]
    learned = f"of which {listed(other)} learned another task"
    verdict = {
        1: "fewer than networks of one task",
        -1: "more than networks of one task, so that these share nothing that is their task's",
        0: "not clearly another share than that of networks of one task",
    }[clear_sign(x.margin)]
    together, apart = (_share(x.control, at) for at in range(2))
    return [f"{listed(x.control.names)}, {learned}, share {together}, {verdict}; split apart, {apart}."]


def _share(x: Sharing, extraction: int) -> str:
    single = part(x.share, extraction)
    return f"{percent(single.value)}{between(single, x.bootstrap.level)}"


def listed(names: Sequence[str]) -> str:
    """Names in words.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
