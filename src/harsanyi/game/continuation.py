"""Scores of what a causal language model says next: the log-odds of a token, or of a whole text."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from harsanyi.core.errors import ArgumentError, NetworkError


@final
@dataclass(frozen=True)
class NextToken:
    """v = log p(token) / (1 - p(token)) of the token after a prompt; for `Words` and causal language models.

    Labels: ids of tokens, or texts, of which the first token is meant (begin them with a space where the tokenizer
    keeps spaces); one a sentence or one for all; nothing for the most likely token after the unmasked prompt.

    Example:
        >>> import torch
        >>> half = torch.zeros(1, 1, 2)  # logits (batch, 1, vocabulary)
        >>> NextToken()(half, torch.tensor([[0]])).tolist()
        [0.0]

    Source: the score of all the papers, e.g. 2405.10262, eq. (1), with the tokens of the vocabulary as classes.
    """

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        return continuation_log_odds(_checked(outputs), labels)

    def resolve(self, labels: Any, outputs: Tensor, samples: int) -> Int[Tensor, "samples 1"]:
        """Tokens given, or the most likely one."""
        if labels is None:
            return _checked(outputs)[:, 0].argmax(1, keepdim=True)
        return _tokens(labels, outputs, samples, "ids of tokens")


@final
@dataclass(frozen=True)
class Continuation:
    """v = log p(y) / (1 - p(y)) of a whole text y after a prompt; for `Words` and causal language models.

    p(y) is the product of the probabilities of its tokens, each after the prompt and the tokens before it; the score
    is exact however near 0 or 1 it is. Masking never touches y.

    Labels: texts, one a sentence or one for all, as they go on after the prompt (as a rule with a space in front).

    Source: our definition; for one token the same as `NextToken`.
    """

    labelled: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Score, float64 (batch,)."""
        return continuation_log_odds(_checked(outputs), labels)

    def resolve(self, labels: Any, outputs: Tensor, samples: int) -> Int[Tensor, "samples tokens"]:
        """Tokens of the texts."""
        return _tokens(labels, outputs, samples, "texts, one a sentence or one for all")


def continuation_log_odds(
    logits: Float[Tensor, "batch tokens vocabulary"], tokens: Int[Tensor, "batch tokens"]
) -> Float[Tensor, " batch"]:
    """log p - log(1 - p) of the product p of the probabilities of some tokens, without cancellation.

    1 - p = sum over j of p_1 ... p_(j-1) (1 - p_j), and log(1 - p_j) = logsumexp of the other logits - logsumexp of
    all, so that neither p nor 1 - p is ever formed.

    Args:
        logits: before each token.
        tokens: ids; -1 behind the end of shorter ones.

    Returns:
        float64 (batch,).

    Source: our definition.
    """
    logits = logits.to(torch.float64)
    missing = tokens < 0
    chosen = tokens.clamp_min(0).unsqueeze(2)
    everything = logits.logsumexp(2)
    present = (logits.gather(2, chosen)[..., 0] - everything).masked_fill(missing, 0)
    absent = (logits.scatter(2, chosen, -torch.inf).logsumexp(2) - everything).masked_fill(missing, -torch.inf)
    before = present.cumsum(1) - present
    return present.sum(1) - (before + absent).logsumexp(1)


def given_texts(labels: Any, samples: int, required: bool) -> list[str] | None:
    """Labels that are texts, one a sentence; nothing for labels of another kind.

    Args:
        labels: as the user gave them.
        samples: how many sentences there are.
        required: whether only texts will do.

    Raises:
        ArgumentError: another number of texts, or no texts where they are required.
    """
    accepted = f"texts, one for all or {samples}"
    if isinstance(labels, str):
        return [labels] * samples
    texts = [] if labels is None or not hasattr(labels, "__iter__") else list(labels)
    if not texts or not all(isinstance(text, str) for text in texts):
        if required or any(isinstance(text, str) for text in texts):
            raise ArgumentError("labels", f"{labels!r:.60}", accepted)
        return None
    if len(texts) != samples:
        raise ArgumentError("labels", f"{len(texts)} texts", accepted)
    return [str(text) for text in texts]


def answer_tokens(answers: Sequence[Sequence[int]]) -> Int[Tensor, "samples tokens"]:
    """Ids of the tokens of continuations, filled up with -1."""
    longest = max(map(len, answers))
    return torch.tensor([[*answer, *[-1] * (longest - len(answer))] for answer in answers])


def _tokens(labels: Any, outputs: Tensor, samples: int, accepted: str) -> Tensor:
    """Labels as ids (samples, tokens) of the vocabulary of the outputs."""
    count, vocabulary = _checked(outputs).shape[1:]
    accepted = f"{accepted}, for {samples} sentences"
    if isinstance(labels, numbers.Integral):
        labels = np.full(samples, labels)
    try:
        tokens = torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError("labels", f"{labels!r:.60}", accepted, "Texts as labels take players=Words(...)") from error
    tokens = tokens.expand(samples) if tokens.ndim == 0 else tokens
    tokens = tokens.unsqueeze(1) if tokens.ndim == 1 else tokens
    if tokens.shape != (samples, count) or tokens.is_floating_point() or tokens.dtype == torch.bool:
        raise ArgumentError("labels", f"shape {tuple(tokens.shape)}, {tokens.dtype}", accepted)
    wrong = ((tokens < -1) | (tokens >= vocabulary)).any(1) | (tokens[:, 0] < 0)
    if bool(wrong.any()):
        sample = int(wrong.nonzero()[0])
        raise ArgumentError("labels", f"{tokens[sample].tolist()} for sample {sample}", f"tokens 0 to {vocabulary - 1}")
    return tokens.long().to(outputs.device)


def _checked(outputs: Tensor) -> Tensor:
    if outputs.ndim != 3 or outputs.shape[2] < 2:
        raise NetworkError(
            f"NextToken and Continuation need logits (batch, tokens, vocabulary); the network returned "
            f"{tuple(outputs.shape)}. They go with players=Words(...) and a causal language model"
        )
    return outputs
