"""What share of their interactions networks have in common, by order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from harsanyi.analysis.estimates import part
from harsanyi.analysis.sharing import Sharing
from harsanyi.analysis.sharing_words import listed
from harsanyi.plots.bands import samples_text
from harsanyi.plots.legend import add_legend_below
from harsanyi.plots.orders import order_axis
from harsanyi.plots.style import (
    AND_COLOUR,
    NAME_LENGTH,
    POSITIVE,
    REFERENCE,
    axes_or_new,
    finish,
    in_lines,
    number,
    shortened,
)
from harsanyi.plots.whiskers import draw_curve, whisker_handle

_APART = 0.12  # orders, between curves


@dataclass(frozen=True)
class SharingPlots:
    """Pictures of what networks share."""

    _found: Sharing

    def sharing_figure(self, ax: Axes | None = None) -> Axes:
        """Share of the interactions of each order, see `harsanyi.plots.sharing_figure`."""
        return sharing_figure(self._found, ax)


def sharing_figure(sharing: Sharing, ax: Axes | None = None) -> Axes:
    """Share of the salient interactions of each order that all networks have.

    Args:
        sharing: of some networks.
        ax: where to draw; nothing makes a new figure.

    Returns:
        The axes: filled circles, split together; open squares, dashed, split apart; triangles, dotted, split together
        with networks of another task; thin lines, intervals. Orders without salient interactions have no mark.

    Source: the metric of 2401.16318.
    """
    ax = axes_or_new(ax, 6.0, 4.2)
    order, step = np.arange(1, sharing.n + 1, dtype=np.float64), _APART * min(1.0, sharing.n / 10)
    together, apart = (part(sharing.order_share, at) for at in range(2))
    handles: dict[str, Artist] = {
        "split together": draw_curve(ax, order, together, POSITIVE, "o"),
        "split apart": draw_curve(ax, order + step, apart, AND_COLOUR, "s", "dashed", filled=False),
    }
    if sharing.control is not None:
        beside = part(sharing.control.order_share, 0)
        handles["split together with another task"] = draw_curve(ax, order - step, beside, REFERENCE, "^", "dotted")
    if len(sharing.gap) > 1:
        handles |= whisker_handle(sharing.bootstrap.level)
    order_axis(ax, sharing.n)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.set_xlabel("order (players in the interaction)")
    ax.set_ylabel("share that all networks have")
    add_legend_below(ax, handles)
    return finish(ax, in_lines(ax, _title(sharing)), in_lines(ax, _subtitle(sharing)))


def _title(sharing: Sharing) -> str:
    names = [shortened(" ".join(name.split()), NAME_LENGTH) for name in sharing.names]
    return f"Salient interactions that {listed(names) if len(names) < 4 else f'{len(names)} networks'} share"


def _subtitle(sharing: Sharing) -> str:
    together, apart = (number(100 * float(share), ".0f") for share in sharing.share.value)
    extra = 100 * (float(sharing.strength_ratio.value) - 1)
    cost = f"{number(abs(extra), '.1f')} % {'less' if extra < 0 else 'more'} strength"
    shares = f"{together} % split together, at {cost}, {apart} % split apart"
    return f"{shares}; {samples_text([len(sharing.gap)])}"
