"""Values of an exported graph that no captured network has: each is refused by its line of code."""

import torch
from torch import Tensor, fx

from striate.errors import NetworkError
from striate.network.node import SourceLine

_INSTEAD = (
    "A graph has one path and one size for all inputs: keep to tensors of a fixed size "
    "(torch.where, a mask to multiply by)"
)


def refuse_number(node: fx.Node, source: SourceLine | None) -> None:
    """Raise NetworkError when a value is a number taken out of a tensor, as by `.item()`."""
    if isinstance(node.meta.get("val"), torch.SymInt | torch.SymFloat | torch.SymBool):
        raise NetworkError(
            f"the network takes a number out of a tensor{_place(source)}, and what it then makes "
            f"of it depends on the values. {_INSTEAD}"
        )


def refuse_tensor(value: Tensor, source: SourceLine | None) -> None:
    """Raise NetworkError for sparse tensors, those of torch.vmap, and sizes that values decide."""
    if torch._C._functorch.is_functorch_wrapped_tensor(value):
        raise NetworkError(
            f"the network uses torch.vmap or another transform of functions{_place(source)}; "
            "write it with tensors that have the axis of the batch"
        )
    if value.layout != torch.strided:
        raise NetworkError(
            f"the network makes a tensor of the layout {value.layout}{_place(source)}; its "
            "values have no places in a grid. Keep to dense tensors"
        )
    if any(isinstance(size, torch.SymInt) for size in value.shape):
        raise NetworkError(
            f"the size of a tensor depends on the values of another{_place(source)}. {_INSTEAD}"
        )


def _place(source: SourceLine | None) -> str:
    return f" at {source.file}, line {source.line}: `{source.code}`" if source else ""
