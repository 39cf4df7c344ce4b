"""What a probe reads at a layer: the layer's output of each sample, as a row of features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from harsanyi.core.errors import ArgumentError, NetworkError, did_you_mean
from harsanyi.game.layers import Place
from harsanyi.game.network import Network, OutputChoice, placed, run, select_output

POOLINGS = ("flatten", "mean", "first")
Forward = Callable[[nn.Module, Any], Any]


@final
@dataclass(frozen=True)
class Reading:
    """One call of one layer, and how its output becomes features.

    Attributes:
        place: the call.
        pooling: "flatten", all values of a sample in a row; "mean", over all but samples and channels, (batch,
            channels, height, width), or over the tokens of (batch, tokens, features), where the network was called
            with an `attention_mask` over those it attends to; "first", the first token.

    Raises:
        ArgumentError: an unknown pooling.

    Example:
        >>> import torch
        >>> Reading(Place("encoder.layer.3"), "mean").features(torch.zeros(2, 7, 16)).shape
        torch.Size([2, 16])

    Source: our definition; the papers flatten.
    """

    place: Place
    pooling: str = "flatten"

    def __post_init__(self) -> None:
        check_pooling(self.pooling)

    def features(self, output: Any, attention: Tensor | None = None) -> Tensor:
        """Features of a batch.

        Args:
            output: of the layer: a tensor (batch, ...), a tuple or list that begins with one, or an object with
                `last_hidden_state`.
            attention: 0 where a token is padding, (batch, tokens), or nothing.

        Returns:
            (batch, features), floating; a view of the output where that is possible.

        Raises:
            ArgumentError: an output without a tensor, or one that cannot be pooled so.
        """
        values = tensor_of(output)
        if values is None or values.ndim == 0:
            raise ArgumentError("layers", f"{str(self.place)!r}, which returns a {type(output).__name__}",
                                "a layer that returns a tensor with a row for each sample")  # fmt: skip
        values = values if values.is_floating_point() else values.float()
        if self.pooling == "mean" and values.ndim > 2:
            return _mean_of_tokens(values, attention) if values.ndim == 3 else values.flatten(2).mean(2)
        if self.pooling == "first":
            if values.ndim != 3:
                given = f"'first' at layer {str(self.place)!r}, which returns {tuple(values.shape)}"
                raise ArgumentError("pooling", given, "'flatten' or 'mean'; 'first' is of (batch, tokens, features)")
            return values[:, 0]
        return values[:, None] if values.ndim == 1 else values.flatten(1)


def check_pooling(pooling: object, *more: str) -> None:
    """Refuse what is neither a pooling nor one of some more names.

    Raises:
        ArgumentError: says what there is.
    """
    known = (*more, *POOLINGS)
    if pooling not in known:
        raise ArgumentError("pooling", repr(pooling), f"one of {', '.join(known)}", did_you_mean(str(pooling), known))


def tensor_of(output: Any) -> Tensor | None:
    """The tensor in what a layer returned: itself, `last_hidden_state`, or the first entry; else nothing."""
    found = getattr(output, "last_hidden_state", output)
    if isinstance(found, tuple | list) and found:
        found = found[0]
    return found if isinstance(found, Tensor) else None


def check_calls(place: Place, calls: int) -> None:
    """Refuse a layer that was called less often than asked for, or several times where one call was meant.

    Raises:
        ArgumentError: says how often it is called.
    """
    if calls < max(1, place.call):
        raise ArgumentError("layers", repr(str(place)), f"a layer called that often; {place.name} is called {calls} "
                            "times in a forward pass")  # fmt: skip
    if calls > 1 and not place.call:
        raise ArgumentError("layers", repr(place.name), f"one of the {calls} calls of this layer in a forward pass: "
                            f"{place.name}#1 to {place.name}#{calls}")  # fmt: skip


class Watch:
    """While it is open, hands over the features of every reading as soon as a forward pass of the network has them.

    `check` ends each pass.

    Args:
        network: whose layers are read.
        readings: what is read.
        take: called with the number of a reading and its features, (batch, features); later layers may change these in
            place.
    """

    def __init__(self, network: nn.Module, readings: Sequence[Reading], take: Callable[[int, Tensor], None]) -> None:
        self._network, self._readings, self._take = network, readings, take
        self._of: dict[str, list[tuple[int, Reading]]] = {}
        for number, reading in enumerate(readings):
            self._of.setdefault(reading.place.name, []).append((number, reading))
        self._calls: Counter[str] = Counter()
        self._attention: Tensor | None = None

    def __enter__(self) -> Watch:
        self._handles: list[RemovableHandle] = []
        if any(reading.pooling == "mean" for reading in self._readings):
            self._handles.append(self._network.register_forward_pre_hook(self._begin, with_kwargs=True))
        for name in self._of:
            layer = self._network.get_submodule(name)
            self._handles.append(layer.register_forward_hook(partial(self._look, name)))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _begin(self, _network: nn.Module, _inputs: Any, named: Mapping[str, Any]) -> None:
        mask = named.get("attention_mask")
        self._attention = mask if isinstance(mask, Tensor) else None

    def _look(self, name: str, _layer: nn.Module, _inputs: Any, output: Any) -> None:
        self._calls[name] += 1
        for number, reading in self._of[name]:
            if self._calls[name] == max(1, reading.place.call):
                self._take(number, reading.features(output, self._attention))

    def check(self) -> None:
        """After a pass: refuse one in which a layer was not called as it was read; raises ArgumentError."""
        for reading in self._readings:
            check_calls(reading.place, self._calls[reading.place.name])
        self._calls.clear()


def logits_of(network: Network, inputs: Any, output: OutputChoice = None, forward: Forward | None = None) -> Tensor:
    """Logits of a few samples, (batch, classes).

    Args:
        network: on its own device, in evaluation mode.
        inputs: a tensor, which is copied and brought to the network; whatever `forward` takes.
        output: which of the network's outputs are the logits, see `select_output`.
        forward: a function of (network, inputs) that returns what the network does; nothing calls it with the tensor.

    Raises:
        ArgumentError: inputs that are no tensor, without `forward`.
        NetworkError: the network fails, or returns something else.
    """
    if forward is not None:
        logits = select_output(forward(network, inputs), output)  # type: ignore[arg-type]
    elif isinstance(inputs, Tensor):
        logits = run(network, placed(inputs, network).clone(), output)
    else:
        raise ArgumentError("forward", f"nothing, for inputs that are a {type(inputs).__name__}",
                            "a function of (network, inputs) that returns what the network does",
                            "Of texts: lambda network, texts: network(**tokenizer(texts, padding=True, "
                            'return_tensors="pt"))')  # fmt: skip
    rows = len(inputs) if isinstance(inputs, Tensor | list) else None
    if logits.ndim != 2 or rows not in (None, len(logits)):
        raise NetworkError(f"the network returned shape {tuple(logits.shape)} for {rows or 'some'} samples; probes "
                           "need logits (batch, classes). Choose another output with output=")  # fmt: skip
    return logits


def _mean_of_tokens(values: Tensor, attention: Tensor | None) -> Tensor:
    if attention is None or attention.shape != values.shape[:2]:
        return values.mean(1)
    counted = (attention != 0).to(values)[..., None]  # (batch, tokens, 1)
    return (values * counted).sum(1) / counted.sum(1).clamp_min(1)
