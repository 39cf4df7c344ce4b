"""The question put to a network: what it is run on, and how that comes from what the user gave.

Most players mask the samples themselves. Players of sentences, of point clouds that lose points, or of feature maps
inside the network have a method `pose` that turns the user's network and inputs into a `Posed` of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harsanyi.core.errors import ArgumentError
from harsanyi.game.masking import Players
from harsanyi.game.network import Network, OutputChoice
from harsanyi.game.players.baselines import of_table
from harsanyi.game.scores import Score


@dataclass(frozen=True)
class Posed:
    """What is evaluated.

    Attributes:
        network: called with masked values and the context of their maskings.
        whole: called with unmasked samples; the same as `network` where that takes samples as they are.
        samples: what the players cut, (samples, ...).
        players: ready for these samples.
        labels: for `resolve_labels`.
        inputs: what a picture draws, (samples, ...), numbers or text.
        output: which output of `network` and `whole` is still to be chosen; nothing where they return that alone.
        how: what to record of all this beside the players; JSON types only.
        label_name: what a label is called, of all its numbers; nothing where the network's configuration may tell.
    """

    network: Network
    whole: Network
    samples: Tensor
    players: Players
    labels: Any
    inputs: npt.NDArray[Any] | Tensor
    output: OutputChoice = None
    how: Mapping[str, Any] = field(default_factory=dict)
    label_name: Callable[..., str] | None = None


class PosingPlayers(Protocol):
    """Players that pose their own question; those of `Posed.players` cut its samples."""

    def pose(self, network: Network, inputs: Any, labels: Any, score: Score, output: OutputChoice) -> Posed:
        """The question for this network, these inputs and labels; raises ArgumentError before any long work."""
        ...


def as_given(network: Network, inputs: Any, labels: Any, players: Players, output: OutputChoice) -> Posed:
    """The network itself on masked samples.

    Args:
        network: the user's.
        inputs: samples, as `as_samples` takes them.
        labels: as the user gave them.
        players: of the samples.
        output: which output to score.

    Returns:
        The `Posed`.

    Raises:
        ArgumentError: inputs that are no samples.
    """
    samples = as_samples(inputs)
    return Posed(network, network, samples, players, labels, samples, output)


def as_samples(inputs: Any) -> Tensor:
    """Samples as a tensor, (samples, ...).

    Raises:
        ArgumentError: what is no array of finite numbers, has no samples, or lies where it cannot be read.
    """
    accepted = "numbers, (samples, ...)"
    if hasattr(inputs, "dtypes") and hasattr(inputs, "columns"):
        inputs = of_table(inputs, "inputs")
    try:
        array = inputs.to_numpy() if hasattr(inputs, "to_numpy") else inputs
        if isinstance(array, np.ndarray) and (not array.flags.writeable or min(array.strides, default=0) < 0):
            array = array.copy()  # what torch cannot share
        if isinstance(array, list | tuple) and array and all(isinstance(sample, Tensor) for sample in array):
            array = torch.stack(tuple(array))
        samples = torch.as_tensor(array)
    except (TypeError, ValueError, RuntimeError) as error:
        hint = "Sentences take Words(tokenizer)" if _is_text(inputs) else ""
        if isinstance(inputs, list | tuple) and len({np.shape(sample) for sample in inputs}) > 1:
            hint = "All samples need the same shape; give those of another shape to another call"
        raise ArgumentError("inputs", f"{type(inputs).__name__} ({error})", accepted, hint) from error
    if samples.ndim < 2 or len(samples) == 0:
        hint = "One sample alone is inputs[None]" if samples.ndim < 2 else ""
        raise ArgumentError("inputs", f"shape {tuple(samples.shape)}", "(samples, ...), at least one sample", hint)
    if samples.is_meta:
        raise ArgumentError("inputs", "samples on the device meta, without values", "samples on a device with memory")
    if samples.is_floating_point() and not bool(samples.isfinite().all()):
        sample = int((~samples.isfinite()).flatten(1).any(1).nonzero()[0])
        raise ArgumentError("inputs", f"a value that is not finite in sample {sample}", "finite numbers")
    return samples.detach()


def _is_text(inputs: Any) -> bool:
    return isinstance(inputs, str) or (isinstance(inputs, list | tuple) and bool(inputs) and isinstance(inputs[0], str))
