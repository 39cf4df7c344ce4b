"""Small pictures of a line's height: inline SVG, in the colours of the page, each with a text alternative."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from harsanyi.analysis.bootstrap import Floats

WIDTH, HEIGHT, _EDGE = 240, 56, 5


def line(values: Sequence[float] | Floats, text: str, mark: int | None = None) -> Markup:
    """A course, one of its points marked by a dashed line and a ring.

    Args:
        values: its heights, evenly spaced; NaN is left out.
        text: what a reader is told who does not see it.
        mark: position of the marked point.
    """
    heights = np.asarray(values, np.float64)
    known = np.flatnonzero(np.isfinite(heights))
    x, y = _across(len(heights)), _down(heights)
    drawn = [_tag("polyline", class_="course", points=" ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in known))]
    if mark is not None and mark in known:
        drawn.append(_tag("line", class_="mark", x1=x[mark], x2=x[mark], y1=0, y2=HEIGHT))
        drawn.append(_tag("circle", class_="point", cx=x[mark], cy=y[mark], r=4))
    return _svg(drawn, text)


def bars(values: Sequence[float] | Floats, text: str, chosen: Iterable[int] = ()) -> Markup:
    """Bars, up for positive and down for negative heights, some of them filled in a second colour and outlined."""
    heights = np.nan_to_num(np.asarray(values, np.float64))
    top, low = max(heights.max(initial=0.0), 0.0), min(heights.min(initial=0.0), 0.0)
    scale = (HEIGHT - 2 * _EDGE) / (top - low or 1.0)
    step, marked = (WIDTH - 2 * _EDGE) / max(len(heights), 1), set(chosen)
    drawn = [
        _tag("rect", class_="bar chosen" if i in marked else "bar", x=_EDGE + i * step, width=max(0.8 * step, 1),
             y=_EDGE + (top - max(height, 0.0)) * scale, height=max(abs(height) * scale, 0.7))
        for i, height in enumerate(heights.tolist())
    ]  # fmt: skip
    return _svg(drawn, text)


def share(value: float, text: str, low: float = np.nan, high: float = np.nan) -> Markup:
    """A share of a whole as the filled part of a bar, with its interval as whiskers."""
    long, middle = WIDTH - 2 * _EDGE, HEIGHT / 2
    drawn = [_tag("rect", class_="whole", x=_EDGE, y=middle - 10, width=long, height=20),
             _tag("rect", class_="bar", x=_EDGE, y=middle - 10, width=long * value, height=20)]  # fmt: skip
    if np.isfinite(low) and np.isfinite(high):
        ends = _EDGE + long * low, _EDGE + long * high
        drawn += [_tag("line", class_="mark whisker", x1=ends[0], x2=ends[1], y1=middle, y2=middle)]
        drawn += [_tag("line", class_="mark whisker", x1=end, x2=end, y1=middle - 6, y2=middle + 6) for end in ends]
    return _svg(drawn, text)


def _across(count: int) -> Floats:
    return np.linspace(_EDGE, WIDTH - _EDGE, count) if count > 1 else np.full(count, WIDTH / 2)


def _down(heights: Floats) -> Floats:
    known = heights[np.isfinite(heights)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    return HEIGHT - _EDGE - (heights - low) / ((high - low) or 1.0) * (HEIGHT - 2 * _EDGE)


def _tag(name: str, class_: str, **attributes: float | str) -> Markup:
    written = Markup("").join(
        Markup(' {}="{}"').format(key, value if isinstance(value, str) else f"{value:.1f}")
        for key, value in attributes.items()
    )
    return Markup('<{} class="{}"{}/>').format(name, class_, written)


def _svg(drawn: Sequence[Markup], text: str) -> Markup:
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, text, Markup("").join(drawn)
    )
