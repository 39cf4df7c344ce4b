"""From the outputs of a network to the score v: each alternative a small final class, or any function.

A score is called with the outputs (batch, ...) and the labels (batch,) and returns (batch,). The classes here also
check outputs and labels once, before the long work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.core.warning import warn_user

Score = Callable[[Tensor, Tensor], Tensor]
_MANY = 16  # outputs that are enough to tell probabilities from logits


def _logits(outputs: Tensor) -> Tensor:
    """Logits in float64, so that differences of large logits keep their digits."""
    _check_logits(outputs)
    return outputs.to(torch.float64)


def _check_logits(outputs: Tensor) -> None:
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        raise NetworkError(
            f"the score needs logits of shape (batch, classes) with at least 2 classes; the network returned "
            f"{tuple(outputs.shape)}. Choose the output with output=, or another score: BinaryLogit (--score "
            "binary-logit), Output (--score output), or for a language model NextToken or Continuation"
        )


def _one_output(outputs: Tensor) -> Tensor:
    if outputs.ndim == 2 and outputs.shape[1] == 1:
        outputs = outputs[:, 0]
    if outputs.ndim != 1:
        raise NetworkError(
            f"the score needs one number a sample, shape (batch,) or (batch, 1); the network returned "
            f"{tuple(outputs.shape)}. Choose the output with output=, or another score: LogOdds (--score log-odds) "
            "or Logit (--score logit)"
        )
    return outputs.to(torch.float64)


def _log_odds(outputs: Tensor, labels: Tensor) -> Tensor:
    """Log-odds, float64 (columns, batch), of logits (batch, columns, classes); fastest where the batch lies last."""
    if outputs.shape[2] == 2:
        first, second = outputs.unbind(2)
        difference = second.T.to(torch.float64, copy=True).sub_(first.T)  # in place: for large batches
        return difference.mul_(labels.mul(2).sub_(1))
    # a copy, the batch last: along it the sum over classes is up to twice as fast
    rows = outputs.permute(1, 2, 0).to(torch.float64, memory_format=torch.contiguous_format, copy=True)
    chosen = labels.expand(len(rows), 1, -1)
    own = rows.gather(1, chosen)[:, 0]
    return own - rows.scatter_(1, chosen, -torch.inf).logsumexp(1)


@final
@dataclass(frozen=True)
class LogOdds:
    """v = log p(label) / (1 - p(label)) = z_label - logsumexp of the other logits; finite for any finite logits.

    Outputs: logits (batch, classes), classes >= 2. Labels: class indices.

    Source: the score of all the papers, e.g. 2405.10262, eq. (1).
    """

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        _check_logits(outputs)
        return _log_odds(outputs[:, None], labels)[0]


@final
@dataclass(frozen=True)
class Logit:
    """v = the logit of the label. Outputs: logits (batch, classes). Labels: class indices."""

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        return _logits(outputs).gather(1, labels.unsqueeze(1))[:, 0]


@final
@dataclass(frozen=True)
class LogProbability:
    """v = log p(label). Outputs: logits (batch, classes). Labels: class indices."""

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        return _logits(outputs).log_softmax(1).gather(1, labels.unsqueeze(1))[:, 0]


@final
@dataclass(frozen=True)
class BinaryLogit:
    """v = z for label 1 and -z for label 0: the log-odds of a network with one logit, (batch,) or (batch, 1).

    Source: `LogOdds` of two classes with the logits 0 and z.
    """

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        return _one_output(outputs) * (2 * labels - 1)


@final
@dataclass(frozen=True)
class Output:
    """v = the output itself, for regression.

    Args:
        index: which column of outputs (batch, columns); nothing for outputs (batch,) or (batch, 1).
    """

    index: int | None = None
    labelled: ClassVar[bool] = False

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        if self.index is None:
            return _one_output(outputs)
        if outputs.ndim != 2 or not -outputs.shape[1] <= self.index < outputs.shape[1]:
            raise NetworkError(f"Output({self.index}) needs outputs (batch, columns) with that column; the network "
                               f"returned {tuple(outputs.shape)}")  # fmt: skip
        return outputs[:, self.index].to(torch.float64)


def class_logits(score: Score, outputs: Tensor) -> Tensor | None:
    """The outputs as logits of classes, where a score takes them as such.

    Args:
        score: the score.
        outputs: of the network, (samples, ...).

    Returns:
        float64 (samples, classes), a single logit as (0, z); nothing where the score does not say what outputs are.
        Of a score with a method `logits(outputs)`, what that returns.
    """
    if hasattr(score, "logits"):
        own: Tensor | None = score.logits(outputs)
        return own
    if isinstance(score, BinaryLogit):
        z = _one_output(outputs)
        return torch.stack((torch.zeros_like(z), z), 1)
    return _logits(outputs) if isinstance(score, LogOdds | Logit | LogProbability) else None


@final
@dataclass(frozen=True)
class Each:
    """A score of several outputs of a network at once, such as those of probes: outputs are (batch, columns, ...).

    Args:
        score: of each of the outputs.
        columns: how many there are.
    """

    score: Score
    columns: int

    @property
    def labelled(self) -> bool:
        """Whether the score looks at the labels."""
        return uses_labels(self.score)

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Scores, (batch, columns)."""
        if outputs.ndim < 2 or outputs.shape[1] != self.columns:
            raise NetworkError(f"the score needs {self.columns} outputs a sample, (batch, {self.columns}, ...); the "
                               f"network returned {tuple(outputs.shape)}")  # fmt: skip
        if isinstance(self.score, LogOdds) and outputs.ndim == 3:
            return _log_odds(outputs, labels).T  # no copy of the logits
        repeated = labels.repeat_interleave(self.columns, 0)
        return self.score(outputs.flatten(0, 1), repeated).view(-1, self.columns)

    def logits(self, outputs: Tensor) -> Tensor | None:
        """Logits, float64 (batch, columns, classes); nothing where the score does not say what outputs are."""
        found = class_logits(self.score, outputs.flatten(0, 1))
        return None if found is None else found.view(-1, self.columns, found.shape[1])

    def resolve(self, labels: Any, outputs: Tensor, samples: int) -> Tensor:
        """Labels of every sample, see `resolve_labels`; predicted ones are those of the last output."""
        return resolve_labels(self.score, labels, outputs[:, -1], samples)


def columns_of(score: Score) -> tuple[int, ...]:
    """The shape of a sample's scores: (), or (columns,) for a score that gives several numbers a sample."""
    return (score.columns,) if isinstance(score, Each) else ()


def warn_of_probabilities(score: Score, outputs: Tensor, network: object, more: Callable[[], Tensor]) -> None:
    """Warn where a score of logits is about to be given probabilities.

    Args:
        score: the score.
        outputs: of unmasked samples, (samples, ...).
        network: whose they are; what a Sigmoid gives is a probability for sure.
        more: outputs of masked samples too, for a network that has one: a few between 0 and 1 may be logits.
    """
    if not outputs.is_floating_point() or outputs.ndim not in (1, 2):
        return
    outputs = outputs.double()
    if isinstance(score, BinaryLogit) and _between_0_and_1(outputs):
        last = list(network.modules())[-1] if isinstance(network, nn.Module) else None
        if isinstance(last, nn.Sigmoid) or _fills_0_to_1(torch.cat((outputs.flatten(), more().double().flatten()))):
            warn_user(
                "the network's outputs look like probabilities (all between 0 and 1), but BinaryLogit expects a "
                "logit: leave out the last Sigmoid, or undo it, as in output=torch.logit"
            )
    if not isinstance(score, LogOdds | Logit | LogProbability) or outputs.ndim != 2:
        return
    if bool((outputs >= 0).all()) and bool(((outputs.sum(1) - 1).abs() < 1e-4).all()):
        warn_user(
            "the network's outputs look like probabilities (none is negative, every row sums to 1), but "
            f"{type(score).__name__} expects logits: leave out the last Softmax, or score the logarithm, as in "
            "output=torch.log"
        )


def _between_0_and_1(outputs: Tensor) -> bool:
    return bool(((outputs >= 0) & (outputs <= 1)).all())


def _fills_0_to_1(outputs: Tensor) -> bool:
    """Whether many outputs lie between 0 and 1 and all over it: logits rarely do, even small ones."""
    return len(outputs) >= _MANY and _between_0_and_1(outputs) and float(outputs.max() - outputs.min()) > 0.5


def uses_labels(score: Score) -> bool:
    """Whether the score looks at the labels; a plain function may."""
    return bool(getattr(score, "labelled", True))


def labels_record(score: Score, labels: object) -> str:
    """Where the labels of a score are from, for the record: "given", "predicted" or "not used"."""
    if not uses_labels(score):
        return "not used"
    return "predicted" if labels is None else "given"


def resolve_labels(score: Score, labels: Any, outputs: Tensor, samples: int) -> Tensor:
    """Labels of every sample: those given, one class for all, or what the network predicts.

    Args:
        score: the score they are for.
        labels: whole numbers (samples,), one class, or nothing for the predicted label; any numbers for a function of
            the user's.
        outputs: of the unmasked samples, (samples, ...); of one of them will do where labels are given.
        samples: how many there are.

    Returns:
        int64 (samples,) on the device of the outputs; -1 where nothing uses them; floating ones as they are for a
        function of the user's. A score with a method `resolve(labels, outputs, samples)` gives its own, (samples, ...).

    Raises:
        ArgumentError: labels of another length, not whole, or out of the range of the classes.
    """
    if hasattr(score, "resolve"):
        own: Tensor = score.resolve(labels, outputs, samples)
        return own
    binary = isinstance(score, BinaryLogit)
    if not uses_labels(score):
        return torch.full((samples,), -1, device=outputs.device)
    if labels is None:
        if binary:
            return (_one_output(outputs) > 0).long()
        if outputs.ndim == 2 and outputs.shape[1] > 1:
            return outputs.argmax(1)
        return torch.full((samples,), -1, device=outputs.device)
    known = isinstance(score, LogOdds | Logit | LogProbability | BinaryLogit)
    accepted = f"{'integers' if known else 'numbers'}, one for all or shape ({samples},)"
    try:
        chosen = labels if isinstance(labels, Tensor) else torch.from_numpy(_signed(np.array(labels)))
    except (TypeError, ValueError) as error:
        raise ArgumentError("labels", f"{labels!r:.60}", accepted) from error
    chosen = chosen.to(outputs.device)
    chosen = chosen.expand(samples) if chosen.ndim == 0 else chosen
    if known and chosen.is_floating_point() and bool((chosen == chosen.long()).all()):
        chosen = chosen.long()
    if chosen.shape != (samples,) or (known and chosen.is_floating_point()) or chosen.is_complex():
        raise ArgumentError("labels", f"shape {tuple(chosen.shape)}, {chosen.dtype}", accepted)
    classes = 2 if binary else (_logits(outputs).shape[1] if known else None)
    if classes is not None and not bool(((chosen >= 0) & (chosen < classes)).all()):
        sample = int(((chosen < 0) | (chosen >= classes)).nonzero()[0])
        raise ArgumentError("labels", f"{int(chosen[sample])} for sample {sample}", f"classes 0 to {classes - 1}")
    return chosen.clone() if chosen.is_floating_point() else chosen.long().clone()


def _signed(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Unsigned integers, which torch hardly knows, as signed ones."""
    return labels.astype(np.int64) if labels.dtype.kind == "u" else labels
