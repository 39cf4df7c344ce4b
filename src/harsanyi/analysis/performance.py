"""How well networks do on the same samples, and how often they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.detection import suspicion
from harsanyi.core.errors import ArgumentError


@final
@dataclass(frozen=True, eq=False)
class Performance:
    """What one network makes of each sample.

    Args:
        correct: whether it classifies the sample rightly, bool (samples,).
        loss: of the sample, in nats, (samples,).
        predictions: the class it predicts, integers (samples,).
    """

    correct: npt.ArrayLike
    loss: npt.ArrayLike
    predictions: npt.ArrayLike


def performance_of(logits: npt.ArrayLike, labels: npt.ArrayLike) -> Performance:
    """What a network makes of samples, by its logits.

    Args:
        logits: (samples, classes), two classes or more, finite.
        labels: true classes, integers (samples,).

    Returns:
        The `Performance`.

    Raises:
        ArgumentError: as `suspicion`.

    Example:
        >>> found = performance_of([[2.0, 0.0], [0.0, 1.0]], [0, 0])
        >>> found.correct.tolist(), found.predictions.tolist()
        ([True, False], [0, 1])
    """
    loss = suspicion(logits, labels)["loss"]
    predictions = np.asarray(logits).argmax(1)
    return Performance(predictions == np.asarray(labels), loss, predictions)


@final
@dataclass(frozen=True, eq=False)
class ComparedPerformance:
    """How well networks do and how often they agree, with bootstrap intervals over the samples.

    Attributes:
        accuracy: share of the samples that each classifies rightly, (networks,).
        loss: mean loss, in nats, (networks,).
        accuracy_difference: of the first and the second network of each pair, (pairs,).
        loss_difference: likewise.
        agreement: share of the samples for which both of a pair predict the same class, (pairs,).
    """

    accuracy: Estimate
    loss: Estimate
    accuracy_difference: Estimate
    loss_difference: Estimate
    agreement: Estimate


def compare_performance(
    performance: Mapping[str, Performance], pairs: Sequence[tuple[int, int]], bootstrap: Bootstrap
) -> ComparedPerformance:
    """Compare networks, all drawn with the same samples.

    Args:
        performance: by the names of the networks, in their order, checked by `check_performance`.
        pairs: positions of the two networks of each.
        bootstrap: draws, level and seed.
    """
    correct, loss = (np.stack([np.asarray(getattr(each, name), dtype=np.float64) for each in performance.values()], 1)
                     for name in ("correct", "loss"))  # fmt: skip
    predicted = np.stack([np.asarray(each.predictions) for each in performance.values()], 1)
    one, other = np.array(pairs).T
    agree = (predicted[:, one] == predicted[:, other]).astype(np.float64)
    columns = np.concatenate((correct, loss, agree), 1)
    value, drawn = (_measures(means, len(performance), one, other) for means in
                    (columns.mean(0), bootstrap.means(columns)))  # fmt: skip
    return ComparedPerformance(**{name: bootstrap.estimate(value[name], drawn[name]) for name in value})


def _measures(
    means: Floats, networks: int, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """From means of accuracy and loss of the networks and agreement of the pairs, (..., 2 networks + pairs)."""
    accuracy, loss = means[..., :networks], means[..., networks : 2 * networks]
    return {
        "accuracy": accuracy,
        "loss": loss,
        "accuracy_difference": accuracy[..., one] - accuracy[..., other],
        "loss_difference": loss[..., one] - loss[..., other],
        "agreement": means[..., 2 * networks :],
    }


def check_performance(
    performance: Mapping[str, Performance], names: Sequence[str], samples: int
) -> dict[str, Performance]:
    """Performance by the names of the networks, in their order.

    Raises:
        ArgumentError: other networks; arrays of another length or type; a loss that is not finite.
    """
    if set(performance) != set(names):
        raise ArgumentError("performance", f"of {', '.join(map(repr, performance)) or 'no network'}",
                            f"of the networks {', '.join(map(repr, names))}")  # fmt: skip
    for name in names:
        for part, kinds, accepted in (("correct", "b", "booleans"), ("loss", "fiu", "finite numbers"),
                                      ("predictions", "iu", "integers")):  # fmt: skip
            array = np.asarray(getattr(performance[name], part))
            if array.shape != (samples,) or array.dtype.kind not in kinds or not np.isfinite(array).all():
                given = f"shape {array.shape}, {array.dtype}"
                raise ArgumentError(f"performance[{name!r}].{part}", given, f"{accepted}, ({samples},)")
    return {name: performance[name] for name in names}
