"""From the graph that torch.export makes to nodes."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.utils import _pytree as pytree

from striate.errors import NetworkError
from striate.network.call import Call
from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.mutation import Write, written
from striate.network.naming import Place, names_of
from striate.network.node import Node, SourceLine, Weight, nodes_in, weights_in
from striate.network.operations import operation_of
from striate.network.operations.operation import all_of_each, each_by_itself
from striate.network.sight import blind, input_sight, joined, seen_through
from striate.network.twin import LAYER
from striate.network.values import refuse_number, refuse_tensor
from striate.network.versions import Versions

_FIRST_SPATIAL_AXIS = 2


@dataclass(frozen=True, slots=True)
class Pick:
    """An operation with several results, and the one of them that is meant."""

    target: Callable[..., Any]
    index: int

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """That result."""
        return self.target(*args, **kwargs)[self.index]


@dataclass(frozen=True, slots=True)
class WholeLayer:
    """A layer that runs as the module it is, by its path; captured in training or in evaluation."""

    path: str
    training: bool


def rewrite(
    twin: nn.Module, exported: fx.GraphModule, inputs: Mapping[str, Any], form: pytree.TreeSpec
) -> Graph:
    """The graph of an exported module.

    `inputs` says of each placeholder which weight or constant it is, None for the network's inputs.
    """
    reader = _Reader(twin)
    outputs: tuple[Any, ...] = ()
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            reader.placeholder(node, inputs[node.name])
        elif node.op == "get_attr":
            reader.versions.set(node, operator.attrgetter(str(node.target))(exported))
        elif node.op == "output":
            outputs = tuple(pytree.tree_leaves(fx.map_arg(node.args[0], reader.now)))
        else:
            reader.operation(node)
    nodes = _needed(reader.nodes, outputs)
    _give_names(nodes, reader.places)
    _give_sights(nodes, reader.inputs)
    unused = _give_parameters(nodes, twin)
    random = any(_may_draw(node.target) for node in nodes)
    return Graph(tuple(nodes), tuple(reader.inputs), outputs, form, unused, random)


class _Reader:
    """Makes a node for each operation of an exported graph."""

    def __init__(self, twin: nn.Module) -> None:
        self.nodes: list[Node] = []
        self.places: dict[Node, Place] = {}
        self.inputs: list[Node] = []
        self.versions = Versions(self._make)
        self._twin = twin
        self._layers = {id(part): path for path, part in twin.named_modules()}
        self._containers = {
            path for path, part in twin.named_modules() if next(part.children(), None) is not None
        }
        self._owners: dict[fx.Node, fx.Node] = {}

    def placeholder(self, node: fx.Node, value: Any) -> None:
        """Take in a weight, a constant or an input."""
        if value is None:
            traced = node.meta["val"]
            if not isinstance(traced, Tensor):
                raise NetworkError(f"the input {node.name} is {traced!r}, not a tensor")
            shape = tuple(traced.shape)
            value = Node("", Kind.INPUT, "input", "", "", shape, traced.dtype, None)
            label = node.name if self.inputs else "input"
            self._add(value, Place("", "input", container=True, operation=label))
            self.inputs.append(value)
        self.versions.set(node, Weight(value) if isinstance(value, str) else value)

    def now(self, operand: fx.Node) -> Any:
        """The value of an operand at the moment.

        Raises NetworkError for a number that was taken out of a tensor.
        """
        refuse_number(operand, _source(operand))
        return self.versions.now(operand)

    def operation(self, node: fx.Node) -> None:
        """Take in an operation."""
        traced = node.meta.get("val")
        if isinstance(traced, Tensor):
            refuse_tensor(traced, _source(node))
        if node.target is operator.getitem:
            owner = node.args[0]
            assert isinstance(owner, fx.Node)
            self._owners[node] = owner
            self.versions.set(node, self._make(node))
        elif isinstance(node.target, torch._ops.HigherOrderOperator):
            raise NetworkError(_block(node))
        elif (target := written(node)) is not None:
            self.versions.write(node, target)
        elif getattr(getattr(node.target, "_schema", None), "is_mutable", False):
            raise NetworkError(_hidden_write(node))
        elif isinstance(traced, Tensor):
            self.versions.set(node, self._make(node))
        # What is left is torch's assertions, and tuples, of which the parts that are used are made.

    def _make(
        self,
        node: fx.Node,
        instead: dict[fx.Node, Any] | None = None,
        target: Callable[..., Any] | None = None,
    ) -> Node:
        """The node for an operation, with some operands replaced, run as `target` if given."""
        source = self._owners.get(node, node)
        pick = int(node.args[1]) if source is not node else 0  # type: ignore[arg-type]

        def now(operand: fx.Node) -> Any:
            found = (instead or {}).get(operand)
            return self.now(operand) if found is None else found

        args: tuple[Any, ...] = fx.map_arg(source.args, now)
        kwargs: dict[str, Any] = fx.map_arg(source.kwargs, now)
        args = _without_running_statistics(source, args)
        run: Any = target or source.target
        schema = getattr(source.target, "_schema", None)
        name = schema.name.partition("::")[2].rstrip("_") if schema else str(source.target)
        if isinstance(target, Write):
            name = "write"
        arguments = _by_name(schema, args, kwargs)
        path, call, home = _module(source)
        layer: nn.Module | None = None
        if source.target is LAYER:
            layer = self._twin.get_submodule(path)
            name = type(layer).__name__
            run, args, arguments = WholeLayer(path, layer.training), args[:1], {"self": args[0]}
        shape, dtype = tuple(node.meta["val"].shape), node.meta["val"].dtype
        if isinstance(target, Write):  # what it gives is the whole tensor that it wrote to
            first = args[0]
            shape, dtype = _like(first, self._twin)
        weights = {
            key: _tensor(value, self._twin).shape
            for key, value in arguments.items()
            if isinstance(value, Weight | Tensor)
        }
        described = Call(name, arguments, shape, weights, layer, pick)
        operands = tuple(n for n in nodes_in((args, kwargs)) if n.from_input)
        made = Node(
            "",
            Kind.OTHER,
            name,
            path,
            home,
            shape,
            dtype,
            run if source is node else Pick(run, pick),
            args,
            kwargs,
            arguments,
            operands,
            source=_source(source),
            from_input=bool(operands),
        )
        _describe(made, described)
        self._add(made, Place(path, call, path in self._containers, name))
        return made

    def _add(self, node: Node, place: Place) -> None:
        self.nodes.append(node)
        self.places[node] = place


def _describe(made: Node, call: Call) -> None:
    """Fill in what is known of the operation."""
    if not made.from_input:
        return
    if isinstance(made.target, Write):
        first = made.args[0]
        reads = all_of_each(call)
        if isinstance(first, Node) and first.from_input:
            same = each_by_itself(call)
            reads = tuple(pair for pair in same if pair[0] is first) + tuple(
                pair for pair in reads if pair[0] is not first
            )
        made.reads = reads
        return
    operation = operation_of(call, made.target)
    made.kind = operation.kind
    made.reads = operation.reads(call)
    made.windows = operation.windows(call)
    batch = made.shape[0] if made.shape else 0
    made.multiply_adds = operation.multiply_adds(call) // batch if batch else 0


def _block(node: fx.Node) -> str:
    """What to say of an operation whose operands are graphs."""
    name = str(getattr(node.target, "__name__", node.target))
    if name == "wrap_with_autocast":
        return (
            "the network chooses its number type with torch.autocast inside its forward; leave "
            "that to the caller, or convert its weights (module.to(torch.bfloat16))"
        )
    return (
        f"the network uses {name}, whose parts are graphs of their own, and a captured network has "
        "one path; capture a part below it (Network(module.part, example))"
    )


def _hidden_write(node: fx.Node) -> str:
    """What to say of an operation that writes to a tensor other than by its place in the call."""
    where = _source(node)
    place = f" at {where.file}, line {where.line}: `{where.code}`" if where else ""
    return (
        f"the network writes into a tensor with out=... or into a list of them{place}, as "
        "spectral_norm does in training; a trace would change the network. Put it into evaluation "
        "(module.eval()), or assign the result instead"
    )


def _needed(nodes: list[Node], outputs: tuple[Any, ...]) -> list[Node]:
    """The nodes that the outputs are computed from, and the inputs."""
    needed = set(nodes_in(outputs))
    for node in reversed(nodes):
        if node in needed:
            needed.update(nodes_in((node.args, node.kwargs)))
    return [node for node in nodes if node in needed or node.kind is Kind.INPUT]


def _may_draw(target: Any) -> bool:
    """Whether an operation may draw random numbers; of modules of our own that is not known."""
    if isinstance(target, Pick):
        return _may_draw(target.target)
    if isinstance(target, Write):
        return _may_draw(target.write)
    tags = getattr(target, "tags", None)
    if tags is None:
        return target is not None
    return torch.Tag.nondeterministic_seeded in tags


def _give_names(nodes: list[Node], places: Mapping[Node, Place]) -> None:
    shown = [node for node in nodes if node.from_input]
    for node, name in zip(shown, names_of([places[node] for node in shown]), strict=True):
        node.name = name


def _give_sights(nodes: list[Node], inputs: list[Node]) -> None:
    axes = max(len(inputs[0].shape) - _FIRST_SPATIAL_AXIS, 0) if inputs else 0
    for node in nodes:
        if node.kind is Kind.INPUT:
            node.sight = input_sight(axes) if node is inputs[0] else blind(axes)
        elif node.from_input:
            node.sight = joined(
                [
                    seen_through(operand.sight, access, operand.shape, node.name)
                    for operand, access in node.reads
                ]
            )


def _give_parameters(nodes: list[Node], twin: nn.Module) -> tuple[str, ...]:
    """Give each parameter to the first node that uses it; return the paths of those unused."""
    by_path = dict(twin.named_parameters(remove_duplicate=False))
    seen: set[int] = set()
    below: dict[Node, list[str]] = {}
    for node in nodes:
        paths = [weight.path for weight in weights_in((node.args, node.kwargs))]
        for operand in nodes_in((node.args, node.kwargs)):
            if not operand.from_input:  # computed from weights alone
                paths += below[operand]
        if isinstance(node.target, WholeLayer):
            layer = twin.get_submodule(node.target.path)
            paths += [f"{node.target.path}.{name}" for name, _ in layer.named_parameters()]
        below[node] = paths
        if not node.from_input:
            continue
        new = []
        for path in dict.fromkeys(paths):
            if path in by_path and id(by_path[path]) not in seen:
                seen.add(id(by_path[path]))
                new.append(path)
        node.parameters = tuple(new)
        node.weights = sum(by_path[path].numel() for path in new)
    return tuple(path for path, value in twin.named_parameters() if id(value) not in seen)


def _without_running_statistics(node: fx.Node, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Let a normalisation by the batch's own statistics leave the running ones as they are."""
    if node.target in (torch.ops.aten.batch_norm.default, torch.ops.aten.instance_norm.default):
        own = bool(args[5])
        return (*args[:3], None, None, *args[5:]) if own else args
    return args


def _by_name(schema: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by their names in an operation's schema, with its defaults."""
    if schema is None:
        return {f"argument {index}": value for index, value in enumerate(args)} | dict(kwargs)
    found: dict[str, Any] = {}
    for index, argument in enumerate(schema.arguments):
        if index < len(args):
            found[argument.name] = args[index]
        else:
            found[argument.name] = kwargs.get(argument.name, argument.default_value)
    return found


def _module(node: fx.Node) -> tuple[str, str, str]:
    """The innermost module that an operation belongs to: its path, which call, and its type."""
    stack = node.meta.get("nn_module_stack") or {}
    if not stack:
        return "", "", ""
    call, (path, kind) = list(stack.items())[-1]
    name = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
    return path, call, name.rpartition(".")[2]


_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in .*\n\s*(?P<code>.*)')


def _source(node: fx.Node) -> SourceLine | None:
    """The innermost line of code that is not torch's own."""
    home = str(Path(torch.__file__).parent)
    for frame in reversed(list(_FRAME.finditer(node.meta.get("stack_trace") or ""))):
        if not frame["file"].startswith(home):
            return SourceLine(frame["file"], int(frame["line"]), frame["code"].strip())
    return None


def _tensor(value: Weight | Tensor, module: nn.Module) -> Tensor:
    return value if isinstance(value, Tensor) else tensor_at(module, value.path)


def tensor_at(module: nn.Module, path: str) -> Tensor:
    """The parameter or buffer at a path, as it is now."""
    owner, _, name = path.rpartition(".")
    found: Tensor = getattr(module.get_submodule(owner), name)
    return found


def _like(value: Any, module: nn.Module) -> tuple[tuple[int, ...], torch.dtype]:
    if isinstance(value, Node):
        return value.shape, value.dtype
    tensor = _tensor(value, module)
    return tuple(tensor.shape), tensor.dtype
