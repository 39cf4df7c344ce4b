"""The pictures of the layers of a network with their comparison filled in."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi.analysis.layer_by_layer import LayerByLayer
from harsanyi.plots.layer_flow import layer_flow
from harsanyi.plots.layer_followed import followed_interactions
from harsanyi.plots.layer_parts import layer_parts
from harsanyi.plots.layer_shares import layer_shares


@dataclass(frozen=True)
class LayerPlots:
    """Pictures of the layers of one network."""

    _found: LayerByLayer

    def layer_parts(self, figure: Figure | None = None) -> Figure:
        """Shared, forgotten and new strength by order, see `harsanyi.plots.layer_parts`."""
        return layer_parts(self._found, figure)

    def layer_shares(self, ax: Axes | None = None) -> Axes:
        """Completeness and redundancy over depth, see `harsanyi.plots.layer_shares`."""
        return layer_shares(self._found, ax)

    def layer_flow(self, ax: Axes | None = None) -> Axes:
        """What becomes of the strength from layer to layer, see `harsanyi.plots.layer_flow`."""
        return layer_flow(self._found, ax)

    def followed_interactions(self, sample: int = 0, count: int = 10, ax: Axes | None = None) -> Axes:
        """The strongest interactions of a sample in every layer, see `harsanyi.plots.followed_interactions`."""
        return followed_interactions(self._found, sample, count, ax)
