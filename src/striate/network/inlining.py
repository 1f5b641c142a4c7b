"""Graphs without blocks: what `torch.no_grad()` encloses becomes part of the graph around it."""

import operator
from typing import Any

import torch
from torch import fx

_BLOCK: Any = torch.ops.higher_order.wrap_with_set_grad_enabled
_DETACH: Any = torch.ops.aten.detach.default


def inline_gradient_blocks(module: fx.GraphModule) -> None:
    """Replace each block that runs with or without gradients by the operations in it.

    What leaves a block without gradients is detached, so that gradients stop where they did.
    """
    for node in list(module.graph.nodes):
        if node.target is _BLOCK:
            _inline(module, node)


def _inline(module: fx.GraphModule, block: fx.Node) -> None:
    with_gradients, name, *operands = block.args
    assert isinstance(name, fx.Node)
    inner = operator.attrgetter(str(name.target))(module)
    inline_gradient_blocks(inner)
    inside: dict[fx.Node, Any] = {}
    waiting = iter(operands)
    results: tuple[Any, ...] = ()
    with module.graph.inserting_before(block):
        for node in inner.graph.nodes:
            if node.op == "placeholder":
                inside[node] = next(waiting)
            elif node.op == "output":
                results = fx.map_arg(node.args[0], inside.__getitem__)
            else:
                inside[node] = module.graph.node_copy(node, inside.__getitem__)
                if node.op == "get_attr":
                    inside[node].target = f"{name.target}.{node.target}"
        for part in list(block.users):
            result = results[part.args[1]]  # type: ignore[index]
            if not with_gradients:
                result = module.graph.call_function(_DETACH, (result,))
                result.meta = dict(part.meta)
            part.replace_all_uses_with(result)
            module.graph.erase_node(part)
    module.graph.erase_node(block)
