"""Sentences as the tokens of a Hugging Face tokenizer, and the characters that each token stands for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing
from harsanyi.game.text.words import Span

TOKEN, ATTENTION, INJECTED, PREDICTING = range(4)  # rows of a sample
_KINDS = ("mask", "unk", "pad", "eos", "bos", "cls", "sep")


@dataclass(frozen=True)
class Encoded:
    """A sentence in tokens.

    Attributes:
        text: the sentence.
        tokens: ids, special tokens included; for a prompt, also the continuation but for its last token.
        spans: characters of each token; of no length for special tokens and for those of a continuation.
        lost: characters of the tokens that a limit cut off.
        answer: ids of the continuation.
    """

    text: str
    tokens: tuple[int, ...]
    spans: tuple[Span, ...]
    lost: tuple[Span, ...] = ()
    answer: tuple[int, ...] = ()


def load_tokenizer(tokenizer: Any) -> Any:
    """The tokenizer itself, loaded where it is a name or a folder; never runs code that comes with it.

    Raises:
        ArgumentError: it cannot be loaded, or does not know which characters its tokens stand for.
        ImportError: transformers is not installed (says the command that installs it).
    """
    accepted = "a fast Hugging Face tokenizer, or the name or folder of one"
    if isinstance(tokenizer, str | os.PathLike):
        try:
            from transformers import AutoTokenizer
        except ImportError as error:
            raise missing("word players need transformers", "text") from error
        name = os.fspath(tokenizer)
        if Path(name).is_file():
            hint = "Write such a folder from your vocabulary: PreTrainedTokenizerFast(...).save_pretrained(folder)"
            raise ArgumentError("tokenizer", f"{name!r}, a file", accepted, hint)
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        except (OSError, ValueError) as error:
            told = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ArgumentError("tokenizer", f"{name!r} ({told})", accepted) from error
        if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):  # what a folder without one gives
            raise ArgumentError("tokenizer", f"{name!r}, which holds no tokenizer", accepted)
    if isinstance(tokenizer, type) or not callable(tokenizer) or not hasattr(tokenizer, "is_fast"):
        hint = "A tokenizers.Tokenizer goes into transformers.PreTrainedTokenizerFast(tokenizer_object=...)"
        raise ArgumentError("tokenizer", type(tokenizer).__name__, accepted, hint)
    if not tokenizer.is_fast:
        hint = "It must know which characters a token stands for: AutoTokenizer.from_pretrained(..., use_fast=True)"
        raise ArgumentError("tokenizer", f"the slow {type(tokenizer).__name__}", accepted, hint)
    return tokenizer


def special_tokens(tokenizer: Any) -> dict[str, str]:
    """The special tokens that the tokenizer has, by kind: mask, unk, pad, …"""
    return {kind: str(token) for kind in _KINDS if (token := getattr(tokenizer, f"{kind}_token", None)) is not None}


def encode(tokenizer: Any, texts: Sequence[str], limit: int | None = None) -> list[Encoded]:
    """Sentences in tokens, with the tokenizer's own special tokens.

    Args:
        tokenizer: a fast one.
        texts: the sentences.
        limit: tokens at most, special tokens included; the tokenizer cuts off the rest.

    Returns:
        One `Encoded` a sentence.
    """
    cut = {} if limit is None else {"truncation": True, "max_length": limit}
    special = special_ids(tokenizer)
    found = tokenizer(list(texts), padding=False, verbose=False, **cut).encodings
    return [
        Encoded(
            text,
            tuple(encoding.ids),
            spans_of(encoding, special),
            tuple(span for lost in encoding.overflowing for span in spans_of(lost, special)),
        )
        for text, encoding in zip(texts, found, strict=True)
    ]


def as_samples(sentences: Sequence[Encoded], padding: int) -> Tensor:
    """Sentences as one tensor, padded on the right.

    Args:
        sentences: in tokens.
        padding: id of the padding token.

    Returns:
        int64 (samples, 4, tokens): ids, attention mask, where an embedding is injected (nowhere yet), and 1 at the
        last token of the sentence without its continuation.
    """
    samples = torch.zeros(len(sentences), 4, max(len(sentence.tokens) for sentence in sentences), dtype=torch.int64)
    samples[:, TOKEN] = padding
    for sample, sentence in zip(samples, sentences, strict=True):
        length = len(sentence.tokens)
        sample[TOKEN, :length] = torch.tensor(sentence.tokens)
        sample[ATTENTION, :length] = 1
        sample[PREDICTING, length - max(1, len(sentence.answer))] = 1
    return samples


def spans_of(encoding: Any, special: set[int]) -> tuple[Span, ...]:
    """Characters of each token, of no length for special tokens, wherever they come from."""
    rows = zip(encoding.ids, encoding.offsets, encoding.special_tokens_mask, strict=True)
    return tuple((0, 0) if added or token in special else (start, end) for token, (start, end), added in rows)


def special_ids(tokenizer: Any) -> set[int]:
    """Ids that stand for no text; the unknown token does, unless it is another special token as well."""
    others = {getattr(tokenizer, f"{kind}_token_id", None) for kind in _KINDS if kind != "unk"}
    return {token for token in tokenizer.all_special_ids if token != tokenizer.unk_token_id or token in others}
