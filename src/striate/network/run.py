"""Running a graph and keeping what is asked for."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from striate.network.graph import Graph
from striate.network.node import Node, Weight, nodes_in, replaced
from striate.network.rewrite import WholeLayer, tensor_at


def run(
    graph: Graph,
    module: nn.Module,
    inputs: Sequence[Tensor],
    keep: Collection[Node],
    *,
    gradients: bool = False,
) -> tuple[dict[Node, Tensor], Any]:
    """The kept layers' values, and what the module returns.

    The module's weights of this moment are used. Nothing of it changes: no gradient is added,
    no running statistic moves, and the random numbers that are drawn are drawn again by who comes
    next, so that the module itself gives the same values for the same input.
    """
    values: dict[Node, Any] = dict(zip(graph.inputs, inputs, strict=True))
    kept: dict[Node, Tensor] = {node: values[node] for node in graph.inputs if node in keep}
    weights: dict[str, Tensor] = {}

    def value_of(reference: Node | Weight) -> Any:
        if isinstance(reference, Node):
            return values[reference]
        if reference.path not in weights:
            weights[reference.path] = tensor_at(module, reference.path)
        return weights[reference.path]

    last_reader = _last_readers(graph)
    with torch.set_grad_enabled(gradients), _same_chance(module):
        for node in graph.nodes:
            if node.target is None:
                continue
            args = replaced(node.args, value_of)
            if isinstance(node.target, WholeLayer):
                value = module.get_submodule(node.target.path)(*args)
            else:
                value = node.target(*args, **replaced(node.kwargs, value_of))
            del args
            values[node] = value
            if node in keep:
                kept[node] = value
            for done in last_reader.get(node, ()):
                del values[done]
        outputs = replaced(list(graph.outputs), value_of)
    return kept, pytree.tree_unflatten(outputs, graph.form)


def _last_readers(graph: Graph) -> dict[Node, list[Node]]:
    """For each node the nodes whose values nobody reads after it."""
    returned = set(nodes_in(graph.outputs))
    last: dict[Node, Node] = {}
    for node in graph.nodes:
        for operand in nodes_in((node.args, node.kwargs)):
            last[operand] = node
    done: dict[Node, list[Node]] = {}
    for operand, node in last.items():
        if operand not in returned:
            done.setdefault(node, []).append(operand)
    return done


@contextmanager
def _same_chance(module: nn.Module) -> Iterator[None]:
    """Leave the random number generators as they were found, the layers' own included."""
    own = [
        generator
        for part in module.modules()
        if isinstance(generator := getattr(part, "generator", None), torch.Generator)
    ]
    states = [generator.get_state() for generator in own]
    devices = {p.device for p in (*module.parameters(), *module.buffers()) if p.is_cuda}
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        for generator, state in zip(own, states, strict=True):
            generator.set_state(state)
