"""How a probe was fitted, how well it does, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log
from typing import final

_LEVEL = 0.05  # of the test against chance


@final
@dataclass(frozen=True)
class ProbeFit:
    """How a probe was fitted, and how well it does.

    Attributes:
        weight_decay: the one that was chosen.
        train_loss: mean cross-entropy over all samples, on which the probe was fitted in the end, in nats.
        train_accuracy: share of them whose class has the largest logit.
        validation_loss: mean cross-entropy of the probe of this weight decay that was fitted without the validation
            samples, over these.
        validation_accuracy: its accuracy on them.
        validation_samples: how many.
        most_frequent: share of the validation samples that are of their most frequent class.
        iterations: of the last fit: of L-BFGS, or epochs of SGD.
        gradient: largest absolute value in the gradient of the penalised loss where the last fit ended.
        converged: whether that is within the tolerance.
        held_out_loss: mean cross-entropy over held-out samples, where such were given.
        held_out_accuracy: accuracy on them.
    """

    weight_decay: float
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_samples: int
    most_frequent: float
    iterations: int
    gradient: float
    converged: bool
    held_out_loss: float | None = None
    held_out_accuracy: float | None = None

    @property
    def at_chance(self) -> bool:
        """Whether the validation accuracy is not above the share of the most frequent class.

        Source: one-sided exact binomial test at 5 %; our definition.
        """
        hits = round(self.validation_accuracy * self.validation_samples)
        return at_least(hits, self.validation_samples, self.most_frequent) > _LEVEL


def at_least(hits: int, draws: int, share: float) -> float:
    """Probability of at least so many hits in independent draws that each hit with this share.

    Example:
        >>> round(at_least(2, 2, 0.5), 9), at_least(0, 2, 0.5)
        (0.25, 1.0)

    Source: the upper tail of the binomial distribution.
    """
    if hits <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    ways = (lgamma(draws + 1) - lgamma(k + 1) - lgamma(draws - k + 1) for k in range(hits, draws + 1))
    return sum(exp(way + k * log(share) + (draws - k) * log(1 - share)) for k, way in enumerate(ways, hits))
