"""The papers' BERT classifiers, and a small language model, from transformers' configurations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from harsanyi.core.errors import ArgumentError
from harsanyi.core.extras import missing
from harsanyi.zoo.checks import at_least

_TINY = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512}
_MEDIUM = {"hidden_size": 512, "num_hidden_layers": 8, "num_attention_heads": 8, "intermediate_size": 2048}
_DISTIL = {"dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072}


def bert_tiny(classes: int = 2, weights: str | Path | None = None, vocabulary: int = 30_522) -> nn.Module:
    """BERT-tiny with a classifier of sequences: 2 layers, 128 features, 2 heads.

    Args:
        classes: number of logits.
        weights: a folder with config.json and model.safetensors, or a name on the Hugging Face hub; nothing draws
            random weights. Only safetensors are read, no code that lies beside them is run, and a folder is read
            without the network. A checkpoint without a classifier gets a random one.
        vocabulary: number of tokens, for random weights; loaded weights bring their own.

    Returns:
        The network: tokens (batch, length), int64, to an output whose `logits` are (batch, classes); 4,386,178
        parameters with two classes. In training mode, or, with loaded weights, in evaluation mode.

    Raises:
        ArgumentError: a number below 1, or weights that cannot be read or are of another network.
        ImportError: transformers is not installed (says the command that installs it).

    Example:
        >>> import torch
        >>> bert_tiny(vocabulary=100)(torch.zeros(3, 7, dtype=torch.int64)).logits.shape
        torch.Size([3, 2])

    Source: Turc et al. 2019, arXiv 1908.08962, table 1; the classifier is transformers'.
    """
    return _classifier("Bert", _TINY, classes, weights, vocabulary)


def bert_medium(classes: int = 2, weights: str | Path | None = None, vocabulary: int = 30_522) -> nn.Module:
    """BERT-medium with a classifier of sequences: 8 layers, 512 features, 8 heads.

    Args:
        classes: number of logits.
        weights: a folder or a name on the hub, as for `bert_tiny`.
        vocabulary: number of tokens, for random weights; loaded weights bring their own.

    Returns:
        The network, as `bert_tiny` returns it; 41,374,210 parameters with two classes.

    Raises:
        ArgumentError: as `bert_tiny`.
        ImportError: transformers is not installed (says the command that installs it).

    Source: Turc et al. 2019, arXiv 1908.08962, table 1; the classifier is transformers'.
    """
    return _classifier("Bert", _MEDIUM, classes, weights, vocabulary)


def distilbert(classes: int = 2, weights: str | Path | None = None, vocabulary: int = 30_522) -> nn.Module:
    """DistilBERT with a classifier of sequences: 6 layers, 768 features, 12 heads.

    Args:
        classes: number of logits.
        weights: a folder or a name on the hub, as for `bert_tiny`.
        vocabulary: number of tokens, for random weights; loaded weights bring their own.

    Returns:
        The network, as `bert_tiny` returns it; 66,955,010 parameters with two classes.

    Raises:
        ArgumentError: as `bert_tiny`.
        ImportError: transformers is not installed (says the command that installs it).

    Source: Sanh et al. 2019, arXiv 1910.01108; the classifier is transformers'.
    """
    return _classifier("DistilBert", _DISTIL, classes, weights, vocabulary)


def gpt2_tiny(vocabulary: int = 50_257, context: int = 128) -> nn.Module:
    """A causal language model of GPT-2's form, small enough for tests and examples: 2 layers, 64 features, 2 heads.

    Args:
        vocabulary: number of tokens; the last one ends a text.
        context: most tokens in a text.

    Returns:
        The network, with random weights: tokens (batch, length), int64, to an output whose `logits` are
        (batch, length, vocabulary).

    Raises:
        ArgumentError: a number below 1.
        ImportError: transformers is not installed (says the command that installs it).

    Example:
        >>> import torch
        >>> gpt2_tiny(vocabulary=100)(torch.zeros(3, 7, dtype=torch.int64)).logits.shape
        torch.Size([3, 7, 100])

    Source: the form is that of Radford et al. 2019; the size is our choice.
    """
    at_least(1, vocabulary=vocabulary, context=context)
    transformers, end = _transformers(), vocabulary - 1
    config = transformers.GPT2Config(
        vocab_size=vocabulary, n_positions=context, n_embd=64, n_layer=2, n_head=2, bos_token_id=end, eos_token_id=end
    )
    network: nn.Module = transformers.GPT2LMHeadModel(config)
    return network


def _classifier(
    family: str, sizes: dict[str, int], classes: int, weights: str | Path | None, vocabulary: int
) -> nn.Module:
    at_least(1, classes=classes, vocabulary=vocabulary)
    transformers = _transformers()
    network = getattr(transformers, f"{family}ForSequenceClassification")
    config = getattr(transformers, f"{family}Config")(**sizes, vocab_size=vocabulary, num_labels=classes)
    made: nn.Module = network(config) if weights is None else _loaded(network, config, sizes, weights)
    return made


def _loaded(network: Any, config: Any, sizes: dict[str, int], weights: str | Path) -> Any:
    """The network with the weights of a folder or of the hub, once their configuration is seen to be the right one."""
    local = Path(weights).is_dir()
    if isinstance(weights, Path) and not local:
        raise ArgumentError("weights", weights, "an existing folder; a name on the Hugging Face hub is a string")
    source = {"local_files_only": local, "trust_remote_code": False}
    with _readable(weights):
        found = _transformers().AutoConfig.from_pretrained(str(weights), **source)
    _refuse_another(network, config, sizes, found, weights)
    with _readable(weights):
        return network.from_pretrained(str(weights), num_labels=config.num_labels, use_safetensors=True, **source)


@contextmanager
def _readable(weights: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # of many kinds: no such file, no connection, damaged JSON, damaged tensors
        accepted = "a folder with config.json and model.safetensors, or a name on the Hugging Face hub"
        raise ArgumentError("weights", f"{weights} ({error})", accepted) from error


def _refuse_another(network: Any, config: Any, sizes: dict[str, int], found: Any, weights: str | Path) -> None:
    told = {name: getattr(found, name, None) for name in sizes}
    if found.model_type != config.model_type or told != sizes:
        given = f"{weights}, a {found.model_type} with {told}"
        raise ArgumentError("weights", given, f"weights of a {config.model_type} with {sizes}")
    if network.__name__ in (found.architectures or []) and found.num_labels != config.num_labels:
        raise ArgumentError("classes", config.num_labels, f"{found.num_labels}, as many as {weights} tells apart")


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise missing("the language networks need transformers", "text") from error
    return transformers
