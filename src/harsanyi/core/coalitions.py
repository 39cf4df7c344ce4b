"""Coalitions as bit masks: coalition index = sum of 2**i over the players i that are present."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from harsanyi.core.errors import ArgumentError

MAX_PLAYERS = 30


def check_players(n: int, argument: str = "n") -> int:
    """Return n if it is a usable number of players.

    Raises:
        ArgumentError: n is not between 1 and 30.
    """
    if not 1 <= n <= MAX_PLAYERS:
        raise ArgumentError(argument, n, f"1 to {MAX_PLAYERS} players")
    return n


def players_in(values: Tensor, argument: str = "scores") -> int:
    """Number of players n of a tensor whose last dimension has length 2**n.

    Raises:
        ArgumentError: the last dimension is no power of two of at least 2.
    """
    length = values.shape[-1] if values.ndim else 0
    n = length.bit_length() - 1
    if n < 1 or length != 1 << n:
        raise ArgumentError(argument, f"shape {tuple(values.shape)}", "a last dimension of length 2**n, n >= 1")
    return n


def check_floats(values: object, argument: str) -> None:
    """Refuse what is no tensor of floating-point numbers.

    Raises:
        ArgumentError: no tensor, or another dtype than float32 or float64.
    """
    if not isinstance(values, Tensor) or values.dtype not in (torch.float32, torch.float64):
        given = f"dtype {values.dtype}" if isinstance(values, Tensor) else type(values).__name__
        raise ArgumentError(argument, given, "a float32 or float64 tensor")


def coalition_masks(n: int, device: torch.device | str | None = None) -> Bool[Tensor, "coalitions n"]:
    """All coalitions of n players, one a row, in the order of their index.

    Example:
        >>> coalition_masks(2).int().tolist()
        [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    masks = torch.zeros(1 << check_players(n), n, dtype=torch.bool, device=device)
    for player in range(n):
        masks.view(-1, 2, 1 << player, n)[:, 1, :, player] = True
    return masks


def orders(n: int, device: torch.device | str | None = None) -> Int[Tensor, "coalitions"]:
    """Number of players in each coalition, int64, in the order of their index.

    Example:
        >>> orders(2).tolist()
        [0, 1, 1, 2]
    """
    result = torch.zeros(1, dtype=torch.int64, device=device)
    for _ in range(check_players(n)):
        result = torch.cat((result, result + 1))
    return result


def possible_effects(n: int) -> int:
    """How many AND and OR effects n players can have: of a single player both are one, and counted as AND.

    Example:
        >>> possible_effects(3)  # 7 AND effects, 4 OR effects
        11
    """
    return 2 * ((1 << n) - 1) - n


def coalition_index(players: Iterable[int]) -> int:
    """Index of the coalition of these players (a repeated player counts once).

    Example:
        >>> coalition_index([0, 2])
        5
    """
    index = 0
    for player in players:
        index |= 1 << player
    return index


def coalition_players(index: int) -> tuple[int, ...]:
    """Players of the coalition with this index, ascending.

    Example:
        >>> coalition_players(5)
        (0, 2)
    """
    return tuple(i for i in range(index.bit_length()) if index >> i & 1)


def coalition_name(index: int, names: Sequence[str]) -> str:
    """Readable name of a coalition.

    Example:
        >>> coalition_name(3, ["nose", "eye"])
        'nose, eye'
    """
    return ", ".join(names[i] for i in coalition_players(index)) or "(nothing)"
