"""From a module to its graph, by torch.export."""

import logging
import sysconfig
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import torch
from torch import Tensor, nn
from torch.export.graph_signature import InputKind
from torch.nn.parameter import is_lazy

from striate.errors import NetworkError
from striate.network.graph import Graph
from striate.network.inlining import inline_gradient_blocks
from striate.network.node import SourceLine
from striate.network.rewrite import rewrite
from striate.network.twin import twin_of

Flags = tuple[bool, ...]

_one_at_a_time = RLock()  # torch.export keeps what it is doing in globals of the process


def flags_of(module: nn.Module) -> Flags:
    """Which of a module's parts are in training mode."""
    return tuple(part.training for part in module.modules())


def capture(module: nn.Module, example: tuple[Tensor, ...], flags: Flags) -> Graph:
    """The graph of a module for inputs of the example's shapes and the given training flags.

    The module is left as it is; its weights are shared, not copied.
    Raises NetworkError for what cannot be captured: control flow that depends on values, with the
    line of code where it is; modules that move tensors between devices or do not run at all.
    """
    with _one_at_a_time, twin_of(module) as twin, _quiet():
        for part, training in zip(twin.modules(), flags, strict=True):
            part.training = training
        try:
            program = torch.export.export(twin, example, strict=False)
        except NetworkError:
            raise
        except Exception as error:
            raise NetworkError(_explain(error, module, example)) from error
        inline_gradient_blocks(program.graph_module)
        return rewrite(twin, program.graph_module, _inputs(program), program.call_spec.out_spec)


def _inputs(program: torch.export.ExportedProgram) -> dict[str, Any]:
    """What each placeholder stands for: the path of a weight, a constant, or None for an input."""
    constants = program.constants
    found: dict[str, Any] = {}
    for entry in program.graph_signature.input_specs:
        name = getattr(entry.arg, "name", "")
        if entry.kind in (InputKind.PARAMETER, InputKind.BUFFER):
            found[name] = entry.target
        elif entry.kind is InputKind.CONSTANT_TENSOR:
            found[name] = constants[str(entry.target)]
        elif entry.kind is InputKind.USER_INPUT:
            found[name] = None
        else:
            raise NetworkError(f"the network uses {name}, an object that is not a tensor")
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch.export's remarks, meant for those who deploy its result, from the user."""
    names = ("torch.export", "torch.fx", "torch._export", "torch._subclasses.fake_tensor")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def refuse_what_no_graph_has(module: nn.Module) -> None:
    """Raise NetworkError for modules without a graph to capture.

    These are TorchScript and quantised modules, lazy ones that have no weights yet, and those with
    weights on several devices.
    """
    if isinstance(module, torch.jit.ScriptModule):
        raise NetworkError(
            f"{type(module).__name__} is a TorchScript module (scripted, traced or frozen), whose "
            "Python is gone; give the nn.Module that it was made from"
        )
    for path, part in module.named_modules():
        home = type(part).__module__
        if home.startswith(("torch.ao.nn.quantized", "torch.nn.quantized", "torchao")):
            raise NetworkError(
                f"{path or 'the module'} is quantised ({type(part).__name__}): its weights are "
                "packed integers; give the network as it was before it was quantised"
            )
        if isinstance(part, torch.jit.ScriptModule):
            raise NetworkError(f"{path} is a TorchScript module; give the nn.Module it comes from")
        if any(map(is_lazy, (*part.parameters(recurse=False), *part.buffers(recurse=False)))):
            raise NetworkError(
                f"{path or 'the module'} ({type(part).__name__}) takes its sizes from the first "
                "input, which it has not seen; run the network once before: module(example)"
            )
    devices = {tensor.device for tensor in (*module.parameters(), *module.buffers())}
    if len(devices) > 1:
        found = ", ".join(sorted(map(str, devices)))
        raise NetworkError(
            f"the network's weights lie on several devices ({found}); move it to one: "
            "module.to('cpu')"
        )


def _explain(error: Exception, module: nn.Module, example: tuple[Tensor, ...]) -> str:
    """What to say of an error while the module's code ran: what, where, and what to do."""
    shapes = " and ".join(str(tuple(tensor.shape)) for tensor in example)
    name = type(module).__name__
    where = _line_of(error)
    words = (str(error).strip().splitlines() or [type(error).__name__])[0]
    place = f" at {where.file}, line {where.line}: `{where.code}`" if where else ""
    if "data-dependent" in words.lower() or "DataDependent" in type(error).__name__:
        return (
            f"{name} decides by the values in a tensor{place}. A graph has one path for all "
            "inputs: write the choice with torch.where, or capture the part below it "
            "(Network(module.part, example))"
        )
    if "devices" in words or ("device" in words.lower() and "cuda" in words.lower()):
        return (
            f"{name} moves tensors between devices{place}: {words}. Build it on one device, and "
            "leave .to(device) to the caller"
        )
    return f"{name} does not run on an input of shape {shapes}{place}: {words}"


def _line_of(error: BaseException | None) -> SourceLine | None:
    """The innermost line of the user's code, or of a library's other than torch and Python's."""
    known = {Path(torch.__file__).parent, Path(__file__).parent}
    python = Path(sysconfig.get_path("stdlib"))
    while error is not None:
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            file = Path(frame.filename)
            outside = known.isdisjoint(file.parents)
            standard = python in file.parents and "site-packages" not in file.parts
            if outside and not standard and file.exists():
                return SourceLine(frame.filename, frame.lineno or 0, (frame.line or "").strip())
        error = error.__cause__ or error.__context__
    return None
