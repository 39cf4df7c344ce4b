"""A network cut at a layer, by its traced graph: what comes before, once a sample; what follows, once a coalition.

A value that both sides need (a residual branch around the layer, say) is handed over as context. Sizes, constants and
parameters are worked out again behind the cut, for there they have the size of the batch that is run there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from torch import Tensor, fx, nn

from harsanyi.game.layers import Place

Graphs = tuple[fx.GraphModule, fx.GraphModule]


class CutError(Exception):
    """The network's graph cannot be traced or cut; says why."""


class _Tracer(fx.Tracer):
    """Traces down to the layer, which stays one step of the graph whatever it is made of."""

    def __init__(self, layer: str) -> None:
        super().__init__()
        self._layer = layer

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module is one step of the graph."""
        inside = self._layer.startswith(f"{module_qualified_name}.")
        return module_qualified_name == self._layer or (super().is_leaf_module(m, module_qualified_name) and not inside)


def cut(network: nn.Module, place: Place, samples: Tensor) -> Graphs:
    """Prefix and suffix of a network in evaluation mode.

    Args:
        network: a module of one batch.
        place: the layer.
        samples: a few, (samples, ...), to see which values are numbers and which are batches.

    Returns:
        prefix: samples to a tuple of the layer's values and the context; suffix: of those to the network's outputs.

    Raises:
        CutError: the network cannot be traced, or the layer is no step of its graph.
    """
    try:
        graph = _Tracer(place.name).trace(network)
    except Exception as error:  # whatever a forward does with what is no tensor
        raise CutError(
            f"its forward cannot be traced ({str(error).splitlines()[0] if str(error) else error!r})"
        ) from error
    calls = [node for node in graph.nodes if node.op == "call_module" and node.target == place.name]
    if len(calls) < max(1, place.call):
        raise CutError("the layer is no step of its traced graph")
    layer = calls[max(1, place.call) - 1]
    recorder = _Recorder(network, graph)
    recorder.run(samples.clone())
    handed = _handed_over(graph, layer, recorder.values)
    return _prefix(network, graph, layer, handed), _suffix(network, graph, layer, handed)


class _Recorder(fx.Interpreter):
    """Runs a graph and keeps what every step gives."""

    def __init__(self, network: nn.Module, graph: fx.Graph) -> None:
        super().__init__(fx.GraphModule(network, graph))
        self.values: dict[str, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        """Run one step and keep its value."""
        self.values[n.name] = super().run_node(n)
        return self.values[n.name]


def _after(layer: fx.Node) -> set[fx.Node]:
    """All steps that depend on the layer."""
    found: set[fx.Node] = set()
    waiting = list(layer.users)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.users
    return found


def _handed_over(graph: fx.Graph, layer: fx.Node, values: dict[str, Any]) -> list[fx.Node]:
    """Batches that the steps behind the layer need from before it, in the order of the graph."""
    after, batches = _after(layer), _batches(graph, values)
    needed: set[fx.Node] = set()
    waiting = [node for step in after for node in step.all_input_nodes]
    seen: set[fx.Node] = set(after) | {layer}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in batches:
            needed.add(node)
        else:  # a number, a constant, a parameter: worked out again
            waiting += node.all_input_nodes
    return [node for node in graph.nodes if node in needed]


def _batches(graph: fx.Graph, values: dict[str, Any]) -> set[fx.Node]:
    """Steps that give a tensor with one row a sample: those that depend on the samples and are no numbers."""
    depends: set[fx.Node] = set()
    first = next(node for node in graph.nodes if node.op == "placeholder")
    for node in graph.nodes:
        if node is first or any(source in depends for source in node.all_input_nodes):
            depends.add(node)
    size = len(values[first.name])
    return {
        node for node in depends
        if isinstance(value := values.get(node.name), Tensor) and value.ndim > 0 and len(value) == size
    }  # fmt: skip


def _prefix(network: nn.Module, graph: fx.Graph, layer: fx.Node, handed: list[fx.Node]) -> fx.GraphModule:
    """Samples to the layer's values and the context."""
    new = fx.Graph()
    copied: dict[fx.Node, fx.Node] = {}
    wanted = _sources([layer, *handed])
    for node in graph.nodes:
        if node in wanted or node.op == "placeholder":
            copied[node] = new.node_copy(node, lambda source: copied[source])
    new.output((copied[layer], *(copied[node] for node in handed)))
    return fx.GraphModule(network, new)


def _suffix(network: nn.Module, graph: fx.Graph, layer: fx.Node, handed: list[fx.Node]) -> fx.GraphModule:
    """The layer's values and the context to the network's outputs."""
    new = fx.Graph()
    copied: dict[fx.Node, fx.Node] = {}
    for node in (layer, *handed):
        copied[node] = new.placeholder(node.name)
    output = next(node for node in graph.nodes if node.op == "output")
    wanted = _sources([output], stop={layer, *handed})
    for node in graph.nodes:
        if node in wanted and node not in copied:
            copied[node] = new.node_copy(node, lambda source: copied[source])
    return fx.GraphModule(network, new)


def _sources(ends: Iterable[fx.Node], stop: Collection[fx.Node] = ()) -> set[fx.Node]:
    """These steps and all that they are made from, down to the steps to stop at."""
    found: set[fx.Node] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [] if node in stop else node.all_input_nodes
    return found
