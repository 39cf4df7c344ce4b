"""Running a user's network: any callable or module, on its own device, in evaluation mode, without gradients."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError, NetworkError

Network = Callable[..., Any]
OutputChoice = str | int | Callable[[Any], Tensor] | None

_OF_DTYPES = ("dtype", "Input type", "not implemented for")  # what torch says of integers
_WANTS_IMAGES = re.compile(r"weight of size \[\d+(, \d+){3}\]|expected 4D input")  # of torch, by Conv2d or BatchNorm2d


def placement(network: Network) -> tuple[torch.device | None, torch.dtype | None]:
    """Device and floating dtype of the network's parameters and buffers; nothing for other callables."""
    if not isinstance(network, nn.Module):
        return None, None
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return None, None


def placed(inputs: Tensor, network: Network) -> Tensor:
    """Inputs on the device of the network and, where they are floating or truth values, in its dtype."""
    device, dtype = placement(network)
    numbers = inputs.is_floating_point() or inputs.dtype == torch.bool  # whole numbers may be the ids of something
    return inputs.to(device=device, dtype=dtype if numbers else None)


@contextmanager
def evaluation_mode(network: Network) -> Iterator[None]:
    """Evaluation mode without gradients; every module's training flag is restored, whatever happens."""
    modules = list(network.modules()) if isinstance(network, nn.Module) else []
    flags = [module.training for module in modules]
    try:
        for module in modules:
            module.training = False
        with torch.no_grad():
            yield
    finally:
        for module, flag in zip(modules, flags, strict=True):
            module.training = flag


def select_output(outputs: Any, choice: OutputChoice = None) -> Tensor:
    """The tensor to score among what a network returned.

    Args:
        outputs: a tensor or array; an object with `logits` (Hugging Face); a mapping; a tuple or list.
        choice: a key or attribute, a position, or a function of the outputs. Nothing takes a tensor as it is, else
            `logits`, else the only entry of a mapping, else the first entry of a tuple or list.

    Returns:
        The tensor.

    Raises:
        NetworkError: there is no such output, or it is not clear which; says what there is.

    Source: our definition.
    """
    chosen = _chosen(outputs, choice)
    if isinstance(chosen, Tensor):
        return chosen
    try:
        return torch.as_tensor(chosen)
    except (TypeError, ValueError, RuntimeError):
        raise NetworkError(
            f"the network's output is a {type(chosen).__name__}, not a tensor. Choose one with output= (a key, a "
            "position, or a function of what the network returns)"
        ) from None


class Chosen(nn.Module):
    """A module that returns the output to score alone.

    Args:
        network: a module.
        choice: see `select_output`.
    """

    def __init__(self, network: nn.Module, choice: OutputChoice) -> None:
        super().__init__()
        self.network, self._choice = network, choice

    def forward(self, *inputs: Tensor) -> Tensor:
        """The chosen output of the network."""
        return select_output(self.network(*inputs), self._choice)


def _chosen(outputs: Any, choice: OutputChoice) -> Any:
    if callable(choice):
        return choice(outputs)
    if choice is not None:
        if not isinstance(choice, str) and hasattr(outputs, "shape"):  # a position would be a row of the batch
            raise ArgumentError(
                "output",
                repr(choice),
                "none: the network returns a single tensor",
                "For one of its columns use Output(index)",
            )
        try:
            return outputs[choice]
        except (KeyError, IndexError, TypeError):
            if isinstance(choice, str) and hasattr(outputs, choice):
                return getattr(outputs, choice)
            raise ArgumentError("output", repr(choice), f"one of {_entries(outputs)}") from None
    if isinstance(outputs, Tensor):
        return outputs
    if hasattr(outputs, "logits"):
        return outputs.logits
    if isinstance(outputs, Mapping):
        if "logits" in outputs or len(outputs) == 1:
            return outputs.get("logits", next(iter(outputs.values())))
        raise NetworkError(f"the network returned a mapping with {_entries(outputs)}: choose one with output=")
    return outputs[0] if isinstance(outputs, tuple | list) and outputs else outputs


def _entries(outputs: Any) -> str:
    if isinstance(outputs, Mapping):
        return "the keys " + ", ".join(map(repr, outputs))
    if isinstance(outputs, tuple | list):
        return f"the positions 0 to {len(outputs) - 1}"
    return f"the attributes of {type(outputs).__name__}"


def output_bytes_per_sample(
    network: Network, inputs: Tensor, choice: OutputChoice, context: tuple[Tensor, ...] = ()
) -> tuple[Tensor, int]:
    """Outputs of a few unmasked samples and their context, and the bytes that all modules together write for one.

    Raises:
        NetworkError: the network fails on its own unmasked inputs, or returns another number of rows.
    """
    written = 0

    def count(_module: nn.Module, _inputs: Any, output: Any) -> None:
        nonlocal written
        if isinstance(output, Tensor):
            written += output.numel() * output.element_size()

    modules = network.modules() if isinstance(network, nn.Module) else ()
    hooks = [m.register_forward_hook(count) for m in modules if not isinstance(m, torch.jit.ScriptModule)]
    try:
        outputs = run(network, inputs.clone(), choice, context)  # a network may write into its input
    except Exception as error:
        if not out_of_memory(error):
            raise
        if len(inputs) == 1:
            raise NetworkError("memory ran out on a batch of one input") from error
        outputs = None
    finally:
        for hook in hooks:
            hook.remove()
    if outputs is None:
        return output_bytes_per_sample(network, inputs[:1], choice, tuple(values[:1] for values in context))
    input_bytes = inputs.numel() * inputs.element_size()
    return outputs, max(written, 4 * input_bytes) // len(inputs)


def run(network: Network, inputs: Tensor, choice: OutputChoice, context: tuple[Tensor, ...] = ()) -> Tensor:
    """Outputs of a batch and its context, checked for their first dimension.

    Raises:
        NetworkError: the network fails, or returns another number of rows than it was given.
    """
    try:
        outputs = select_output(network(inputs, *context), choice)
    except (ArgumentError, NetworkError):
        raise
    except Exception as error:
        if out_of_memory(error):
            raise
        raise NetworkError(
            f"the network failed on a batch of shape {tuple(inputs.shape)}, {inputs.dtype}, on {inputs.device}: "
            f"{type(error).__name__}: {error}{_hint(inputs, str(error))}"
        ) from error
    if outputs.ndim == 0 or len(outputs) != len(inputs):
        raise NetworkError(
            f"the network returned shape {tuple(outputs.shape)} for a batch of {len(inputs)}; its first dimension "
            "must be the batch. Choose another output with output="
        )
    return outputs


def _hint(inputs: Tensor, told: str) -> str:
    """What may help against an error of the user's network."""
    if "padding token" in told:
        return ". Tell the model its padding token: model.config.pad_token_id = tokenizer.pad_token_id"
    if "unexpected keyword argument 'input_ids'" in told or "unexpected keyword argument 'attention_mask'" in told:
        return (
            ". For Words the network is called as network(input_ids=..., attention_mask=...); wrap another in a "
            "module with forward(self, input_ids, attention_mask)"
        )
    if not inputs.is_floating_point() and any(words in told for words in _OF_DTYPES):
        scaled = "images.astype('float32') / 255" if inputs.dtype == torch.uint8 else "table.astype('float32')"
        return f". The samples are {inputs.dtype}; give them as floating values, as in training, such as {scaled}"
    if inputs.ndim == 3 and (_WANTS_IMAGES.search(told) or (len(inputs) == 1 and "mat1 and mat2" in told)):
        return (
            f". Samples of shape {tuple(inputs.shape[1:])} have no channels; a network of images takes (samples, "
            "channels, height, width). One image? inputs[None]. Several without channels? inputs[:, None]"
        )
    if "dtype" in told and inputs.dtype != torch.float32:
        return ". The network's dtype is not known; give samples of the dtype that it takes, such as float32"
    return ""


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in str(error) or "allocate memory" in str(error))
    )
