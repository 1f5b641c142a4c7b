"""Random network texts, written from what the kinds of the notation declare."""

import random
from collections.abc import Callable, Sequence

from striate.notation import check
from striate.notation.kind import Argument, Flag, Kind, LayerKind
from striate.notation.specs import KINDS

LAYERS = {name: kind for name, kind in KINDS.items() if issubclass(kind, LayerKind)}
Draw = Callable[["Writer"], str]


class Writer:
    """Writes random texts: draws lines from what the kinds declare, keeps those that check."""

    def __init__(self, seed: int, kinds: Sequence[str] = tuple(sorted(LAYERS))) -> None:
        self.random = random.Random(seed)
        self.kinds = kinds
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
        return self.written(LAYERS[self.random.choice(self.kinds)])

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
