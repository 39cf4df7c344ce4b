"""Which layers of a network are read: named by the user, or evenly spread in depth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from harsanyi.core.errors import ArgumentError
from harsanyi.game.layers import Place, find_layer, unwrapped
from harsanyi.game.network import Network, OutputChoice, evaluation_mode
from harsanyi.game.reading import Forward, Reading, check_calls, check_pooling, logits_of, tensor_of

AUTO = "auto"
_MOST = 5  # layers chosen where the user names none
_WILD = frozenset("*?[")


@dataclass(eq=False)
class _Call:
    """A call of a module in a forward pass, and the calls within it."""

    name: str
    module: nn.Module
    number: int
    inside: list[_Call] = field(default_factory=list)
    output: Any = None

    @property
    def weights(self) -> int:
        """How many calls of modules with weights of their own: a parameter of two dimensions or more."""
        own = any(values.ndim > 1 for values in self.module.parameters(recurse=False))
        return own + sum(call.weights for call in self.inside)


def choose_layers(
    network: Network,
    inputs: Any,
    layers: str | Sequence[str] = AUTO,
    output: OutputChoice = None,
    *,
    pooling: str = AUTO,
    forward: Forward | None = None,
) -> tuple[Reading, ...]:
    """The layers that probes read, in the order in which a forward pass calls them.

    "auto" gives about five that are evenly spread in depth. It begins with the modules that the network calls
    itself. A Sequential among them is replaced by what it calls, and so is the one that gives the logits, down to
    the last module with weights; while fewer than five have weights, so is the one that calls the most modules with
    weights. A module without weights (an activation, a pooling, a normalization) joins the one before it, so that
    the layer is read behind it. The last one is left out where it gives the network's own logits. Of the rest at
    most five are taken, the last of them always: it is what the last linear layer reads.

    Args:
        network: a module.
        inputs: a few samples: a tensor (batch, ...), or whatever `forward` takes.
        layers: "auto"; or names of layers, with "#2" behind a name for its second call, and patterns such as
            "encoder.layer.*", in which a wildcard stands for a part of a name between dots.
        output: which of the network's outputs are the logits, see `select_output`.
        pooling: one of `POOLINGS`; or "auto": "mean" over the tokens of a layer that returns (batch, tokens, features),
            "flatten" for all others, and wherever the network has convolutions over sequences, whose channels come
            first.
        forward: a function of (network, inputs) that returns what the network does; nothing calls it with the tensor.

    Returns:
        At least one `Reading`.

    Raises:
        ArgumentError: a network that is no module, an unknown name (lists the near ones), a layer that is not called,
            is called several times, or returns no tensor.
        NetworkError: the network fails on the samples.

    Example:
        >>> from harsanyi.zoo import mlp7
        >>> [str(reading.place) for reading in choose_layers(mlp7(4), torch.zeros(2, 4))]
        ['3', '5', '7', '9', '11']

    Source: our definition.
    """
    check_pooling(pooling, AUTO)
    network = _module(network)
    wanted = [layers] if isinstance(layers, str) else list(layers)
    if not wanted or not all(isinstance(name, str) for name in wanted):
        raise ArgumentError("layers", repr(layers), '"auto", or names of layers')
    names = [] if wanted == [AUTO] else [name for name in wanted if not _WILD & set(name)]
    places = [find_layer(network, name, "layers") for name in names]
    calls, logits = _traced(network, inputs, output, forward)
    total = Counter(call.name for call in calls)
    if wanted == [AUTO]:
        chosen = _evenly(_spread(calls[-1], logits))
    else:
        chosen = _at(places, calls, total)
        for pattern in wanted:
            chosen += _matching(pattern, calls, total) if _WILD & set(pattern) else []
    sequences = any(isinstance(module, nn.Conv1d) for module in network.modules())
    return tuple(_reading(call, total, pooling, sequences) for call in calls if any(call is other for other in chosen))


def _module(network: Network) -> nn.Module:
    network = unwrapped(network)
    if not isinstance(network, nn.Module) or isinstance(network, torch.jit.ScriptModule):
        raise ArgumentError("network", f"a {type(network).__name__}, whose layers cannot be looked into",
                            "a torch.nn.Module as it was defined")  # fmt: skip
    return network


def _traced(
    network: nn.Module, inputs: Any, output: OutputChoice, forward: Forward | None
) -> tuple[list[_Call], Tensor]:
    """All calls of modules in the order in which they end, the network's own last; and the logits."""
    with evaluation_mode(network), _recording(network) as calls:
        logits = logits_of(network, inputs, output, forward)
    return calls, logits


@contextmanager
def _recording(network: nn.Module) -> Iterator[list[_Call]]:
    done: list[_Call] = []
    open_calls: list[_Call] = []
    counts: Counter[str] = Counter()

    def begin(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, *_: Any) -> None:
            if module is network:
                done.clear()
                open_calls.clear()
                counts.clear()
            counts[name] += 1
            open_calls.append(_Call(name, module, counts[name]))

        return hook

    def end(_module: nn.Module, _inputs: Any, output: Any) -> None:
        call = open_calls.pop()
        call.output = output
        done.append(call)
        if open_calls:
            open_calls[-1].inside.append(call)

    handles = []
    for name, module in network.named_modules():
        if not isinstance(module, torch.jit.ScriptModule):
            handles += [module.register_forward_pre_hook(begin(name)), module.register_forward_hook(end)]
    try:
        yield done
    finally:
        for handle in handles:
            handle.remove()


def _spread(network: _Call, logits: Tensor) -> list[_Call]:
    """Steps of a network, each read behind what follows it without weights; not the one that gives the logits."""
    steps: list[_Call] = []
    for step in _steps(network, logits):
        if step.weights:
            steps.append(step)
        elif steps and _readable(step, len(logits)):
            steps[-1] = step
    if steps and _gives(steps[-1], logits):
        steps.pop()
    steps = [step for step in steps if _readable(step, len(logits))]
    if not steps:
        raise ArgumentError("layers", repr(AUTO), "a network with modules before the one that gives the logits",
                            "Name the layers that are read")  # fmt: skip
    return steps


def _steps(network: _Call, logits: Tensor) -> list[_Call]:
    """What a network calls, and within that what the rule of `choose_layers` looks into."""
    steps = list(network.inside)
    while True:
        opened = [step for step in steps if isinstance(step.module, nn.Sequential) and step.inside]
        weighted = [step for step in steps if step.weights]
        several = [step for step in weighted if step.inside and step.weights > 1]
        if not opened and several and several[-1] is weighted[-1] and _gives(several[-1], logits):
            opened = several[-1:]
        if not opened and several and len(weighted) < _MOST:
            opened = [max(several, key=lambda step: step.weights)]
        if not opened:
            return steps
        steps = [inner for step in steps for inner in (step.inside if step in opened else [step])]


def _evenly(steps: list[_Call]) -> list[_Call]:
    """At most five of them, evenly spaced, the last one always."""
    most = min(_MOST, len(steps))
    return [steps[-(-k * len(steps) // most) - 1] for k in range(1, most + 1)]


def _readable(step: _Call, batch: int) -> bool:
    values = tensor_of(step.output)
    return values is not None and values.is_floating_point() and values.ndim > 1 and len(values) == batch


def _gives(step: _Call, logits: Tensor) -> bool:
    """Whether a step's output is the logits, or holds them, as that of a classifier of every token does."""
    values = tensor_of(step.output)
    if values is None or values.shape[:1] != logits.shape[:1] or values.shape[-1] != logits.shape[-1]:
        return False
    rows = values.reshape(len(logits), -1, logits.shape[-1])
    return bool((rows == logits[:, None].to(rows)).all(-1).any(1).all())


def _at(places: Sequence[Place], calls: Sequence[_Call], total: Counter[str]) -> list[_Call]:
    for place in places:
        check_calls(place, total[place.name])
    wanted = {(place.name, max(1, place.call)) for place in places}
    return [call for call in calls if (call.name, call.number) in wanted]


def _matching(pattern: str, calls: Sequence[_Call], total: Counter[str]) -> list[_Call]:
    """Calls whose place a pattern names, part by part."""
    found = [call for call in calls if call.name and _matches(str(_place(call, total)), pattern)]
    for call in calls:
        if call.name and total[call.name] > 1 and _matches(call.name, pattern) and call not in found:
            check_calls(Place(call.name), total[call.name])
    if not found:
        listed = list(dict.fromkeys(call.name for call in calls if call.name))
        accepted = ", ".join(listed[:20]) + (f" and {len(listed) - 20} more" if len(listed) > 20 else "")
        raise ArgumentError("layers", f"{pattern!r}, which names no layer that is called", f"layers: {accepted}")
    return found


def _matches(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _place(call: _Call, total: Counter[str]) -> Place:
    return Place(call.name, call.number if total[call.name] > 1 else 0)


def _reading(call: _Call, total: Counter[str], pooling: str, sequences: bool) -> Reading:
    values, place = tensor_of(call.output), _place(call, total)
    if values is None:
        inner = [str(_place(other, total)) for other in call.inside if tensor_of(other.output) is not None]
        hint = f"Name one of its submodules: {', '.join(inner)}" if inner else ""
        raise ArgumentError("layers", f"{str(place)!r}, which returns a {type(call.output).__name__}",
                            "a layer that returns a tensor, or a tuple that begins with one", hint)  # fmt: skip
    if pooling == AUTO:
        pooling = "mean" if values.ndim == 3 and not sequences else "flatten"
    reading = Reading(place, pooling)
    reading.features(call.output)  # refuses a pooling that does not fit
    return reading
