"""What of a picture is seen: lines, intervals, legends, and texts, of which none covers another or is cut off."""

import numpy as np


def legend_texts(figure):
    """Texts of all legends."""
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def check_whiskers(collection, places, low, high):
    """Assert that vertical lines are the intervals that are neither points nor missing."""
    expected = [ends for ends in zip(places, low, high, strict=True) if ends[1] < ends[2]]
    drawn = [(segment[0, 0], segment[0, 1], segment[1, 1]) for segment in collection.get_segments()]
    np.testing.assert_allclose(drawn, expected)


def drawn_texts(figure):
    """Texts as drawn with their extents: titles, labels, numbers within the axes, legends."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes)]
    texts = [figure._suptitle, *(text for legend in legends if legend for text in legend.get_texts())]
    for ax in figure.axes:
        if ax.axison:
            texts += [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
            for axis in (ax.xaxis, ax.yaxis):
                labels = [label for tick in axis._update_ticks() for label in (tick.label1, tick.label2)]
                texts += [label for label in labels if label.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text and text.get_text()]


def check_texts(figure):
    """Assert that no two texts overlap and that none is cut off."""
    texts = drawn_texts(figure)
    for i, (text, box) in enumerate(texts):
        assert figure.bbox.x0 - 1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1, text
        assert figure.bbox.y0 - 1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1, text
        for other, another in texts[:i]:
            inner = min(box.x1, another.x1) - max(box.x0, another.x0), min(box.y1, another.y1) - max(box.y0, another.y0)
            assert min(inner) <= 1, (text, other)
