"""Sentences as a score asks for them: whole, or as prompts with what follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harsanyi.core.errors import ArgumentError
from harsanyi.core.warning import warn_user
from harsanyi.game.continuation import Continuation, NextToken, answer_tokens, given_texts
from harsanyi.game.network import OutputChoice
from harsanyi.game.scores import Score
from harsanyi.game.text.tokens import Encoded, encode, spans_of, special_ids


def encode_for(
    score: Score, tokenizer: Any, texts: Sequence[str], labels: Any, output: OutputChoice, limit: int | None
) -> tuple[list[Encoded], Any, int]:
    """Sentences in tokens, labels for `resolve_labels`, and how many tokens of a continuation are scored.

    Args:
        score: `NextToken` and `Continuation` take the sentences as prompts.
        tokenizer: a fast one.
        texts: the sentences.
        labels: as the user gave them.
        output: as the user gave it; nothing for prompts.
        limit: tokens at most.

    Returns:
        Sentences, cut off at the limit where they are no prompts; labels; the number of tokens, 0 without prompts.

    Raises:
        ArgumentError: labels that do not fit the score, a choice of output, or a prompt behind the limit.
    """
    if not isinstance(score, NextToken | Continuation):
        return encode(tokenizer, texts, limit), labels, 0
    if output is not None:
        raise ArgumentError("output", repr(output), f"nothing: {type(score).__name__} takes the logits")
    answers = given_texts(labels, len(texts), required=isinstance(score, Continuation))
    prompts = encode_prompts(tokenizer, texts, answers)
    if isinstance(score, NextToken):
        _warn_of_pieces(tokenizer, answers, prompts)
        prompts = [next_token_only(prompt) for prompt in prompts]
    _check_length(prompts, limit)
    if answers is not None:
        labels = answer_tokens([prompt.answer for prompt in prompts])
    return prompts, labels, max(1, *(len(prompt.answer) for prompt in prompts))


def _warn_of_pieces(tokenizer: Any, answers: Sequence[str] | None, prompts: Sequence[Encoded]) -> None:
    """Warn where only the first of several tokens of a text is scored."""
    for answer, prompt in zip(answers or (), prompts, strict=False):
        if len(prompt.answer) > 1:
            first = tokenizer.decode([prompt.answer[0]])
            warn_user(
                f"NextToken scores {first!r} alone, the first of the {len(prompt.answer)} tokens of {answer!r}; "
                "Continuation scores all of them. A text that begins with a space may be one token"
            )
            return


def encode_prompts(tokenizer: Any, prompts: Sequence[str], answers: Sequence[str] | None) -> list[Encoded]:
    """Prompts in tokens, without special tokens at their end, and the tokens of what is to follow.

    Prompt and continuation are tokenized as one text, as the model would read them. A token of both belongs to the
    continuation if the prompt has only white space in it.

    Args:
        tokenizer: a fast one.
        prompts: the prompts.
        answers: their continuations, or nothing.

    Returns:
        One `Encoded` a prompt, whose text is the prompt.

    Raises:
        ArgumentError: a prompt or a continuation without tokens, or a token that belongs to both.
    """
    ends = [""] * len(prompts) if answers is None else answers
    texts = [prompt + end for prompt, end in zip(prompts, ends, strict=True)]
    found = tokenizer(texts, padding=False, verbose=False).encodings
    special = special_ids(tokenizer)
    result = []
    for index, (prompt, end, encoding) in enumerate(zip(prompts, ends, found, strict=True)):
        first = _first_behind(encoding, prompt, index) if end else _length(encoding)
        answer = tuple(encoding.ids[first : _length(encoding)])
        if end and not first:
            raise ArgumentError("inputs", f"{prompt!r}, sentence {index}", "prompts of at least one token")
        if answers is not None and not answer:
            raise ArgumentError("labels", f"{end!r} for sentence {index}", "a text of at least one token")
        spans = spans_of(encoding, special)[:first] + ((0, 0),) * (len(answer) - 1)
        result.append(Encoded(prompt, (*encoding.ids[:first], *answer[:-1]), spans, answer=answer))
    return result


def next_token_only(prompt: Encoded) -> Encoded:
    """The prompt with only the first token of its continuation."""
    end = len(prompt.tokens) - max(0, len(prompt.answer) - 1)
    return replace(prompt, tokens=prompt.tokens[:end], spans=prompt.spans[:end], answer=prompt.answer[:1])


def _length(encoding: Any) -> int:
    """Tokens without the special ones that the tokenizer adds at the end, or all where it adds all of them."""
    own = [position for position, added in enumerate(encoding.special_tokens_mask) if not added]
    return own[-1] + 1 if own else len(encoding.ids)


def _first_behind(encoding: Any, prompt: str, index: int) -> int:
    """The first token behind a prompt; it may begin with the white space that ends the prompt."""
    for position in range(_length(encoding)):
        start, stop = encoding.offsets[position]
        if encoding.special_tokens_mask[position] or (stop <= len(prompt) and start < len(prompt)):
            continue
        if prompt[start:].strip():
            given = f"a text whose first token begins in the prompt: {prompt[start:]!r} of sentence {index}"
            raise ArgumentError("labels", given, "a text with tokens of its own", "Begin it with a space")
        return position
    return _length(encoding)


def _check_length(prompts: Sequence[Encoded], limit: int | None) -> None:
    for index, prompt in enumerate(prompts):
        if limit is not None and len(prompt.tokens) > limit:
            given = f"sentence {index} of {len(prompt.tokens)} tokens with its continuation"
            hint = "A prompt cut off would ask for something else; shorten it, or raise max_length"
            raise ArgumentError("inputs", given, f"prompts of at most {limit} tokens", hint)
