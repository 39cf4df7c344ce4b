"""How well a score finds samples, beside the usual ones: confusing samples told by what a network says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import numpy.typing as npt

from harsanyi.analysis.bootstrap import Bootstrap, Estimate, Floats
from harsanyi.analysis.estimates import clear_sign, counted, part, told, with_ends
from harsanyi.analysis.sets import named_rows
from harsanyi.analysis.sides import LEAST
from harsanyi.analysis.transfer import Bools
from harsanyi.core.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from harsanyi.plots.detection import DetectionPlots


def suspicion(logits: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> dict[str, Floats]:
    """What a network's outputs say against its own answers: high is suspicious.

    Args:
        logits: (samples, classes), two classes or more, finite.
        labels: true classes, integers (samples,).

    Returns:
        By name, (samples,): "max softmax", 1 - the highest probability; "margin", the second highest logit - the
        highest; "entropy" of the probabilities, in nats; with labels "loss", the cross-entropy, in nats. Exact for
        probabilities however near to 1.

    Raises:
        ArgumentError: logits of another shape or not finite; labels that are not classes.

    Example:
        >>> found = suspicion([[2.0, 0.0], [0.0, 0.0]], [0, 1])
        >>> {name: score.round(3).tolist() for name, score in found.items()}
        {'max softmax': [0.119, 0.5], 'margin': [-2.0, 0.0], 'entropy': [0.365, 0.693], 'loss': [0.127, 0.693]}

    Source: Hendrycks and Gimpel, 2017, for the highest probability; the others are usual too.
    """
    z = np.asarray(logits)
    if z.ndim != 2 or z.shape[1] < 2 or z.dtype.kind not in "fiu" or not np.isfinite(z).all():
        finite = "" if z.dtype.kind in "fiu" and np.isfinite(z).all() else ", not all finite"
        raise ArgumentError("logits", f"shape {z.shape}{finite}", "finite numbers, (samples, classes >= 2)")
    z = z.astype(np.float64)
    sample, top = np.arange(len(z)), z.argmax(1)
    below = z - z.max(1, keepdims=True)
    others = np.exp(below)
    others[sample, top] = 0
    rest = others.sum(1)  # what the other classes have for each 1 of the first
    log_probability = below - np.log1p(rest)[:, None]
    second = np.partition(z, -2, axis=1)[:, -2]
    found = {
        "max softmax": rest / (1 + rest),
        "margin": second - z[sample, top],
        "entropy": -(np.exp(log_probability) * log_probability).sum(1),
    }
    return found if labels is None else found | {"loss": -log_probability[sample, _classes(labels, z.shape)]}


@final
@dataclass(frozen=True, eq=False, repr=False)
class Detection:
    """How well scores tell positive samples from the others.

    The first score is the one that others are compared with. Intervals are bootstrap intervals; positive and other
    samples are resampled apart, all scores of a sample together.

    Attributes:
        names: of the scores.
        scores: of each sample, (scores, samples); -infinity for a sample without one, the least suspicious.
        positive: which samples are to be found, bool (samples,).
        auc: area under the ROC curve, the probability that a positive sample has a higher score than another one, equal
            scores counted half, in [0, 1], (scores,); 0.5 by chance.
        difference: of each score's area to that of the first, (scores,).
        precision: share of positive samples among the k with the highest scores, k the number of positive samples; the
            mean over all orders of equal scores, in [0, 1], (scores,); the share of positive samples by chance.
        bootstrap: draws, level and seed.

    Source: our definition: the usual measures of retrieval, asked of the scores of `confusion`.
    """

    names: tuple[str, ...]
    scores: Floats
    positive: Bools
    auc: Estimate
    difference: Estimate
    precision: Estimate
    bootstrap: Bootstrap

    @property
    def counts(self) -> tuple[int, int]:
        """Number of positive samples, and of the others."""
        count = int(self.positive.sum())
        return count, len(self.positive) - count

    @property
    def plot(self) -> DetectionPlots:
        """Pictures of these scores, see `harsanyi.plots.detection_curves`."""
        from harsanyi.plots.detection import DetectionPlots

        return DetectionPlots(self)

    def table(self) -> pd.DataFrame:
        """One row a score.

        Returns:
            Index: score. Columns: auc, difference, precision, each also with _low and _high.
        """
        import pandas as pd

        columns = {name: getattr(self, name) for name in ("auc", "difference", "precision")}
        return pd.DataFrame(with_ends(columns), index=pd.Index(self.names, name="score"))

    def curve(self, name: str) -> pd.DataFrame:
        """The ROC curve of a score.

        Args:
            name: of the score.

        Returns:
            One row a threshold, from the highest on. Columns: threshold (infinity first: nothing is found),
            false_positive_rate, true_positive_rate.

        Raises:
            ArgumentError: an unknown score.
        """
        import pandas as pd

        if name not in self.names:
            raise ArgumentError("name", repr(name), ", ".join(map(repr, self.names)),
                                did_you_mean(str(name), self.names))  # fmt: skip
        levels, level = np.unique(-self.scores[self.names.index(name)], return_inverse=True)
        found, false = (np.concatenate(([0], np.bincount(level[mask], minlength=len(levels)).cumsum()))
                        for mask in (self.positive, ~self.positive))  # fmt: skip
        positives, others = self.counts
        return pd.DataFrame({"threshold": np.concatenate(([np.inf], -levels)), "false_positive_rate": false / others,
                             "true_positive_rate": found / positives})  # fmt: skip

    def sentences(self) -> list[str]:
        """Which score finds the positive samples best, and whether clearly, in words."""
        return [self._best(), *(self._against_first(at) for at in range(1, len(self.names)))]

    def _best(self) -> str:
        positives, others = self.counts
        best, level = int(self.auc.value.argmax()), self.bootstrap.level
        several, name = len(self.names) > 1, repr(self.names[best])
        lead = f"Of {len(self.names)} scores {name} has the largest" if several else f"{name} has an"
        chance = {1: "above chance, 0.5", 0: "not clearly above chance, 0.5", -1: "below chance, 0.5"}
        sign = clear_sign(Estimate(*(end[best] - 0.5 for end in (self.auc.value, self.auc.low, self.auc.high))))
        return (
            f"{lead} area under the ROC curve for finding {positives} positive among {positives + others} samples: "
            f"{told(part(self.auc, best), level)}, {chance[sign]}. Of the {positives} samples it ranks highest a share "
            f"of {told(part(self.precision, best), level)} is positive, by chance "
            f"{positives / (positives + others):.3g}."
        )

    def _against_first(self, at: int) -> str:
        difference, first, name = part(self.difference, at), repr(self.names[0]), repr(self.names[at])
        numbers = f"{self.auc.value[at]:.3g}, a difference of {told(difference, self.bootstrap.level)}"
        sign = clear_sign(difference)
        if sign == 0:
            return f"Whether {name} finds them better than {first} cannot be told: {numbers}."
        return f"{name} finds them clearly {'better' if sign > 0 else 'worse'} than {first}: {numbers}."

    def __repr__(self) -> str:
        head = (
            f"Detection: {counted(len(self.names), 'score')} of {len(self.positive)} samples, {self.counts[0]} positive"
        )
        return "\n".join([head, *(f"  {sentence}" for sentence in self.sentences())])


def detection(
    scores: Mapping[str, npt.ArrayLike], positive: npt.ArrayLike, *, bootstrap: Bootstrap = Bootstrap()
) -> Detection:
    """How well scores tell positive samples, such as confusing or mislabelled ones, from the others.

    Args:
        scores: by name, high for what should be positive, (samples,); the first is what others are compared with. NaN
            counts as the least suspicious.
        positive: which samples are to be found, bool (samples,).
        bootstrap: draws, level and seed of the intervals.

    Returns:
        The `Detection`.

    Raises:
        ArgumentError: no score; scores or a mask of another length; fewer than two positive or two other samples.

    Example:
        >>> positive = [True, True, False, False]
        >>> found = detection({"ours": [3.0, 1.0, 2.0, 0.0], "constant": [1.0, 1.0, 1.0, 1.0]}, positive)
        >>> found.auc.value.tolist(), found.precision.value.tolist()
        ([0.75, 0.5], [0.5, 0.5])

    Source: the area under the curve by ranks, Hanley and McNeil, 1982.
    """
    rows = np.stack(list(named_rows("scores", scores, 1, "scores").values()))
    mask = np.asarray(positive)
    if mask.dtype.kind != "b" or mask.shape != rows.shape[1:]:
        raise ArgumentError("positive", f"shape {mask.shape}, {mask.dtype}", f"a boolean mask ({rows.shape[1]},)")
    if min(mask.sum(), (~mask).sum()) < LEAST:
        raise ArgumentError("positive", f"{mask.sum()} positive and {(~mask).sum()} other samples",
                            f"at least {LEAST} of each")  # fmt: skip
    rows = np.where(np.isnan(rows), -np.inf, rows)
    levels = np.stack([np.unique(row, return_inverse=True)[1] for row in rows], 1).astype(np.float64)
    sides = [levels[mask], levels[~mask]]
    drawn = [bootstrap.statistics(side, lambda levels: levels, stream) for stream, side in enumerate(sides, 1)]
    auc, auc_drawn = _areas(*sides), _areas(*drawn)
    return Detection(
        tuple(scores), rows, mask, auc=bootstrap.estimate(auc, auc_drawn),
        difference=bootstrap.estimate(auc - auc[0], auc_drawn - auc_drawn[:, :1]),
        precision=bootstrap.estimate(_precision(*sides), _precision(*drawn)), bootstrap=bootstrap,
    )  # fmt: skip


def _areas(positives: Floats, others: Floats) -> Floats:
    """Areas from levels, (..., positives, scores) and (..., others, scores) to (..., scores)."""
    pooled, count = np.concatenate((positives, others), -2), positives.shape[-2]
    sums = _ranks(pooled)[..., :count, :].sum(-2)
    return np.asarray((sums - count * (count + 1) / 2) / (count * others.shape[-2]))


def _ranks(levels: Floats) -> Floats:
    """Ranks from 1 along the last but one dimension; equal ones share their mean."""
    import pandas as pd

    turned = np.moveaxis(levels, -2, -1)
    ranks = pd.DataFrame(turned.reshape(-1, turned.shape[-1])).rank(axis=1).to_numpy()
    return np.moveaxis(ranks.reshape(turned.shape), -1, -2)


def _precision(positives: Floats, others: Floats) -> Floats:
    """Share of positives among as many highest levels, the mean over the orders of equal ones, (..., scores)."""
    pooled, count = np.concatenate((positives, others), -2), positives.shape[-2]
    edge = np.partition(pooled, -count, axis=-2)[..., -count : pooled.shape[-2] - count + 1, :]
    above, at = ((pooled > edge).sum(-2), (pooled == edge).sum(-2))
    found, found_at = ((positives > edge).sum(-2), (positives == edge).sum(-2))
    return np.asarray((found + (count - above) * found_at / at) / count)


def _classes(labels: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    given = np.asarray(labels)
    if given.shape != shape[:1] or given.dtype.kind not in "iu" or not ((given >= 0) & (given < shape[1])).all():
        raise ArgumentError("labels", f"shape {given.shape}, {given.dtype}",
                            f"integers 0 to {shape[1] - 1}, ({shape[0]},)")  # fmt: skip
    return given.astype(np.int64)
