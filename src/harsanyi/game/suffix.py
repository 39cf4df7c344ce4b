"""A network cut at a layer, by its graph: what comes before, once a sample; what follows, once a coalition.

A value that both sides need (a residual branch around the layer, say) is handed over as context. Sizes, constants and
parameters are worked out again behind the cut, for there they have the size of the batch that is run there.
"""

from __future__ import annotations

import inspect
import io
import logging
import operator
import warnings
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import torch
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
    """Prefix and suffix of a network in evaluation mode, by a symbolic trace.

    Args:
        network: a module of one batch.
        place: the layer.
        samples: at least two, (samples, ...), to see which values are batches and which are numbers.

    Returns:
        prefix: samples to a tuple of the layer's values and the context; suffix: of those to the network's outputs.

    Raises:
        CutError: the network cannot be traced, the layer is no step of its graph, or values change in place that are
            used elsewhere.
    """
    with _told("traced"):
        graph = _Tracer(place.name).trace(network, _defaults(network))
        return _halves(network, graph, _step(graph, place), samples)


def cut_exported(network: nn.Module, place: Place, samples: Tensor) -> Graphs:
    """Prefix and suffix as `cut` gives them, by torch.export, which follows more networks and takes longer.

    Args:
        network: a module of one batch that returns one tensor.
        place: the layer, called once.
        samples: at least two, (samples, ...).

    Returns:
        As `cut`; the suffix returns a list of one tensor.

    Raises:
        CutError: as `cut`.
    """
    with _told("exported"):
        sizes = ({0: torch.export.Dim("batch")},)
        with redirect_stderr(io.StringIO()), _silent(logging.getLogger("torch")):
            program = torch.export.export(network, (samples,), dynamic_shapes=(sizes,), strict=False)
            module = program.run_decompositions({}).module()  # without steps that change values in place
        assert isinstance(module, fx.GraphModule)
        return _halves(module, module.graph, _last_step(module.graph, place), samples)


@contextmanager
def _silent(logger: logging.Logger) -> Iterator[None]:
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _told(how: str) -> Iterator[None]:
    """Whatever goes wrong as one error, and no warnings of other libraries."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except CutError:
        raise
    except Exception as error:  # whatever a forward does with what is no tensor
        told = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        if "Constraints violated" in told:
            told = "the size of the batch is used as a number; x.shape[0] can be followed, len(x) and int(...) cannot"
        raise CutError(f"its forward cannot be {how} ({told})") from error


def _halves(root: nn.Module, graph: fx.Graph, layer: fx.Node, samples: Tensor) -> Graphs:
    handed = _handed_over(graph, layer, _recorded(root, graph, samples), _recorded(root, graph, samples[:-1]))
    _check_in_place(root, graph, handed)
    return _prefix(root, graph, layer, handed), _suffix(root, graph, layer, handed)


def _last_step(graph: fx.Graph, place: Place) -> fx.Node:
    """What the layer returns: its last step that a step outside uses."""
    inside = {node for node in graph.nodes if _within(node, place.name)}
    ends = [node for node in graph.nodes if node in inside and set(node.users) - inside]
    if not ends or place.call > 1:
        raise CutError("the layer is no step of its exported graph")
    last: fx.Node = ends[-1]
    return last


def _within(node: fx.Node, name: str) -> bool:
    """Whether a step of an exported graph belongs to a layer."""
    paths = (str(path) for path, *_ in node.meta.get("nn_module_stack", {}).values())
    return any(path == name or path.startswith(f"{name}.") for path in paths)


def _defaults(network: nn.Module) -> dict[str, Any]:
    """The defaults of all arguments but the first, which a trace needs to know."""
    parameters = list(inspect.signature(network.forward).parameters.values())[1:]
    return {known.name: known.default for known in parameters if known.default is not known.empty}


def _step(graph: fx.Graph, place: Place) -> fx.Node:
    calls = [node for node in graph.nodes if node.op == "call_module" and node.target == place.name]
    if len(calls) < max(1, place.call):
        raise CutError("the layer is no step of its traced graph")
    step: fx.Node = calls[max(1, place.call) - 1]
    return step


def _recorded(network: nn.Module, graph: fx.Graph, samples: Tensor) -> dict[str, Any]:
    recorder = _Recorder(network, graph)
    recorder.run(samples.clone())
    return recorder.values


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


def _handed_over(graph: fx.Graph, layer: fx.Node, values: dict[str, Any], fewer: dict[str, Any]) -> list[fx.Node]:
    """Batches that the steps behind the layer need from before it, in the order of the graph."""
    after = _after(layer)
    batches = {node for node in graph.nodes if _is_batch(values.get(node.name), fewer.get(node.name))}
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


def _is_batch(value: Any, fewer: Any) -> bool:
    """Whether a value is a tensor with one row a sample: it has one row less for one sample less."""
    return isinstance(value, Tensor) and value.ndim > 0 and len(value) == len(fewer) + 1


def _check_in_place(network: nn.Module, graph: fx.Graph, handed: Collection[fx.Node]) -> None:
    """Refuse steps that change a value in place which another step, or another coalition, uses as well."""
    for node in graph.nodes:
        if not _changes_in_place(network, node) or not node.all_input_nodes:
            continue
        changed = node.all_input_nodes[0]
        if len(changed.users) > 1 or not node.users or changed in handed:
            raise CutError(f"its step {node.name} changes a value in place that is used elsewhere")


def _changes_in_place(network: nn.Module, node: fx.Node) -> bool:
    if node.op == "call_module":
        return bool(getattr(network.get_submodule(str(node.target)), "inplace", False))
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    named = name.endswith("_") and not name.endswith("__")
    augmented = getattr(operator, name, None) is node.target and name[:1] == "i" and hasattr(operator, name[1:])
    stored = name in ("setitem", "__setitem__")
    return node.op in ("call_function", "call_method") and (
        named or augmented or stored or node.kwargs.get("inplace") is True
    )


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
