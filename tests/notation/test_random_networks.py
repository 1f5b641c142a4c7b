"""What the check says of a text against the module that is built from it, on random networks."""

import random
import re
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from striate.notation import Report, Row, build, check
from striate.notation.kind import Argument, Flag, Kind, LayerKind
from striate.notation.specs import KINDS

NETWORKS = 500
LAYERS = {name: kind for name, kind in KINDS.items() if issubclass(kind, LayerKind)}
# Work through convolutions inside torch, which the counter cannot tell from those of the network.
POOLINGS_BY_CONVOLUTION = re.compile("gaussianpool|lppool")

Draw = Callable[["Writer"], str]


class Writer:
    """Writes random texts: draws lines from what the kinds declare, keeps those that check."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.axes = 1 + seed % 3
        size = {1: 40, 2: 16, 3: 8}[self.axes]
        sizes = [str(self.random.randint(size // 2, size)) for _ in range(self.axes)]
        self.lines = [f"input {'x'.join([str(self.random.randint(1, 4)), *sizes])}"]

    def text(self) -> str:
        self.add(self.random.randint(2, 7))
        if self.random.random() < 0.5:
            self.keep(["flatten", "linear 5"])
        return "\n".join(self.lines) + "\n"

    def add(self, layers: int) -> None:
        kept = 0
        for _ in range(30 * layers):
            kept += self.keep(self.block(0) if self.random.random() < 0.2 else [self.line()])
            if kept == layers:
                return

    def keep(self, lines: list[str]) -> bool:
        text = "\n".join([*self.lines, *lines])
        report = check(text)
        if not report.ok or report.total.multiply_adds > 3_000_000:
            return False
        if report.total.activation_bytes > 2_000_000:
            return False
        self.lines += lines
        return True

    def block(self, depth: int) -> list[str]:
        kind = self.random.choice(["residual", "parallel", "repeat"])
        if kind == "repeat":
            return [f"repeat {self.random.randint(1, 3)}", *self.body(depth)]
        if kind == "residual":
            lines = ["residual", *self.body(depth)]
            if self.random.random() < 0.3:
                lines += ["  shortcut", *indented(self.body(depth, 1))]
            return lines
        lines = ["parallel"]
        for _ in range(self.random.randint(1, 3)):
            lines += ["  branch", *indented(self.body(depth))]
        return lines

    def body(self, depth: int, most: int = 3) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, most)):
            if depth < 2 and self.random.random() < 0.15:
                lines += self.block(depth + 1)
            elif self.random.random() < 0.5:
                lines.append(f"conv {self.random.randint(1, 6)} 3 pad same")
            else:
                lines.append(self.line())
        return indented(lines)

    def line(self) -> str:
        return self.written(LAYERS[self.random.choice(sorted(LAYERS))])

    def written(self, kind: type[Kind]) -> str:
        words = [kind.name]
        for slot in kind.slots:
            if isinstance(slot.form, Argument):
                if slot.required or self.random.random() < 0.8:
                    words.append(DRAWS[slot.field](self))
            elif self.random.random() < 0.3:
                words.append(slot.word)
                if not isinstance(slot.form, Flag):
                    words.append(DRAWS[slot.field](self))
        return " ".join(words)

    def size(self, least: int, most: int) -> str:
        if self.random.random() < 0.5:
            return str(self.random.randint(least, most))
        return "x".join(str(self.random.randint(least, most)) for _ in range(self.axes))

    def padding(self) -> str:
        named = self.random.choice(["same", "same", "valid", "full", ""])
        if named or self.random.random() < 0.5:
            return named or self.size(0, 2)
        sides = [
            f"{self.random.randint(0, 2)},{self.random.randint(0, 2)}" for _ in range(self.axes)
        ]
        return "x".join(sides)


def indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def one_of(*words: str) -> Draw:
    return lambda writer: writer.random.choice(words)


DRAWS: dict[str, Draw] = {
    "channels": one_of("1", "2", "3", "4", "6"),
    "features": one_of("1", "7", "12"),
    "kernel": lambda writer: writer.size(1, 4),
    "stride": lambda writer: writer.size(1, 3),
    "pad": Writer.padding,
    "outputpad": lambda writer: writer.size(0, 2),
    "dilation": lambda writer: writer.size(1, 2),
    "groups": one_of("1", "2", "3"),
    "multiplier": one_of("1", "2"),
    "boundary": one_of(
        "zeros", "constant", "replicate", "reflect", "symmetric", "circular", "none"
    ),
    "value": one_of("0.5", "-1"),
    "bias": one_of("yes", "no"),
    "scale": one_of("yes", "no"),
    "countpad": one_of("yes", "no"),
    "factor": lambda writer: writer.size(1, 3),
    "mode": one_of("nearest", "linear", "cubic", "random", "pseudorandom"),
    "probability": one_of("0", "0.3"),
    "momentum": one_of("0.4", "1"),
    "eps": one_of("1e-3", ".1"),
    "over": one_of("channels", "all"),
    "slope": one_of("0.2"),
    "alpha": one_of("0.5"),
    "beta": one_of("0.75", "2"),
    "k": one_of("2"),
    "p": one_of("1", "2", "3.5"),
    "sigma": one_of("0.7"),
    "a": one_of("0.2", "random", "learned"),
    "size": lambda writer: writer.size(1, 8),
    "ratio": one_of("1.4", "2"),
    "reduction": one_of("2", "16"),
}


def built(row: Row, network: nn.Module) -> list[str]:
    """The names of the modules of a line, one a pass."""
    pattern = re.sub(r"(repeat\d+)\\\.1", r"\1\\.\\d+", re.escape(row.module))
    return [name for name, _ in network.named_modules() if re.fullmatch(pattern, name)]


def learned(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def compare(text: str, report: Report, network: nn.Sequential) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in network.named_modules():

        def record(_: nn.Module, __: object, output: torch.Tensor, name: str = name) -> None:
            shapes[name] = tuple(output.shape[1:])

        module.register_forward_hook(record)
    assert report.input_shape is not None
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        output = network.eval()(torch.rand(2, *report.input_shape))
    assert tuple(output.shape[1:]) == report.output_shape
    for row in report.rows[1:]:
        names = built(row, network)
        assert [shapes[name] for name in names] == list(row.outputs), row
        if row.kind not in ("residual", "parallel", "branch", "shortcut", "repeat"):
            parameters = sum(learned(network.get_submodule(name)) for name in names)
            assert parameters == row.cost.parameters, row
    assert learned(network) == report.total.parameters
    if not POOLINGS_BY_CONVOLUTION.search(text):
        # Two operations a multiply-add, two examples.
        assert counter.get_total_flops() == 4 * report.total.multiply_adds


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_what_is_checked_is_what_is_built(first: int) -> None:
    for seed in range(first, first + 50):
        text = Writer(seed).text()
        report = check(text)
        assert report.ok, text
        torch.manual_seed(seed)
        try:
            compare(text, report, build(text))
        except (AssertionError, RuntimeError, ValueError) as error:
            raise AssertionError(f"seed {seed}:\n{text}") from error


def test_every_kind_is_drawn() -> None:
    words = {
        line.split()[0] for seed in range(NETWORKS) for line in Writer(seed).text().splitlines()
    }
    assert words == set(KINDS)
