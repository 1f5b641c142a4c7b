"""Every number of the lectures' worked examples, through the product's public functions.

An entry is read through a `Read`, which remembers what was asked of it: an entry or a key that no
test has used fails.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import torch

from striate.geometry import (
    Window,
    conv_size,
    convolution_cost,
    fitting_paddings,
    flatten_size,
    linear_cost,
    pool_size,
    receptive_field,
    resolve_padding,
    size_formula,
)
from striate.layers import convolution, correlate
from striate.layers.pooling import (
    POOLINGS,
    AveragePool,
    FractionalMaxPool,
    GaussianL2Pool,
    LpPool,
    MaxPool,
    MixedPool,
    SpectralPool,
    StochasticPool,
    TopLeftPool,
)

ABOUT = {"deck"}  # who said it: nothing to check
ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Read(Mapping[str, Any]):
    """An entry that remembers which of its keys were read."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = {k: Read(v) if isinstance(v, dict) else v for k, v in entry.items()}
        self._unread = set(entry) - ABOUT

    def __getitem__(self, key: str) -> Any:
        value = self._entry[key]
        self._unread.discard(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._entry)

    def __len__(self) -> int:
        return len(self._entry)

    def __contains__(self, key: object) -> bool:
        return key in self._entry

    def unread(self) -> set[str]:
        inner = {
            f"{key}.{name}"
            for key, value in self._entry.items()
            if isinstance(value, Read)
            for name in value.unread()
        }
        return self._unread | inner


def worth(formula: str, **names: int) -> Fraction:
    """What a formula of the lectures comes to: whole numbers, names, + - * / and brackets."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int)
            return Fraction(node.value)
        if isinstance(node, ast.Name):
            return Fraction(names[node.id])
        assert isinstance(node, ast.BinOp)
        found: Fraction = ARITHMETIC[type(node.op)](value(node.left), value(node.right))
        return found

    return value(ast.parse(formula, mode="eval").body)


def whole(number: Fraction) -> int:
    assert number.denominator == 1
    return int(number)


def squeezed(text: str) -> str:
    return text.replace(" ", "")


def parameters_of(layer: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def check_flatten(entry: Read) -> None:
    shape = entry["shape"]
    assert flatten_size(shape) == entry["features"]
    assert torch.nn.Flatten()(torch.zeros(1, *shape)).shape == (1, entry["features"])


def check_window_fit(entry: Read) -> None:
    if "chain" in entry:
        check_chain(entry)
    elif "same_padding" in entry:
        for kernel, padding in entry["same_padding"].items():
            side, size = int(padding), int(kernel)
            assert resolve_padding("same", size, 1, 1) == ((side, side),)
            assert conv_size((11,), size, 1, side) == (11,)
            assert list(fitting_paddings(11, size, output=11)) == [side]
    elif "formula_per_axis" in entry:
        check_formula_per_axis(entry["formula_per_axis"])
    else:
        check_one_window(entry)


def check_chain(entry: Read) -> None:
    found = re.fullmatch(r"(\d+)x\1 filters, stride (\d+), no padding", entry["chain"])
    assert found is not None
    kernel, stride = map(int, found.groups())
    sizes = entry["sizes"]
    for before, after in pairwise(sizes):
        assert conv_size((before, before), kernel, stride) == (after, after)
    filters = [convolution(2, 1, 1, kernel, stride) for _ in sizes[1:]]
    y = torch.nn.Sequential(*filters)(torch.zeros(1, 1, sizes[0], sizes[0]))
    assert y.shape[2:] == (sizes[-1], sizes[-1])


def check_formula_per_axis(text: str) -> None:
    """The formula written there, with numbers in it, is the formula that geometry writes."""
    for axis, formula in zip("WH", text.split(", "), strict=True):
        left, right = formula.split(" = ")
        assert left == f"{axis}2"
        for n, kernel, stride, padding in (
            (7, 3, 2, 1),
            (32, 5, 1, 2),
            (11, 4, 7, 7),
            (224, 8, 4, 0),
        ):
            numbers = right.replace(f"2 P_{axis}", f"2*{padding}").replace(f"{axis}1", str(n))
            numbers = numbers.replace(f"K_{axis}", str(kernel)).replace(f"S_{axis}", str(stride))
            size = (n, 50) if axis == "H" else (50, n)
            output = conv_size(size, kernel, stride, padding)["HW".index(axis)]
            assert worth(numbers) == output
            if padding:
                window = Window(kernel, stride, padding, padding)
                assert size_formula(window, n) == f"{numbers} = {output}"


def check_one_window(entry: Read) -> None:
    n, kernel, stride, padding = (entry[k] for k in ("input", "kernel", "stride", "padding"))
    window = Window(kernel, stride, padding, padding)
    fit = window.fit(n)
    if entry["output"] is None:
        left, right = entry["exact"].split(": ")
        formula, value = left.split(" = ")
        assert right == "does not fit"
        assert not fit.fits
        assert fit.exact == worth(formula)
        assert f"{float(fit.exact):.3f}" == value
        assert squeezed(size_formula(window, n)).startswith(squeezed(left) + ",")
        return
    assert fit.fits
    assert fit.output == fit.exact == entry["output"]
    assert conv_size((n, n), kernel, stride, padding) == (entry["output"],) * 2
    if "question" in entry:
        found = re.fullmatch(r"which padding makes a (\d+)x\1 output\? (\d+)", entry["question"])
        assert found is not None
        output, answer = map(int, found.groups())
        assert output == entry["output"]
        assert answer == padding
        assert list(fitting_paddings(n, kernel, stride, output=output)) == [answer]
    if "parameters" in entry:
        channels, filters = entry["channels_in"], entry["filters"]
        cost = convolution_cost(channels, filters, (kernel,) * 2, (entry["output"],) * 2)
        layer = convolution(2, channels, filters, kernel, stride, padding=padding)
        assert cost.parameters == parameters_of(layer) == entry["parameters"]
        assert layer(torch.zeros(1, channels, n, n)).shape == (1, filters, *(entry["output"],) * 2)


def check_receptive_field(entry: Read) -> None:
    said, formula = entry["rule"].split(": ")
    assert said == "L stacked convolutions of size K, stride 1"
    for layers in (1, 2, 3, 8):
        for kernel in (1, 3, 5):
            field = receptive_field([Window(kernel)] * layers)
            assert field.size == worth(formula, L=layers, K=kernel)


def check_parameters(entry: Read) -> None:
    if "shared_weights" in entry:
        output, kernel = tuple(entry["feature_map"]), tuple(entry["kernel"])
        channels = entry["channels_in"]
        layer = convolution(2, channels, 1, kernel)
        assert parameters_of(layer) == entry["shared_weights"]
        assert convolution_cost(channels, 1, kernel, output).parameters == entry["shared_weights"]
        size = tuple(n + k - 1 for n, k in zip(output, kernel, strict=True))
        feature_map = layer(torch.zeros(1, channels, *size))[0, 0]
        assert tuple(feature_map.shape) == output
        assert flatten_size(output) == feature_map.numel() == entry["neurons"]
    elif "conv1d_kernel" in entry:
        kernel, bias = entry["conv1d_kernel"], entry["bias"]
        assert convolution_cost(1, 1, (kernel,), (8,), bias=bias).parameters == entry["weights"]
        assert parameters_of(convolution(1, 1, 1, kernel, bias=bias)) == entry["weights"]
    elif "fully_connected" in entry:
        (inputs, outputs), bias = entry["fully_connected"], entry["bias"]
        assert linear_cost(inputs, outputs, bias=bias).parameters == entry["weights"]
        assert parameters_of(torch.nn.Linear(inputs, outputs, bias=bias)) == entry["weights"]
    elif "alexnet_first_layer" in entry:
        first = entry["alexnet_first_layer"]
        channels, *kernel = first["kernel"]
        layer = convolution(2, channels, first["filters"], kernel, 4, padding=2)
        assert tuple(layer.weight.shape) == (first["filters"], *first["kernel"])
        cost = convolution_cost(channels, first["filters"], kernel, (55, 55))
        assert cost.parameters == parameters_of(layer) == 23_296  # as published by torchvision
    else:
        *kernel, channels = entry["kernel"]
        filters, bias = entry["filters"], entry["bias"]
        cost = convolution_cost(channels, filters, kernel, (32, 32), bias=bias)
        layer = convolution(2, channels, filters, kernel, bias=bias)
        assert cost.parameters == parameters_of(layer) == entry["weights"]


def check_correlation_1d(entry: Read) -> None:
    y = correlate(entry["signal"], entry["filter"])
    assert y.tolist() == entry["output"]
    assert y.relu().tolist() == entry["relu"]
    check_layer(1, entry["signal"], entry["filter"], 0, entry["output"])


def check_correlation_2d(entry: Read) -> None:
    image, kernel, padding = entry["image"], entry["filter"], entry["padding"]
    y = correlate(image, kernel, padding=padding)
    assert y.tolist() == entry["output"]
    check_layer(2, image, kernel, padding, entry["output"])
    if "relu" in entry:
        assert y.relu().tolist() == entry["relu"]


def check_layer(axes: int, x: Any, kernel: Any, padding: int, output: Any) -> None:
    """A convolution layer with the lecture's filter gives the lecture's output."""
    weight = torch.tensor(kernel, dtype=torch.float32)[None, None]
    layer = convolution(axes, 1, 1, weight.shape[2:], padding=padding, bias=False)
    with torch.no_grad():
        layer.weight.copy_(weight)
        y = layer(torch.tensor(x, dtype=torch.float32)[None, None])
    assert y[0, 0].tolist() == output


def check_pooling(entry: Read) -> None:
    kind, size, stride = entry["kind"], entry["size"], entry["stride"]
    if kind == "any":
        check_any_pooling(size, stride, entry["shape"])
        return
    pools: dict[str, type[torch.nn.Module]] = {"max": MaxPool, "average": AveragePool}
    pool = pools[kind](size, stride)
    x = torch.tensor(entry["input"], dtype=torch.float32)[None, None]
    assert pool(x)[0, 0].tolist() == entry["output"]
    assert pool_size(x.shape[2:], size, stride) == pool(x).shape[2:]


def check_any_pooling(size: str, stride: str, shape: str) -> None:
    sizes, end = shape.split("; ")
    assert end == "no parameters"
    formulas = dict(side.split(" = ") for side in sizes.split(", "))
    assert formulas.pop("D2") == "D1"
    windowed = set(POOLINGS) - {"fractionalpool", "spectralpool"}  # these are told the size
    for width, height, depth, window, step in ((8, 6, 3, 2, 2), (7, 9, 1, 3, 1), (10, 7, 2, 4, 3)):
        numbers = {"W1": width, "H1": height, size: window, stride: step}
        w2, h2 = (whole(worth(formulas[side], **numbers)) for side in ("W2", "H2"))
        assert pool_size((height, width), window, step) == (h2, w2)
        for name in windowed:
            pool = POOLINGS[name](window, step)
            assert pool(torch.rand(1, depth, height, width)).shape == (1, depth, h2, w2)
            assert parameters_of(pool) == 0


def one_window(pool: torch.nn.Module, x: torch.Tensor) -> float:
    return float(pool(x[None, None])[0, 0, 0, 0])


def gaussian(x: torch.Tensor) -> None:
    """y = sqrt(sum_j w_j x_j^2), w a Gaussian window over the pooling region."""
    sigma = 0.8
    total = weights = 0.0
    for row in range(3):
        for column in range(3):
            w = math.exp(-((row - 1) ** 2 + (column - 1) ** 2) / (2 * sigma**2))
            total, weights = total + w * float(x[row, column]) ** 2, weights + w
    y = one_window(GaussianL2Pool(3, sigma=sigma), x)
    assert y == pytest.approx(math.sqrt(total / weights))


def lp(x: torch.Tensor) -> None:
    """y = (sum_j w_j x_j^p)^(1/p)."""
    w = torch.linspace(0.1, 0.9, 9).reshape(3, 3)
    for p in (1, 1.5, 2, 3, 7):
        plain, weighted = LpPool(3, p=p), LpPool(3, p=p, weights=w)
        assert one_window(plain, x) == pytest.approx(float((x**p).sum() ** (1 / p)))
        assert one_window(weighted, x) == pytest.approx(float((w * x**p).sum() ** (1 / p)))


def mixed(x: torch.Tensor) -> None:
    """y = a max(x) + (1-a) mean(x)."""
    for a in (0.0, 0.3, 1.0):
        expected = a * float(x.max()) + (1 - a) * float(x.mean())
        assert one_window(MixedPool(3, a=a), x) == pytest.approx(expected)


def stochastic(x: torch.Tensor) -> None:
    """Training: one of the values, by chances p_j = x_j / sum(x); testing: sum_j p_j x_j."""
    p = x / x.sum()
    assert one_window(StochasticPool(3).eval(), x) == pytest.approx(float((p * x).sum()))
    draws = 4000
    pool = StochasticPool(3, generator=torch.Generator().manual_seed(0)).train()
    drawn = pool(x.expand(1, draws, 3, 3)).flatten()
    counts = torch.stack([(drawn == value).sum() for value in x.flatten()])
    assert counts.sum() == draws
    # Five standard deviations of a count; the exact test of the chances is the pooling's own.
    expected = draws * p.flatten()
    assert ((counts - expected).abs() <= 5 * (expected * (1 - p.flatten())).sqrt()).all()


def spectral(x: torch.Tensor) -> None:
    """Crop the centred Fourier transform to H x W, transform back."""
    large = torch.rand(9, 7, dtype=torch.float64)
    centred = torch.fft.fftshift(torch.fft.fft2(large))[2:-2, 2:-2]
    back = torch.fft.ifft2(torch.fft.ifftshift(centred)).real * (5 * 3) / (9 * 7)
    torch.testing.assert_close(SpectralPool(output_size=(5, 3))(large[None, None])[0, 0], back)


def fractional(x: torch.Tensor) -> None:
    """Regions of size 1 or 2, or overlapping: the size shrinks by a factor between 1 and 2."""
    rising = torch.arange(1.0, 26.0)[None, None]
    for ratio in (1.25, 1.5, 1.9):
        pool = FractionalMaxPool(ratio=ratio, mode="random").train()
        y = pool(rising)[0, 0]
        assert len(y) == int(25 / ratio)
        # On rising values the maximum is the last of its region, so the steps are the sizes.
        assert set(torch.diff(y, prepend=torch.zeros(1)).tolist()) <= {1.0, 2.0}
        lapping = FractionalMaxPool(ratio=ratio, mode="random", overlapping=True).train()
        assert set(torch.diff(lapping(rising)[0, 0]).tolist()) <= {1.0, 2.0}


def top_left(x: torch.Tensor) -> None:
    """Keep the top-left value of each region (plain downsampling)."""
    assert one_window(TopLeftPool(3), x) == float(x[0, 0])
    large = torch.rand(1, 1, 6, 9)
    assert torch.equal(TopLeftPool(3)(large), large[..., ::3, ::3])


# What each formula says, as it is written there; the functions check what they quote.
FORMULAS: dict[str, tuple[str, Callable[[torch.Tensor], None]]] = {
    "L2, Gaussian window": (
        "y = sqrt(sum_j w_j x_j^2), w a Gaussian window over the pooling region",
        gaussian,
    ),
    "Lp": ("y = (sum_j w_j x_j^p)^(1/p)", lp),
    "mixed": ("y = a max(x) + (1-a) mean(x)", mixed),
    "stochastic": (
        "training: y = x_l with l drawn with probability p_j = x_j / sum(x) (activations are not "
        "negative); testing: sum_j p_j x_j (Zeiler and Fergus 2013)",
        stochastic,
    ),
    "spectral": (
        "crop the centred Fourier transform to H x W, transform back (Rippel, Snoek and Adams "
        "2015)",
        spectral,
    ),
    "fractional max": (
        "regions of size 1 or 2 (or overlapping) drawn at random so that the size shrinks by a "
        "factor between 1 and 2 (Graham 2014)",
        fractional,
    ),
    "top-left": ("keep the top-left value of each region (plain downsampling)", top_left),
}


def check_pooling_formulas(entry: Read) -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 3) + 0.1
    for name, (text, check) in FORMULAS.items():
        assert entry[name] == text
        check(x)


def check_shapes(entry: Read) -> None:
    """Numbers, or names that stand for any numbers; H' is what the window makes of H."""
    numbers = {"N": 4, "C_in": 2, "C_out": 5, "H": 9, "W": 11, "K_h": 3, "K_w": 4}
    numbers["H'"], numbers["W'"] = 9 - 3 + 1, 11 - 4 + 1
    x, filters, output = (
        tuple(numbers[n] if isinstance(n, str) else n for n in entry[key])
        for key in ("input", "filters", "output")
    )
    layer = convolution(2, x[1], filters[0], filters[2:])
    assert tuple(layer.weight.shape) == filters
    assert layer.bias is not None
    if "bias" in entry:
        assert list(layer.bias.shape) == entry["bias"]
    assert tuple(layer(torch.zeros(x)).shape) == output
    assert (*x[:1], filters[0], *conv_size(x[2:], filters[2:])) == output
    assert correlate(torch.zeros(x), torch.zeros(filters)).shape == output


CHECKS: dict[str, Callable[[Read], None]] = {
    "flatten": check_flatten,
    "window_fit": check_window_fit,
    "receptive_field": check_receptive_field,
    "parameters": check_parameters,
    "correlation_1d": check_correlation_1d,
    "correlation_2d": check_correlation_2d,
    "pooling": check_pooling,
    "pooling_formulas": check_pooling_formulas,
    "shapes": check_shapes,
}


@pytest.mark.parametrize("section", CHECKS)
def test_every_entry_holds(section: str, worked_examples: dict[str, Any]) -> None:
    content = worked_examples[section]
    entries = content if isinstance(content, list) else [content]
    assert entries
    for number, entry in enumerate(entries):
        read = Read(entry)
        CHECKS[section](read)
        assert not read.unread(), f"{section}[{number}] has keys that nothing checked"


def test_no_section_is_left_out(worked_examples: dict[str, Any]) -> None:
    assert set(worked_examples) - {"about"} == set(CHECKS)


def test_a_key_that_nothing_reads_is_found() -> None:
    read = Read({"deck": "Baek", "shape": [2, 2], "features": 4, "volume": 4, "more": {"a": 1}})
    check_flatten(read)
    assert read.unread() == {"volume", "more", "more.a"}


def test_a_number_that_does_not_hold_is_found() -> None:
    with pytest.raises(AssertionError):
        check_flatten(Read({"shape": [2, 2], "features": 5}))
    with pytest.raises(AssertionError):
        check_window_fit(Read({"input": 7, "kernel": 3, "stride": 2, "padding": 0, "output": 4}))
