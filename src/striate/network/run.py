"""Running a graph and keeping what is asked for."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from striate.network.graph import Graph
from striate.network.node import Node, Weight, replaced
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

    # Taking the state of all generators costs more than a small layer.
    chance = _same_chance(module) if graph.random else nullcontext()
    with torch.set_grad_enabled(gradients), chance:
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
            for done in graph.done_after.get(node, ()):
                del values[done]
        outputs = replaced(list(graph.outputs), value_of)
    return kept, pytree.tree_unflatten(outputs, graph.form)


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
