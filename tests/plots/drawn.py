"""What of a picture is seen: its texts, where they stand, and that none covers another or is cut off."""


def drawn_texts(figure):
    """Texts as drawn with their extents: titles, labels, numbers within the axes, legends."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes)]
    texts = [figure._suptitle, *(text for legend in legends if legend for text in legend.get_texts())]
    for ax in figure.axes:
        if ax.axison:
            texts += [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
            for axis in (ax.xaxis, ax.yaxis):
                texts += [tick.label1 for tick in axis._update_ticks() if tick.label1.get_visible()]
                texts += [tick.label2 for tick in axis._update_ticks() if tick.label2.get_visible()]
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
