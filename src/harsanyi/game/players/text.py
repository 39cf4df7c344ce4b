"""Words of sentences as players."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import Values, as_tensor
from harsanyi.game.players.told import told_players
from harsanyi.game.posing import Posed
from harsanyi.game.scores import Score
from harsanyi.game.text.choice import Word, named_words, random_words, spanned_words
from harsanyi.game.text.network import (
    PromptNetwork,
    TextNetwork,
    check_tokenizer,
    embedding_vector,
    padding_token,
    token_limit,
    warn_of_padding,
)
from harsanyi.game.text.prompts import encode_for
from harsanyi.game.text.sentences import SentencePlayers, as_texts, check_attended, shows
from harsanyi.game.text.tokens import Encoded, as_samples, load_tokenizer, special_tokens
from harsanyi.game.text.words import STOP_WORDS, Span, plain

_BASELINES = ("mask", "unk", "pad", "mean")


@final
@dataclass(frozen=True, eq=False)
class Words:
    """Words of sentences as players, for models of Hugging Face and modules that are called like them.

    A word is a run of letters and digits, with apostrophes and hyphens inside; all its tokens are masked together.
    Inputs are texts, one a sample; every one has the same number of players.

    Args:
        tokenizer: a fast tokenizer of Hugging Face, or the name or folder of one.
        n: how many meaningful words (no stop words) are drawn from each sentence; None takes them all. Not used
            with words or spans.
        words: the words that are players: one list for all sentences, or one list a sentence. A word named again
            means its next occurrence; "good#2" is the second "good".
        spans: (first character, character after the last) of each player: one list a sentence, or for a single
            sentence one list. A phrase is one player.
        seed: of the draw, 0 to 2**31 - 1; the same sentence and seed give the same words, whatever the other sentences.
        baseline: what absent words show: "mask" or "unk", the tokenizer's token, for each piece; "pad", padding that
            nothing attends to; "mean", the mean embedding of all tokens; or an embedding, (dimension,). Embeddings
            take the place of what the model's embedding layer returns.
        rest: "keep" or "mask" the words that are no players.
        stop_words: words that are never drawn; nothing for our English list, in which negations are missing.
        max_length: tokens of a sentence at most; nothing for what model and tokenizer allow. Words cut off are no
            players; prompts are never cut off.

    Raises:
        ArgumentError: a tokenizer that is not fast or lacks the baseline's token; words and spans together.
        ImportError: the tokenizer is a name and transformers is not installed.

    Example:
        >>> import torch
        >>> from tokenizers import Tokenizer, models, pre_tokenizers
        >>> from transformers import PreTrainedTokenizerFast
        >>> ids = {"[MASK]": 0, "[UNK]": 1, "not": 2, "a": 3, "good": 4, "film": 5}
        >>> tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
        >>> tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        >>> fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token="[MASK]", unk_token="[UNK]")
        >>> from harsanyi import Output, extract
        >>> def network(input_ids, attention_mask):  # 1 without "not", -1 with it, where "good" is there
        ...     good, negated = (input_ids == 4).any(1), (input_ids == 2).any(1)
        ...     return torch.where(negated, -1.0, 1.0) * good
        >>> words, texts = Words(fast, n=3), ["not a good film", "a good film, good not"]
        >>> result = extract(network, texts, players=words, score=Output(), noise=0, progress=False)
        >>> result.names[0], result[0]["not", "good"].and_
        (('not', 'good', 'film'), -2.0)

    Source: random meaningful words and [MASK] as in 2405.10262; the rules for words are our definition.
    """

    tokenizer: Any
    n: int | None = 10
    words: Sequence[str] | Sequence[Sequence[str]] | None = None
    spans: Sequence[Span] | Sequence[Sequence[Span]] | None = None
    seed: int = 0
    baseline: str | Values = "mask"
    rest: str = "keep"
    stop_words: Sequence[str] | None = None
    max_length: int | None = None

    __repr__ = told_players

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokenizer", load_tokenizer(self.tokenizer))
        for argument in ("n", "max_length"):
            value = getattr(self, argument)
            if value is not None and (not isinstance(value, int | np.integer) or value < 1):
                raise ArgumentError(argument, value, "a whole number >= 1, or nothing")
        if not isinstance(self.seed, int | np.integer) or not 0 <= self.seed < 1 << 31:
            raise ArgumentError("seed", self.seed, "a whole number, 0 to 2**31 - 1")
        if self.words is not None and self.spans is not None:
            raise ArgumentError("spans", "words as well", "words or spans")
        for argument in ("words", "spans", "stop_words"):
            if isinstance(getattr(self, argument), str):
                raise ArgumentError(argument, repr(getattr(self, argument)), "a list")
        if self.rest not in ("keep", "mask"):
            raise ArgumentError("rest", repr(self.rest), '"keep" or "mask"')
        if isinstance(self.baseline, str):
            _check_token(self.tokenizer, self.baseline)
        else:
            object.__setattr__(self, "baseline", _as_embedding(self.baseline))

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The question whether the words matter to a model of their tokens.

        Args:
            network: takes input_ids and attention_mask.
            inputs: texts.
            labels: classes; for `NextToken` and `Continuation` also texts.
            score: of outputs and labels.
            output: which output to score; nothing with `NextToken` and `Continuation`.

        Returns:
            The `Posed`, whose samples are int64 (samples, 4, tokens), see `as_samples`.

        Raises:
            ArgumentError: sentences, labels or players that do not fit each other or the network.
        """
        texts = as_texts(inputs)
        check_tokenizer(self.tokenizer, network)
        limit = token_limit(network, self.tokenizer, self.max_length)
        sentences, labels, count = encode_for(score, self.tokenizer, texts, labels, output, limit)
        cut = sum(bool(sentence.lost) for sentence in sentences)
        if cut:
            warn_user(f"{cut} of {len(texts)} sentences are cut off after {limit} tokens: no player lies behind")
        padding = padding_token(self.tokenizer, network)
        if not count and isinstance(self.baseline, str):
            warn_of_padding(network, self.baseline, getattr(self.tokenizer, f"{self.baseline}_token_id", None))
        players = self._players(sentences, self._chosen(sentences), padding)
        embeds = isinstance(self.baseline, Tensor) or self.baseline == "mean"
        vector = embedding_vector(network, self.baseline, len(self.tokenizer)) if embeds else None
        asked = PromptNetwork(network, count, vector) if count else TextNetwork(network, vector)
        how = {"tokenizer": str(getattr(self.tokenizer, "name_or_path", "")), "sentences_cut_off": cut}
        samples = as_samples(sentences, padding)
        says = self._said if count else None
        return Posed(asked, asked, samples, players, labels, np.array(texts), output, how, says)

    def _said(self, *tokens: int) -> str:
        return str(self.tokenizer.decode([token for token in tokens if token >= 0]))

    def _players(self, sentences: list[Encoded], chosen: list[list[Word]], padding: int) -> SentencePlayers:
        if isinstance(self.baseline, str) and self.baseline == "pad":
            check_attended(sentences, chosen, self.rest)
        own = getattr(self.tokenizer, f"{self.baseline}_token_id", None) if isinstance(self.baseline, str) else None
        token = padding if own is None else int(own)
        return SentencePlayers(sentences, chosen, shows(self.baseline, token), self.rest)

    def _chosen(self, sentences: list[Encoded]) -> list[list[Word]]:
        """The players of every sentence."""
        count = len(sentences)
        if self.spans is not None:
            return spanned_words(sentences, _one_each(self.spans, count, "spans", _is_span))
        if self.words is not None:
            return named_words(sentences, _one_each(self.words, count, "words", _is_word))
        stop = STOP_WORDS if self.stop_words is None else frozenset(map(plain, self.stop_words))
        return random_words(sentences, self.n, int(self.seed), stop)


def _check_token(tokenizer: Any, baseline: str) -> None:
    there = special_tokens(tokenizer)
    usable = tuple(known for known in _BASELINES if known not in ("mask", "unk") or known in there)
    if baseline in usable:
        return
    hint = ""
    if baseline in _BASELINES:
        listed = ", ".join(f"{kind} {token}" for kind, token in there.items()) or "none"
        hint = f'This tokenizer has no such token, only: {listed}. "pad" and "mean" need none'
    given = f"{baseline!r}{', the default' if baseline == Words.baseline else ''}"
    raise ArgumentError("baseline", given, f"one of {usable}, or an embedding (dimension,)", hint)


def _as_embedding(baseline: Values) -> Tensor:
    vector = as_tensor(baseline, "baseline")
    if vector.ndim != 1 or vector.is_complex():
        raise ArgumentError(
            "baseline", f"shape {tuple(vector.shape)}", f"one of {_BASELINES}, or an embedding (dimension,)"
        )
    return vector.detach()


def _is_word(word: Any) -> bool:
    return isinstance(word, str)


def _is_span(span: Any) -> bool:
    return _is_list(span) and len(span) == 2 and all(isinstance(end, int | np.integer) for end in span)


def _is_list(entry: Any) -> bool:
    return isinstance(entry, Sequence | np.ndarray) and not isinstance(entry, str)


def _one_each(given: Any, sentences: int, argument: str, single: Callable[[Any], bool]) -> list[Any]:
    """A list for each sentence, out of that or of one list; one list of spans goes with one sentence only."""
    entries = list(given)
    if entries and all(map(single, entries)) and (single is _is_word or sentences == 1):
        return [entries] * sentences
    if len(entries) != sentences or not all(_is_list(entry) and all(map(single, entry)) for entry in entries):
        raise ArgumentError(argument, f"{given!r:.80}", f"one list a sentence, {sentences} in all")
    return [list(entry) for entry in entries]
