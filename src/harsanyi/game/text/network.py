"""A Hugging Face model, or one that is called like it, as a network of samples of tokens."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError
from harsanyi.core.warning import warn_user
from harsanyi.game.network import Network, evaluation_mode, select_output
from harsanyi.game.text.tokens import ATTENTION, INJECTED, PREDICTING, TOKEN

_BLOCK = 8192  # embeddings averaged at once


class TextNetwork(nn.Module):
    """Calls a model with the ids and attention mask of samples, as long as their longest, and embeddings of our own.

    Args:
        model: takes the keywords input_ids and attention_mask, (batch, tokens).
        vector: embedding of masked tokens, (dimension,); put in place of what the model's embedding layer returns, so
            that positions, types and attention stay those of the sentence. Nothing where ids do the masking.
    """

    def __init__(self, model: Network, vector: Tensor | None = None) -> None:
        super().__init__()
        self.model = model
        self.vector = vector

    def forward(self, samples: Int[Tensor, "batch 4 tokens"]) -> Any:
        """What the model returns."""
        return self._call(_trimmed(samples))

    def _call(self, samples: Tensor, **more: Any) -> Any:
        tokens, attention = samples[:, TOKEN], samples[:, ATTENTION]
        if self.vector is None:
            return self.model(input_ids=tokens, attention_mask=attention, **more)
        with _injected(self.model, samples[:, INJECTED] != 0, self.vector):
            return self.model(input_ids=tokens, attention_mask=attention, **more)


class PromptNetwork(TextNetwork):
    """A causal language model that returns the logits of so many tokens after each prompt, and of no others.

    Args:
        model: returns logits (batch, tokens, vocabulary); `logits_to_keep` is used where it has it.
        count: of logits after each prompt, >= 1.
        vector: as for `TextNetwork`.
    """

    def __init__(self, model: Network, count: int, vector: Tensor | None = None) -> None:
        super().__init__(model, vector)
        self.count = count
        taken = _parameters(model)
        self._keeps = "logits_to_keep" in taken
        self._more = {"use_cache": False} if "use_cache" in taken else {}

    def forward(self, samples: Int[Tensor, "batch 4 tokens"]) -> Float[Tensor, "batch count vocabulary"]:
        """Logits (batch, count, vocabulary); those after the end of a shorter continuation mean nothing."""
        samples = _trimmed(samples)
        last = samples.shape[-1] - 1
        places = samples[:, PREDICTING].argmax(1, keepdim=True) + torch.arange(self.count, device=samples.device)
        kept, column = places.clamp_max(last).unique(return_inverse=True)
        keep = {"logits_to_keep": kept} if self._keeps else {}
        logits = select_output(self._call(samples, **self._more, **keep))
        if logits.ndim != 3 or logits.shape[1] != (len(kept) if keep else last + 1):
            accepted = "(batch, tokens, vocabulary)"
            raise NetworkError(
                f"NextToken and Continuation need logits {accepted}; the network returned {tuple(logits.shape)} for "
                f"{last + 1} tokens. Take a causal language model, such as AutoModelForCausalLM loads"
            )
        rows = torch.arange(len(samples), device=logits.device)[:, None]
        return logits[rows, (column if keep else kept[column]).to(logits.device)]


def token_limit(model: Network, tokenizer: Any, max_length: int | None) -> int | None:
    """Tokens that a sentence may have: the least of what model, tokenizer and user say, or nothing."""
    said = (max_length, getattr(tokenizer, "model_max_length", None), _positions(model))
    known = [most for most in said if isinstance(most, int) and 0 < most < 1 << 30]
    return min(known, default=None)


def check_tokenizer(tokenizer: Any, model: Network) -> None:
    """Refuse a tokenizer with more tokens than the model has embeddings; warn where their padding differs.

    Raises:
        ArgumentError: the tokenizer belongs to another model.
    """
    layer = embedding_layer(model)
    if layer is None:
        return
    rows, size = len(layer.weight), len(tokenizer)
    hint = "Take the tokenizer that belongs to the network"
    if size > rows:
        accepted = f"at most {rows} tokens, the rows of the network's embedding matrix"
        raise ArgumentError("tokenizer", f"a tokenizer of {size} tokens", accepted, hint)
    own, models = tokenizer.pad_token_id, _configured(model, "pad_token_id")
    if own is not None and models is not None and own != models:
        warn_user(f"the tokenizer pads with {own}, the network with {models}: they may not belong together. {hint}")


def padding_token(tokenizer: Any, model: Network) -> int:
    """Id that stands where there is no token; its attention is 0, so any does where neither has one."""
    for token in (tokenizer.pad_token_id, _configured(model, "pad_token_id"), tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    return 0


def warn_of_padding(model: Network, baseline: str, token: int | None) -> None:
    """Warn where masked words look like padding to a model that finds the end of a sentence by it."""
    if baseline in ("mask", "unk") and token is not None and token == _configured(model, "pad_token_id"):
        warn_user(
            f"the token of baseline {baseline!r} is also the network's padding: where the network finds the end of a "
            "sentence by its padding, masked words move it. Another baseline avoids that"
        )


def embedding_layer(model: Network) -> nn.Embedding | None:
    """The layer that turns ids into embeddings, where the model tells."""
    try:
        layer = model.get_input_embeddings()  # type: ignore[attr-defined]
    except (AttributeError, NotImplementedError):
        return None
    return layer if isinstance(getattr(layer, "weight", None), Tensor) else None


def embedding_vector(model: Network, baseline: str | Tensor, tokens: int) -> Float[Tensor, " dimension"]:
    """The embedding that masked tokens get.

    Args:
        model: the model.
        baseline: "mean", of all tokens of the tokenizer, or a vector (dimension,).
        tokens: how many the tokenizer has.

    Returns:
        (dimension,), on the device and in the dtype of the embeddings.

    Raises:
        ArgumentError: a model that does not tell its embedding layer, or a vector of another length.
    """
    layer = embedding_layer(model)
    if layer is None:
        accepted = '"mask", "unk" or "pad" for a network without get_input_embeddings()'
        raise ArgumentError("baseline", baseline if isinstance(baseline, str) else "an embedding", accepted)
    weight = layer.weight
    if isinstance(baseline, str):
        with evaluation_mode(layer):
            parts = torch.arange(tokens, device=weight.device).split(_BLOCK)
            total = torch.stack([layer(part).double().sum(0) for part in parts]).sum(0)
        return (total / tokens).to(weight.dtype)
    if baseline.shape != weight.shape[1:]:
        raise ArgumentError(
            "baseline", f"shape {tuple(baseline.shape)}", f"shape {tuple(weight.shape[1:])}, as embeddings"
        )
    return baseline.to(device=weight.device, dtype=weight.dtype)


@contextmanager
def _injected(model: Network, masked: Tensor, vector: Tensor) -> Iterator[None]:
    """Puts a vector in place of the embeddings of some tokens, and sees to it that this happened."""
    layer, done = embedding_layer(model), False
    assert layer is not None  # looked at when the vector was made

    def replace(_layer: nn.Module, _inputs: Any, embeddings: Tensor) -> Tensor:
        nonlocal done
        if embeddings.shape[:2] != masked.shape:
            return embeddings
        done = True
        return torch.where(masked[..., None].to(embeddings.device), vector.to(embeddings), embeddings)

    handle = layer.register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()
    if not done:
        raise NetworkError("the network did not call its embedding layer on the sentences, so none could be masked")


def _trimmed(samples: Tensor) -> Tensor:
    """Samples without the columns of padding that all of them have at the end."""
    used = ((samples[:, ATTENTION] != 0) | (samples[:, PREDICTING] != 0)).any(0).nonzero()
    return samples[..., : int(used.max()) + 1] if len(used) else samples


def _parameters(model: Network) -> set[str]:
    called: Callable[..., Any] = model.forward if isinstance(model, nn.Module) else model
    try:
        return set(inspect.signature(called).parameters)
    except (TypeError, ValueError):
        return set()


def _configured(model: Network, name: str) -> int | None:
    value = getattr(getattr(model, "config", None), name, None)
    return value if isinstance(value, int) and value >= 0 else None


def _positions(model: Network) -> int | None:
    """Tokens that the model has positions for; some start to count behind the padding token."""
    most = _configured(model, "max_position_embeddings")
    if most is None or not isinstance(model, nn.Module):
        return most
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return most - int(module.padding_idx) - 1
    return most
