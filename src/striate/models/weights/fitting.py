"""Which of a file's tensors are a model's, and bringing them into it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from striate.errors import WeightsError
from striate.models.weights.layouts import LAYOUTS, Layout
from striate.models.weights.report import Misshapen

Shapes = Mapping[str, tuple[int, ...]]

_WRAPPING = ("module.", "_orig_mod.", "model.", "network.", "net.", "backbone.")
"""What modules around a network put before its names: data parallelism, compilation, trainers."""

_COUNTER = "num_batches_tracked"  # steps of training, which no prediction needs
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # heads that help training alone


@dataclass(frozen=True)
class Fit:
    """Whose names a file uses, and tensor by tensor what fits; as in `LoadReport`."""

    layout: Layout
    tensors: dict[str, Tensor]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[Misshapen, ...]
    left_out: tuple[str, ...]


def shapes_of(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """The shapes of all tensors that a model's state dict has."""
    return {
        name: tuple(value.shape)
        for name, value in model.state_dict().items()
        if isinstance(value, Tensor)
    }


def fit(tensors: Mapping[str, Tensor], needed: Shapes, *, skip_head: bool = False) -> Fit:
    """How the tensors fit the shapes needed, in the layout in which most of them do."""
    candidates = [
        (layout, layout.translate(named)) for named in _unwrapped(tensors) for layout in LAYOUTS
    ]
    layout, translated = max(candidates, key=lambda candidate: matches(candidate[1], needed))
    head = _head(translated, needed) if skip_head else frozenset[str]()
    has_auxiliary = any(name.startswith(AUXILIARY) for name in needed)
    fitting: dict[str, Tensor] = {}
    unexpected, left_out, misshapen = [], [], []
    for name, (in_file, tensor) in translated.items():
        if name in head or (name.startswith(AUXILIARY) and not has_auxiliary):
            left_out.append(in_file)
        elif name not in needed:
            unexpected.append(in_file)
        elif tuple(tensor.shape) != needed[name]:
            misshapen.append(Misshapen(name, tuple(tensor.shape), needed[name]))
        else:
            fitting[name] = tensor
    missing = [
        name
        for name in needed
        if name not in translated and name not in head and not name.endswith(_COUNTER)
    ]
    return Fit(
        layout, fitting, tuple(missing), tuple(unexpected), tuple(misshapen), tuple(left_out)
    )


def matches(translated: Mapping[str, tuple[str, Tensor]], needed: Shapes) -> int:
    """How many tensors have a name and shape that are needed."""
    return sum(needed.get(name) == tuple(tensor.shape) for name, (_, tensor) in translated.items())


def _unwrapped(tensors: Mapping[str, Tensor]) -> list[Mapping[str, Tensor]]:
    """The tensors under the names they have, and without each thing that all names begin with."""
    found = [tensors]
    while prefix := next(
        (start for start in _WRAPPING if all(name.startswith(start) for name in found[-1])), ""
    ):
        found.append({name.removeprefix(prefix): value for name, value in found[-1].items()})
    return found


def _head(translated: Mapping[str, tuple[str, Tensor]], needed: Shapes) -> frozenset[str]:
    """The names of the layer that tells the classes apart, and of others like it.

    It is the last that has a matrix or kernels. Where its number of outputs is another in the file,
    every tensor that differs in that number alone belongs to the head, such as those of auxiliary
    heads.
    """
    layers = [name for name, shape in needed.items() if len(shape) > 1]
    if not layers:
        return frozenset()
    last, _, _ = layers[-1].rpartition(".")
    head = {name for name in needed if name.rpartition(".")[0] == last}
    if layers[-1] in translated:
        ours, theirs = needed[layers[-1]][0], translated[layers[-1]][1].shape[:1]
        for name, (_, tensor) in translated.items():
            shape = needed.get(name, ())
            differing = [
                pair for pair in zip(tensor.shape, shape, strict=False) if pair[0] != pair[1]
            ]
            if tensor.ndim == len(shape) and differing and {*differing} == {(*theirs, ours)}:
                head.add(name)
    return frozenset(head)


def converted(fitting: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """The tensors in the number type and on the device of the model's.

    Raises WeightsError for values that are not finite numbers there, for tensors of whole numbers
    or complex ones where the model has real ones, for sparse and quantised tensors, and for a model
    without memory.
    """
    state = model.state_dict()
    values = {}
    for name, tensor in fitting.items():
        wanted = state[name]
        if wanted.is_meta:
            raise WeightsError(
                "the model is on the device meta, so it has no memory to load weights into; make "
                "it on another device, or give it memory with model.to_empty(device='cpu')"
            )
        if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
            raise WeightsError(f"{name} is sparse, quantised or without values in the file")
        real = wanted.is_floating_point()
        if tensor.is_floating_point() != real or tensor.is_complex() != wanted.is_complex():
            raise WeightsError(
                f"{name} has numbers of type {_plain(tensor.dtype)} in the file, where the model "
                f"has {_plain(wanted.dtype)}"
            )
        value = tensor.to(wanted.device, wanted.dtype)
        if real and not (finite := value.isfinite()).all():
            raise WeightsError(
                f"{name} has {int((~finite).sum()):,} of {finite.numel():,} values that are not "
                f"finite {_plain(wanted.dtype)} numbers (the first is "
                f"{tensor[finite.logical_not().to(tensor.device)][0].item()}); nothing could be "
                "computed with them"
            )
        values[name] = value
    return values


def bring_in(values: Mapping[str, Tensor], model: nn.Module, epsilon: float | None) -> float | None:
    """Give the model its new values, which cannot fail any more.

    Counters of training steps that the file lacks start again. Returns the epsilon that its batch
    normalisations now have, None where they had it already or there are none.
    """
    state = model.state_dict()
    with torch.no_grad():
        for name, value in values.items():
            state[name].copy_(value)
        for name, value in state.items():
            if name.endswith(_COUNTER) and name not in values:
                value.zero_()
    changed = None
    for module in model.modules():
        if epsilon is not None and isinstance(module, nn.modules.batchnorm._BatchNorm):
            if module.eps != epsilon:
                changed = epsilon
            module.eps = epsilon
    return changed


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
