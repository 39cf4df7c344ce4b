"""K-means of the points of a cloud, the same on every machine and for every batch."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing

_STARTS = 10  # of K-means; the best is kept


def cluster_points(points: Tensor, clusters: int, seed: int, first: int = 0) -> Iterator[Tensor]:
    """Clusters of the points of each cloud, one cloud at a time.

    Args:
        points: (samples, points, 3), floating, on any device; computed in float64 on the CPU.
        clusters: how many in each cloud.
        seed: of the starts, the same for every cloud.
        first: position of points[0] among all samples, for messages.

    Yields:
        int64 (points,): 0 to clusters - 1, ordered by x, then y, then z of the centres.

    Raises:
        ArgumentError: a cloud with fewer distinct points than clusters (says which, and how many).
        ImportError: scikit-learn is not installed (says the command that installs it).

    Source: K-means of scikit-learn, as in 2405.10262; the order of the clusters is our definition.
    """
    _require_sklearn()
    return (
        _clustered(cloud.double().cpu().numpy(), clusters, seed, index) for index, cloud in enumerate(points, first)
    )


def _require_sklearn() -> None:
    try:
        import sklearn.cluster  # noqa: F401
    except ImportError as error:
        raise missing("point-cloud players need scikit-learn", "points") from error


def _clustered(cloud: npt.NDArray[np.float64], clusters: int, seed: int, index: int) -> Tensor:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    available = len(np.unique(cloud, axis=0))
    if available >= clusters:
        # Several threads would add up in any order; two runs could then differ where a point lies between two centres.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # too few clusters are an error below
            labels = KMeans(clusters, n_init=_STARTS, random_state=seed).fit(cloud).labels_
        available = len(np.unique(labels))
    if available < clusters:
        raise ArgumentError("clusters", clusters, f"at most {available}, the distinct points of sample {index}")
    centres = np.stack([cloud[labels == label].mean(0) for label in range(clusters)])
    rank = np.empty(clusters, dtype=np.int64)
    rank[np.lexsort(centres.T[::-1])] = np.arange(clusters)
    return torch.from_numpy(rank[labels])
