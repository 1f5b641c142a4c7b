"""A network's diagram as SVG."""

from xml.sax.saxutils import escape

from striate.network.diagram import Box, Diagram, Line, lay_out
from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.labels import by, window_label
from striate.network.node import Node

_WIDTH, _HEIGHT = 208, 52
_ACROSS, _DOWN = 236, 76
_MARGIN, _BETWEEN_COLUMNS = 28, 56
_TITLE = 44

# Okabe and Ito's palette, lightened, in which no two kinds look alike to the colour-blind.
_COLOURS = {
    Kind.INPUT: "#ffffff",
    Kind.CONVOLUTION: "#9ccbe8",
    Kind.LINEAR: "#f3c98b",
    Kind.POOLING: "#8fd6bf",
    Kind.JOIN: "#f5b895",
    Kind.NORMALISATION: "#e3c3d6",
    Kind.ACTIVATION: "#f7ee9b",
    Kind.RESHAPE: "#e4e4e4",
    Kind.DROPOUT: "#e4e4e4",
    Kind.OTHER: "#cccccc",
}


def diagram_svg(graph: Graph, name: str) -> str:
    """The diagram of a network: each layer with its window and output size, branches and joins.

    Pointing at a box shows all that the table says of it. The bar at a box's foot is its share of
    the multiply-adds, against the largest.
    """
    drawing = _Drawing(lay_out(graph))
    width, height = drawing.size
    most = max((node.multiply_adds for node in graph.layers), default=0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
        'font-size="12">',
        f"<title>{escape(name)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="28" font-size="18" font-weight="bold">{escape(name)}</text>',
        *(drawing.line(line) for line in drawing.diagram.lines),
        *(drawing.box(box, most) for box in drawing.diagram.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Drawing:
    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        ends = [*diagram.columns[1:], diagram.ranks]
        self._columns = list(zip(diagram.columns, ends, strict=True))
        self._lefts = [_MARGIN]
        for first, end in self._columns:
            width = diagram.lanes(first, end - 1) * _ACROSS - (_ACROSS - _WIDTH)
            self._lefts.append(self._lefts[-1] + width + _BETWEEN_COLUMNS)

    @property
    def size(self) -> tuple[int, int]:
        tallest = max(end - first for first, end in self._columns)
        width = self._lefts[-1] - _BETWEEN_COLUMNS + _MARGIN
        return max(width, 320), _TITLE + tallest * _DOWN + _MARGIN

    def _column(self, rank: int) -> int:
        return next(i for i, (first, end) in enumerate(self._columns) if first <= rank < end)

    def _place(self, rank: int, lane: int) -> tuple[int, int]:
        column = self._column(rank)
        x = self._lefts[column] + lane * _ACROSS
        return x, _TITLE + (rank - self._columns[column][0]) * _DOWN

    def line(self, line: Line) -> str:
        start, end = self.diagram.boxes[line.start], self.diagram.boxes[line.end]
        (x0, y0), (x1, y1) = self._place(start.rank, start.lane), self._place(end.rank, end.lane)
        x0, x1, y0 = x0 + _WIDTH // 2, x1 + _WIDTH // 2, y0 + _HEIGHT
        if self._column(start.rank) != self._column(end.rank):
            gutter = self._lefts[self._column(end.rank)] - _BETWEEN_COLUMNS // 2
            path = f"M{x0} {y0} V{y0 + 12} H{gutter} V{y1 - 12} H{x1} V{y1}"
        elif end.rank == start.rank + 1:
            middle = (y0 + y1) // 2
            path = (
                f"M{x0} {y0} V{y1}"
                if x0 == x1
                else f"M{x0} {y0} C{x0} {middle} {x1} {middle} {x1} {y1}"
            )
        else:
            x = self._place(start.rank, line.lane)[0] + _WIDTH // 2
            low, high = y0 + _DOWN - _HEIGHT, y1 - (_DOWN - _HEIGHT)
            out = "" if x == x0 else f"C{x0} {low} {x} {y0} {x} {low}"
            back = f"V{y1}" if x == x1 else f"V{high} C{x} {y1} {x1} {high} {x1} {y1}"
            path = f"M{x0} {y0} {out} {back}"
        return (
            f'<path d="{path}" fill="none" stroke="#555" stroke-width="1.3" '
            'marker-end="url(#tip)"/>'
        )

    def box(self, box: Box, most: int) -> str:
        x, y = self._place(box.rank, box.lane)
        cost = sum(node.multiply_adds for node in box.nodes)
        bar = round((_WIDTH - 2) * cost / most) if most else 0
        after = ", ".join(_word(node) for node in box.nodes[1:])
        size = by(box.nodes[-1].size)
        lines = [
            f"<g><title>{escape(_tooltip(box))}</title>",
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" '
            f'fill="{_COLOURS[box.node.kind]}" stroke="#666"/>',
            f'<text x="{x + 8}" y="{y + 16}" font-weight="bold">'
            f"{escape(_end(box.node.name, (_WIDTH - 22 - 7 * len(size)) // 7))}</text>",
            f'<text x="{x + _WIDTH - 8}" y="{y + 16}" text-anchor="end">{size}</text>',
            f'<text x="{x + 8}" y="{y + 31}">{escape(_start(_what(box.node), 34))}</text>',
        ]
        if after:
            lines.append(
                f'<text x="{x + 8}" y="{y + 45}" fill="#444" font-size="11">'
                f"{escape(_start('+ ' + after, 38))}</text>"
            )
        if bar:
            lines.append(
                f'<rect x="{x + 1}" y="{y + _HEIGHT - 4}" width="{bar}" height="3" fill="#0072b2"/>'
            )
        return "".join([*lines, "</g>"])


def _word(node: Node) -> str:
    return node.operation.replace("_", " ")


def _what(node: Node) -> str:
    """The operation and its window: `conv2d 3x3 pad 1`, `avg pool2d global`."""
    word = _word(node)
    if node.kind is not Kind.POOLING:
        return f"{word} {window_label(node.windows)}".rstrip()
    word = word.removeprefix("adaptive ")
    everywhere = all(size == 1 for size in node.size[1:])
    return f"{word} global" if everywhere else f"{word} {window_label(node.windows)}".rstrip()


def _end(path: str, most: int) -> str:
    """A path, its beginning left out where it is too long: its end says more."""
    return path if len(path) <= most else "…" + path[1 - most :]


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _tooltip(box: Box) -> str:
    lines = []
    for node in box.nodes:
        seen = node.sight.sizes_seen
        facts = [f"{node.name}: {_word(node)}", window_label(node.windows), by(node.size)]
        if node.sight.everything:
            facts.append(f"sees everything since {node.sight.everything}")
        elif seen and None not in seen:
            facts.append(f"sees {by(seen)}")
        facts += [f"{node.weights:,} parameters"] if node.weights else []
        facts += [f"{node.multiply_adds:,} multiply-adds"] if node.multiply_adds else []
        lines.append(", ".join(fact for fact in facts if fact))
    return "\n".join(lines)
