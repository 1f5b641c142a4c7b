"""A network captured as a graph, of which everything else is a view."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from threading import Lock

from torch import Tensor, nn

from striate.data import Preprocessing
from striate.errors import NetworkError
from striate.network.box import Box, box_of
from striate.network.capture import Flags, capture, flags_of, refuse_what_no_graph_has
from striate.network.graph import Graph
from striate.network.inputs import Given, as_batch, check_finite
from striate.network.memory import check_room
from striate.network.node import Node
from striate.network.run import run
from striate.network.source import Example, open_network
from striate.network.table import Table, table_of
from striate.network.trace import Trace

_GRAPHS_KEPT = 16


class Network:
    """Any PyTorch network, captured once as a graph: its table, traces and arithmetic are views.

    `source` is a registered name (`resnet18`, with its published weights `resnet18/default`), a
    recipe's, network text or a file of it, a run
    folder, `timm:NAME`, or an `nn.Module` with an `example`: its input tensor (N, C, *spatial) (a
    tuple of them where forward takes several), or the shape (C, *spatial) of one.

    The graph shares the module's parameters, so it stays true while the module trains. One is
    captured for each input shape and each setting of the training flags that is asked for, when it
    is first asked for; `graph` is that of the example in evaluation mode.
    Iterating gives the layers in the order in which they run; `network["layer1.0.conv1"]` is one.

    Raises NetworkError for a source that is none of these and a module that cannot be captured.
    """

    def __init__(
        self,
        source: str | Path | nn.Module,
        example: Example | None = None,
        *,
        preprocessing: Preprocessing | None = None,
    ) -> None:
        if isinstance(source, nn.Module):
            refuse_what_no_graph_has(source)
        opened = open_network(source, example)
        self.module = opened.module
        self.name = opened.name
        self.preprocessing = preprocessing or opened.preprocessing
        self.classes = opened.classes or (preprocessing.classes if preprocessing else ())
        self._example = opened.example
        self._graphs: OrderedDict[tuple[object, ...], Graph] = OrderedDict()
        self._lock = Lock()
        self.graph = self._graph_for(self._example, tuple(False for _ in flags_of(self.module)))

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.input_shape))
        return f"Network({self.name!r}, input {shape}, {len(self.graph)} layers)"

    def __getitem__(self, layer: str) -> Node:
        return self.graph[layer]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.graph)

    def __len__(self) -> int:
        return len(self.graph)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape (C, *spatial) of the (first) input."""
        return tuple(self._example[0].shape[1:])

    def table(self) -> Table:
        """The layers with sizes, receptive fields and costs, and their totals."""
        unused = (self.module.get_parameter(path).numel() for path in self.graph.unused_parameters)
        return table_of(self.graph, sum(unused))

    def box(self, layer: str, channel: int = 0, position: Sequence[int] | int = ()) -> Box:
        """The exact box of the input that one unit sees; see `Box`."""
        places = (position,) if isinstance(position, int) else tuple(position)
        node = self.graph[layer]
        return box_of(self.graph, node, (channel, *places))

    def prepare(self, given: Given) -> Tensor:
        """The batch (N, C, *spatial) that pictures, arrays or tensors become; see `trace`."""
        floats = self._example[0].is_floating_point()
        return as_batch(given, self.input_shape, self.module, self.preprocessing, floats=floats)

    def trace(
        self,
        given: Given,
        *others: Tensor,
        keep: Collection[str] | None = None,
        gradients: bool = False,
    ) -> Trace:
        """Run the network and keep what its layers give.

        `given` is a batch or one example: a tensor or array of floats as the network takes it, or
        pictures (files, Pillow images, arrays of bytes), which go through the network's own
        preprocessing; `others` are the further arguments of a module that takes several. The values
        are exactly the module's own in the mode it is in; the module is left as it is: flags,
        weights, gradients, running statistics and random numbers. `keep` names the layers to keep,
        all by default. With `gradients` the values can be differentiated (`Trace.gradients`).
        Raises NetworkError for an input that does not fit, is not finite, or would take more memory
        than there is.
        """
        batch = self.prepare(given)
        if len(others) != len(self._example) - 1:
            raise NetworkError(
                f"{self.name} takes {len(self._example)} inputs and {1 + len(others)} are given"
            )
        flags = flags_of(self.module)
        graph = self._graph_for((batch, *others), flags)
        kept = set(graph.layers) if keep is None else {graph[name] for name in keep}
        kept.add(graph.inputs[0])
        if batch.is_meta:
            raise NetworkError(
                f"the weights of {self.name} are on the meta device, which has sizes and no "
                "values, so it has a table but no trace; give the module with its weights"
            )
        check_room(graph, kept, batch.device)
        check_finite(batch)
        batch = batch.detach().clone()  # the caller may write to its tensor while the trace lives
        if gradients and batch.is_floating_point():
            batch.requires_grad_()
        values, output = run(graph, self.module, (batch, *others), kept, gradients=gradients)
        return Trace(graph, self.module, values, output)

    def _graph_for(self, inputs: tuple[Tensor, ...], flags: Flags) -> Graph:
        key = (flags, *((tuple(x.shape), x.dtype, x.device) for x in inputs))
        with self._lock:
            if key in self._graphs:
                self._graphs.move_to_end(key)
                return self._graphs[key]
            try:
                graph = capture(self.module, inputs, flags)
            except NetworkError as error:
                if not self._graphs or tuple(x.shape[1:] for x in inputs) == tuple(
                    x.shape[1:] for x in self._example
                ):
                    raise
                expected = ", ".join(str(size) for size in self.input_shape)
                raise NetworkError(f"{error}; {self.name} takes (N, {expected})") from error
            self._graphs[key] = graph
            if len(self._graphs) > _GRAPHS_KEPT:
                self._graphs.popitem(last=False)
            return graph
