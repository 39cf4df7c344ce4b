"""`interactions.plot.…`: the pictures of this folder with the interactions filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harsanyi.interactions import Interactions


@dataclass(frozen=True)
class Plots:
    """Pictures of some interactions."""

    interactions: Interactions
