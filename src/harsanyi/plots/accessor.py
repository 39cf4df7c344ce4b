"""`interactions.plot.…`: the pictures of this folder with the interactions filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.core.salience import SalienceRule
from harsanyi.interactions import Interactions
from harsanyi.plots.effects import sorted_effects
from harsanyi.plots.kinds import Kind, sample_kind
from harsanyi.plots.on_sample import top_on_sample
from harsanyi.plots.orders import strength_by_order
from harsanyi.plots.patches import interaction_on_image, top_patches
from harsanyi.plots.points import interaction_on_points, top_clusters
from harsanyi.plots.reproduction import reproduction
from harsanyi.plots.sentence import interaction_on_sentence, top_words
from harsanyi.plots.source import Source, one_sample
from harsanyi.plots.top import top_interactions

_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    "image": ("top_patches", "interaction_on_image"),
    "sentence": ("top_words", "interaction_on_sentence"),
    "points": ("top_clusters", "interaction_on_points"),
}


@dataclass(frozen=True)
class Plots:
    """Pictures of some interactions, or of those of one sample."""

    _source: Source

    def __dir__(self) -> list[str]:
        """What completion offers: the pictures that fit, and no helpers."""
        return [name for name in super().__dir__() if name not in _hidden(self._source)]

    def strength_by_order(self, rule: SalienceRule | str | None = "score_range", ax: Axes | None = None) -> Axes:
        """Positive and negative strength by order, see `harsanyi.plots.strength_by_order`."""
        return strength_by_order(self._source, rule, ax)

    def sorted_effects(self, rule: SalienceRule | str = "score_range", ax: Axes | None = None) -> Axes:
        """All effects by falling strength, see `harsanyi.plots.sorted_effects`."""
        return sorted_effects(self._source, rule, ax)

    def reproduction(self, ks: Sequence[int] | None = None, ax: Axes | None = None) -> Axes:
        """Error of the k strongest effects, see `harsanyi.plots.reproduction`."""
        return reproduction(self._source, ks, ax)

    def top_interactions(self, k: int = 10, ax: Axes | None = None) -> Axes:
        """The k strongest interactions as bars, see `harsanyi.plots.top_interactions`."""
        return top_interactions(self._source, k, ax)

    def interaction_on_image(
        self,
        players: int | str | tuple[int | str, ...],
        kind: str = "AND",
        image: npt.ArrayLike | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """One interaction of one sample on its image, see `harsanyi.plots.interaction_on_image`."""
        return interaction_on_image(self._source, players, kind, image, ax)

    def top_patches(self, k: int = 4, image: npt.ArrayLike | None = None, figure: Figure | None = None) -> Figure:
        """The k strongest interactions of one sample on its image, see `harsanyi.plots.top_patches`."""
        return top_patches(self._source, k, image, figure)

    def interaction_on_sentence(
        self, players: int | str | tuple[int | str, ...], kind: str = "AND", ax: Axes | None = None
    ) -> Axes:
        """One interaction of one sample in its sentence, see `harsanyi.plots.interaction_on_sentence`."""
        return interaction_on_sentence(self._source, players, kind, ax)

    def top_words(self, k: int = 5, figure: Figure | None = None) -> Figure:
        """The k strongest interactions of one sample in its sentence, see `harsanyi.plots.top_words`."""
        return top_words(self._source, k, figure)

    def interaction_on_points(
        self, players: int | str | tuple[int | str, ...], kind: str = "AND", ax: Axes | None = None, up: str = "z"
    ) -> Axes:
        """One interaction of one sample in its point cloud, see `harsanyi.plots.interaction_on_points`."""
        return interaction_on_points(self._source, players, kind, ax, up)

    def top_clusters(self, k: int = 4, figure: Figure | None = None, up: str = "z") -> Figure:
        """The k strongest interactions of one sample in its point cloud, see `harsanyi.plots.top_clusters`."""
        return top_clusters(self._source, k, figure, up)

    def top_on_sample(self, k: int = 4) -> Figure | None:
        """The k strongest interactions drawn on the sample, see `harsanyi.plots.top_on_sample`."""
        return top_on_sample(self._source, k)

    def sample_kind(self) -> Kind | None:
        """What the sample is, as far as pictures go, see `harsanyi.plots.sample_kind`."""
        return sample_kind(self._source)


def _hidden(source: Source) -> set[str]:
    """Names that completion leaves out: helpers of the page, and pictures of another kind of sample."""
    several = isinstance(source, Interactions) and len(source) != 1
    kind = None if several else sample_kind(one_sample(source))
    others = {name for other, names in _OF_KIND.items() if other != kind for name in names}
    return {"sample_kind", "top_on_sample", *others}
