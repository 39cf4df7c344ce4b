"""Players as one line of text: values by their shape, layers and tokenizers by their kind."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

_LONGEST = 200  # characters of a list that is told whole


def told_players(players: Any) -> str:
    """The fields of players, without the numbers of arrays.

    Args:
        players: a dataclass.

    Returns:
        One line.

    Example:
        >>> import torch
        >>> from harsanyi import Columns
        >>> print(Columns(baseline="mean", background=torch.rand(5, 3), rest="mask"))
        Columns(columns=None, names=None, baseline='mean', background=<Tensor (5, 3)>, rest='mask', draws=16, seed=0)
    """
    own = ", ".join(f"{field.name}={_told(getattr(players, field.name))}" for field in fields(players))
    return f"{type(players).__name__}({own})"


def _told(value: Any) -> str:
    name = type(value).__name__
    if hasattr(value, "shape"):
        return f"<{name} {tuple(value.shape)}>"
    told = repr(value)
    plain = value is None or isinstance(value, str | int | float | list | tuple | dict | range)
    return told if plain and len(told) <= _LONGEST else f"<{name}>"
