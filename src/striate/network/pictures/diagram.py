"""A network's diagram as SVG."""

from xml.sax.saxutils import escape

from striate.network.diagram import Box, Diagram, Line, lay_out
from striate.network.graph import Graph
from striate.network.kind import Kind
from striate.network.labels import by, window_label
from striate.network.node import Node

_WIDTH, _HEIGHT = 208, 52
_ACROSS, _NARROW, _DOWN = 236, 24, 76
_MARGIN, _BETWEEN_COLUMNS = 28, 56
_TITLE = 60

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
        self._middles: list[dict[int, int]] = []
        self._gutters: list[int] = []
        left = _MARGIN
        for column in diagram.columns:
            self._gutters.append(left - _BETWEEN_COLUMNS // 2)
            middles = {}
            for lane in column.lanes:
                width = _NARROW if lane in column.narrow else _ACROSS
                middles[lane] = left + width // 2
                left += width
            self._middles.append(middles)
            left += _BETWEEN_COLUMNS
        self._right = left - _BETWEEN_COLUMNS + _MARGIN

    @property
    def size(self) -> tuple[int, int]:
        tallest = max(1 + column.last - column.first for column in self.diagram.columns)
        return max(self._right, 320), _TITLE + tallest * _DOWN + _MARGIN

    def _column(self, box: Box) -> int:
        columns = enumerate(self.diagram.columns)
        return next(i for i, column in columns if column.first <= box.rank <= column.last)

    def _place(self, box: Box) -> tuple[int, int]:
        """The middle of a box's upper side."""
        column = self._column(box)
        down = box.rank - self.diagram.columns[column].first
        return self._middles[column][box.lane], _TITLE + down * _DOWN

    def line(self, line: Line) -> str:
        start, end = self.diagram.boxes[line.start], self.diagram.boxes[line.end]
        (x0, y0), (x1, y1) = self._place(start), self._place(end)
        y0 += _HEIGHT
        gap = _DOWN - _HEIGHT
        column = self._column(end)
        if column != self._column(start):
            path = f"M{x0} {y0} v{gap // 2} H{self._gutters[column]} V{y1 - gap // 2} H{x1} V{y1}"
        elif line.lane is None:
            path = f"M{x0} {y0} {_curve(x0, y0, x1, y1)}"
        else:
            x = self._middles[column][line.lane]
            low, high = y0 + gap, y1 - gap
            path = f"M{x0} {y0} {_curve(x0, y0, x, low)} V{high} {_curve(x, high, x1, y1)}"
        return (
            f'<path d="{path}" fill="none" stroke="#555" stroke-width="1.3" '
            'marker-end="url(#tip)"/>'
        )

    def box(self, box: Box, most: int) -> str:
        middle, y = self._place(box)
        x = middle - _WIDTH // 2
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


def _curve(x0: int, y0: int, x1: int, y1: int) -> str:
    """From one point to another, downwards at both ends."""
    middle = (y0 + y1) // 2
    return f"V{y1}" if x0 == x1 else f"C{x0} {middle} {x1} {middle} {x1} {y1}"


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
    return path if len(path) <= most else "…" + path[1 - most :].lstrip(".")


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
