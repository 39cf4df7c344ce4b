"""`interactions.plot.…`: the pictures of this folder with the interactions filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.salience import SalienceRule
from harsanyi.plots.effects import sorted_effects
from harsanyi.plots.orders import strength_by_order
from harsanyi.plots.patches import interaction_on_image, top_patches
from harsanyi.plots.reproduction import reproduction
from harsanyi.plots.source import Source
from harsanyi.plots.top import top_interactions


@dataclass(frozen=True)
class Plots:
    """Pictures of some interactions, or of those of one sample."""

    interactions: Source

    def strength_by_order(self, rule: SalienceRule | str | None = "score_range", ax: Axes | None = None) -> Axes:
        """Positive and negative strength by order, see `harsanyi.plots.strength_by_order`."""
        return strength_by_order(self.interactions, rule, ax)

    def sorted_effects(self, rule: SalienceRule | str = "score_range", ax: Axes | None = None) -> Axes:
        """All effects by falling strength, see `harsanyi.plots.sorted_effects`."""
        return sorted_effects(self.interactions, rule, ax)

    def reproduction(self, ks: Sequence[int] | None = None, ax: Axes | None = None) -> Axes:
        """Error of the k strongest effects, see `harsanyi.plots.reproduction`."""
        return reproduction(self.interactions, ks, ax)

    def top_interactions(self, k: int = 10, ax: Axes | None = None) -> Axes:
        """The k strongest interactions as bars, see `harsanyi.plots.top_interactions`."""
        return top_interactions(self.interactions, k, ax)

    def interaction_on_image(
        self,
        players: int | str | tuple[int | str, ...],
        kind: str = "AND",
        image: npt.ArrayLike | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """One interaction of one sample on its image, see `harsanyi.plots.interaction_on_image`."""
        return interaction_on_image(self.interactions, players, kind, image, ax)

    def top_patches(self, k: int = 4, image: npt.ArrayLike | None = None, figure: Figure | None = None) -> Figure:
        """The k strongest interactions of one sample on its image, see `harsanyi.plots.top_patches`."""
        return top_patches(self.interactions, k, image, figure)
