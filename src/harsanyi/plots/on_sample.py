"""The strongest interactions drawn on a sample, whatever it is."""

from __future__ import annotations

from matplotlib.figure import Figure

from harsanyi.plots.kinds import sample_kind
from harsanyi.plots.patches import top_patches
from harsanyi.plots.points import top_clusters
from harsanyi.plots.sentence import top_words
from harsanyi.plots.source import Source


def top_on_sample(sample: Source, k: int = 4) -> Figure | None:
    """The k strongest interactions of a sample, drawn on its image, in its sentence or in its point cloud.

    Args:
        sample: one sample.
        k: how many, >= 1; effects that are 0 are left out.

    Returns:
        The figure of `top_patches`, `top_words` or `top_clusters`; nothing where the sample is none of these.

    Raises:
        ArgumentError: several samples; k below 1.
    """
    match sample_kind(sample):
        case "image":
            return top_patches(sample, k)
        case "sentence":
            return top_words(sample, k)
        case "points":
            return top_clusters(sample, k)
    return None
