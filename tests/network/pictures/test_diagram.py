"""The drawn diagram, read back from its SVG: boxes, texts, and where the lines run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest
import torch
from tests.random_texts import Writer
from torch import Tensor, nn

from striate.network import Network
from striate.network.pictures.diagram import diagram_svg

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]

SPLIT = """\
input 3x16x16
conv 8 3x3 stride 2 pad 1
batchnorm
relu
parallel
  branch
    conv 4 1x1
  branch
    maxpool 3x3 stride 1 pad 1
    conv 4 1x1
    conv 4 3x3 pad 1
avgpool global
flatten
linear 5
"""


@dataclass(frozen=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, point: Point, within: float) -> bool:
        x, y = point
        return (
            self.left + within < x < self.right - within
            and self.top + within < y < self.bottom - within
        )


def drawn(network: Network) -> ElementTree.Element:
    return ElementTree.fromstring(diagram_svg(network.graph, network.name))


def rectangle(element: ElementTree.Element) -> Rectangle:
    x, y, width, height = (float(element.attrib[key]) for key in ("x", "y", "width", "height"))
    return Rectangle(x, y, x + width, y + height)


def boxes(picture: ElementTree.Element) -> list[Rectangle]:
    return [rectangle(group[1]) for group in picture.iter(f"{SVG}g")]


def points(path: str) -> Iterator[Point]:
    """Points along a path of moves, horizontal and vertical lines and cubic curves."""
    x = y = 0.0
    steps = [i / 24 for i in range(1, 25)]
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", text)]
        if command == "M":
            x, y = numbers
            yield x, y
            continue
        if command == "C":
            (x1, y1, x2, y2, x3, y3) = numbers
        else:
            (to,) = numbers
            x3, y3 = {"H": (to, y), "V": (x, to), "v": (x, y + to)}[command]
            x1, y1, x2, y2 = x, y, x3, y3
        for t in steps:
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield a * x + b * x1 + c * x2 + d * x3, a * y + b * y1 + c * y2 + d * y3
        x, y = x3, y3


def check_drawing(network: Network) -> None:
    picture = drawn(network)
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    inside = Rectangle(0, 0, width, height)
    found = boxes(picture)
    for number, one in enumerate(found):
        assert all(inside.holds(corner, 0) for corner in corners(one)), "inside the picture"
        for other in found[:number]:
            apart = (
                one.right < other.left
                or other.right < one.left
                or one.bottom < other.top
                or other.bottom < one.top
            )
            assert apart, "boxes do not overlap"
    lines = [path.attrib["d"] for path in picture.findall(f"{SVG}path")]
    for line in lines:
        way = list(points(line))
        assert all(inside.holds(point, 0) for point in way)
        assert not any(box.holds(point, 0.5) for point in way for box in found), line
        assert any(box.bottom == way[0][1] and box.left < way[0][0] < box.right for box in found)
        assert any(box.top == way[-1][1] and box.left < way[-1][0] < box.right for box in found)


def corners(box: Rectangle) -> Iterator[Point]:
    return ((x, y) for x in (box.left, box.right) for y in (box.top, box.bottom))


def test_what_a_box_says() -> None:
    network = Network(SPLIT)
    picture = drawn(network)
    said = [[text.text for text in group.iter(f"{SVG}text")] for group in picture.iter(f"{SVG}g")]
    assert said[1] == ["conv1", "8x8x8", "conv2d 3x3 stride 2 pad 1", "+ batch norm, relu"]
    assert said[-3] == ["pool1", "8x1x1", "avg pool2d global"]
    groups = list(picture.iter(f"{SVG}g"))
    pointed = groups[1].findtext(f"{SVG}title")
    assert pointed is not None
    assert pointed.splitlines() == [
        "conv1: conv2d, 3x3 stride 2 pad 1, 8x8x8, sees 3x3, 224 parameters, 13,824 multiply-adds",
        "norm1: batch norm, 8x8x8, sees 3x3, 16 parameters",
        "relu1: relu, 8x8x8, sees 3x3",
    ]
    last = groups[-1].findtext(f"{SVG}title")
    assert last is not None
    assert "sees everything since pool1" in last


def test_the_bar_is_the_share_of_the_multiply_adds() -> None:
    network = Network(SPLIT)
    bars = {}
    for group in drawn(network).iter(f"{SVG}g"):
        box, *bar = map(rectangle, group.iter(f"{SVG}rect"))
        title = group.findtext(f"{SVG}title")
        assert title is not None
        name = title.partition(":")[0]
        bars[name] = (bar[0].right - bar[0].left) / (box.right - box.left - 2) if bar else 0.0
    most = max(row.multiply_adds for row in network.table().rows)
    for row in network.table().rows:
        if row.layer in bars:
            assert bars[row.layer] == pytest.approx(row.multiply_adds / most, abs=0.5 / 206)
    assert bars["conv1"] == 1


@pytest.mark.parametrize("name", ["resnet18", "inception_v3"])
def test_no_line_passes_through_a_box(name: str) -> None:
    check_drawing(Network(name))


def test_no_line_passes_through_a_box_of_random_networks() -> None:
    for seed in range(3000, 3015):
        check_drawing(Network(Writer(seed).text()))


def test_a_long_network_of_blocks_in_several_columns() -> None:
    block = "residual\n" + "  conv 2 3x3 pad same\n" * 4
    check_drawing(Network("input 2x8x8\n" + block * 14))


class Odd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({'<&>"': nn.Conv2d(1, 1, 1), "x" * 60: nn.ReLU()})

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        first, second = self.parts.values()
        z: Tensor = second(first(x) + y)
        return z


def test_names_are_escaped_and_shortened_from_the_left() -> None:
    network = Network(Odd(), (torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)))
    network.name = "<&> ]]>"
    picture = drawn(network)
    assert picture.findtext(f"{SVG}title") == "<&> ]]>"
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert 'parts.<&>"' in texts
    check_drawing(network)


def test_a_long_path_keeps_its_end() -> None:
    module = nn.Sequential()
    module.add_module("a_stage_of_many", nn.Sequential())
    stage = module.get_submodule("a_stage_of_many")
    stage.add_module("convolution", nn.Conv2d(1, 1, 1))
    picture = drawn(Network(module, (1, 100, 100)))
    texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
    assert "…many.convolution" in texts
