"""What does not fit and what cannot be captured: each says what, where and what would work."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from striate.errors import DataError, NetworkError
from striate.network import Network

NETWORK = "input 3x16x16\nconv 4 3x3\nrelu\nflatten\nlinear 5\n"


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(NETWORK)


def floats(*shape: int) -> Tensor:
    return torch.rand(shape)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (floats(16, 16), r"\(16, 16\).*takes \(N, 3, 16, 16\)"),
        (floats(1, 1, 3, 16, 16), r"takes \(N, 3, 16, 16\)"),
        (floats(1, 1, 16, 16), r"1 channels.*takes \(N, 3, 16, 16\)"),
        (floats(1, 16, 16, 3), r"16 channels.*takes \(N, 3, 16, 16\)"),
        (floats(1, 3, 1, 1), r"\(1, 3, 1, 1\).*takes \(N, 3, 16, 16\)"),
        (floats(1, 3, 20, 16), r"\(1, 3, 20, 16\).*takes \(N, 3, 16, 16\)"),
        (floats(0, 3, 16, 16), "holds nothing"),
        (torch.ones(1, 3, 16, 16, dtype=torch.complex64), "complex64"),
        (torch.ones(1, 3, 16, 16, dtype=torch.bool), "bool"),
        ([], "empty list"),
        ({"x": 1}, "dict"),
        (None, "NoneType"),
    ],
)
def test_an_input_that_does_not_fit(network: Network, given: Tensor, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        network.trace(given)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite(network: Network, value: float) -> None:
    x = floats(2, 3, 16, 16)
    x[1, 2, 3, 4] = value
    with pytest.raises(NetworkError, match=r"1 values.*not finite.*\(1, 2, 3, 4\)"):
        network.trace(x)


def test_whole_numbers_become_the_networks_own_type(network: Network) -> None:
    x = torch.randint(0, 5, (1, 3, 16, 16))
    assert torch.equal(network.trace(x).output, network.trace(x.float()).output)


@pytest.mark.parametrize("type_", [">f4", "<f8", "longdouble", ">i2", "int64"])
def test_an_array_of_any_type_of_numbers(network: Network, type_: str) -> None:
    x = np.arange(3 * 16 * 16).reshape(1, 3, 16, 16)
    given = x.astype(type_)[:, :, ::-1]
    assert np.array_equal(network.trace(given).input.numpy(), x[:, :, ::-1])


@pytest.mark.parametrize("type_", ["U3", "datetime64[s]", [("a", "f4")], object])
def test_an_array_of_no_numbers(network: Network, type_: object) -> None:
    given = np.zeros((1, 3, 16, 16), np.dtype(type_))  # type: ignore[call-overload]
    with pytest.raises(NetworkError, match=r"type .* is no input; give an array of floats"):
        network.trace(given)


def test_an_array_that_changes_later(network: Network) -> None:
    given = np.ones((1, 3, 16, 16), np.float32)
    trace = network.trace(given)
    given[:] = 0
    assert bool((trace.input == 1).all())


def test_torchs_own_log_stays_silent(network: Network, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NetworkError, match=r"\(1, 3, 20, 20\)"):
        network.trace(floats(1, 3, 20, 20))
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_a_picture_of_one_pixel(network: Network, tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (255, 0, 0)).save(tmp_path / "dot.png")
    trace = network.trace(tmp_path / "dot.png")
    assert trace.input.shape == (1, 3, 16, 16)
    assert (trace.input[0, 0] == 1).all()


def test_a_picture_of_many_pixels(network: Network, tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(DataError, match=r"huge\.png has more than the 67,108,864 pixels"):
        network.trace(tmp_path / "huge.png")
    Image.new("L", (20_000, 2)).save(tmp_path / "long.png")
    assert network.trace(tmp_path / "long.png").input.shape == (1, 3, 16, 16)


def test_what_is_no_picture(network: Network, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(DataError, match=r"notes\.png"):
        network.trace(tmp_path / "notes.png")
    with pytest.raises(DataError, match="does not exist"):
        network.trace(tmp_path / "absent.png")


def test_more_than_memory_holds_is_refused_before_it_is_touched() -> None:
    module = nn.Sequential(nn.Conv2d(1, 64, 3), nn.ReLU())
    network = Network(module, (1, 32, 32))
    x = torch.zeros(1, 1, 1, 1).expand(1, 1, 30_000, 30_000)
    with pytest.raises(NetworkError, match=r"1x1x30000x30000 makes 8\d\d\.\d GiB"):
        network.trace(x.as_strided((1, 1, 30_000, 30_000), (0, 0, 0, 0)))


class Chooses(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x * 2
        return x


class Counts(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        for _ in range(int(x.max())):
            x = x + 1
        return x


class Moves(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to("meta") + x


class Breaks(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise KeyError(f"left out of {x.shape}")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            Chooses(),
            r"decides by the values.*test_bad_input.py, line \d+: `if x.sum\(\) > 0:`.*torch.where",
        ),
        (Counts(), r"decides by the values.*test_bad_input.py, line \d+: `for _ in range"),
        (Moves(), r"moves tensors between devices.*test_bad_input.py"),
        (
            Breaks(),
            r"does not run on an input of shape \(1, 3, 8, 8\).*test_bad_input.py.*left out",
        ),
    ],
)
def test_a_module_that_cannot_be_captured(module: nn.Module, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(nn.Sequential(nn.Conv2d(3, 3, 1), module), (3, 8, 8))


def test_a_layer_that_does_not_fit_is_named_by_its_line() -> None:
    module = nn.Sequential(nn.Conv2d(3, 3, 3), nn.Flatten(), nn.Linear(10, 2))
    with pytest.raises(NetworkError, match=r"does not run on an input of shape \(1, 3, 8, 8\)"):
        Network(module, (3, 8, 8))


@pytest.mark.filterwarnings("ignore")  # torch's own, of what it means to drop
def test_torchscript_and_quantised_modules() -> None:
    module = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU()).eval()
    scripted = torch.jit.trace(module, floats(1, 3, 8, 8))  # type: ignore[no-untyped-call]
    with pytest.raises(NetworkError, match=r"TorchScript.*give the nn.Module"):
        Network(scripted, (3, 8, 8))
    with pytest.raises(NetworkError, match="TorchScript"):
        Network(torch.jit.freeze(scripted), (3, 8, 8))
    linear = nn.Sequential(nn.Linear(4, 2))
    quantised = torch.ao.quantization.quantize_dynamic(linear)  # type: ignore[no-untyped-call]
    with pytest.raises(NetworkError, match=r"0 is quantised"):
        Network(quantised, (4,))


def test_weights_that_do_not_learn_are_no_matter() -> None:
    module = nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU()).requires_grad_(requires_grad=False)
    trace = Network(module, (3, 8, 8)).trace(floats(1, 3, 8, 8), gradients=True)
    assert trace.gradients(trace.output[0, 0, 0, 0])["input"].shape == (1, 3, 8, 8)


def test_weights_on_several_devices() -> None:
    module = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1, device="meta"))
    with pytest.raises(NetworkError, match=r"several devices \(cpu, meta\)"):
        Network(module, (3, 8, 8))


@pytest.mark.parametrize(
    ("source", "example", "message"),
    [
        ("resnet19", None, "no file, no run folder, no recipe.*no named network"),
        ("timm:resnet19", None, "timm has no model 'resnet19'"),
        (nn.ReLU(), None, r"give an example"),
        (nn.ReLU(), (3, 0, 4), "whole numbers from 1"),
        (nn.ReLU(), (3.5, 4), "whole numbers from 1"),
        (nn.ReLU(), (3, 10**30, 1), "fits in no memory"),
        ("x" * 5000, None, r"x{59}\.\.\. names no network: File name too long"),
        ("", None, "'' is no file"),
        ("../../resnet18", None, "'../../resnet18' is no file"),
        ("/nowhere/resnet18", None, "'/nowhere/resnet18' is no file"),
        (nn.ReLU(), (), "whole numbers from 1"),
        (nn.ReLU(), 5, r"the number 5 alone is no example: .* is \(5,\), an image's"),
    ],
)
def test_a_source_that_is_none(source: object, example: object, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(source, example)  # type: ignore[arg-type]


class Reads(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * x.mean().item()


class Picks(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0]


class Maps(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        mapped: Tensor = torch.vmap(torch.tanh)(x)
        return mapped


class Thins(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to_sparse()


class Casts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            result: Tensor = self.conv(x)
        return result


class Asks(nn.Module):
    def forward(self, x: Tensor, *, scale: float) -> Tensor:
        return x * scale


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Reads(), r"takes a number out of a tensor at .*test_bad_input.py, line \d+: .*item\(\)"),
        (Picks(), r"size of a tensor depends on the values .*x\[x > 0\]"),
        (Maps(), r"uses torch.vmap .*test_bad_input.py"),
        (Thins(), r"layout torch.sparse_coo .*to_sparse"),
        (Casts(), r"torch.autocast inside its forward; leave that to the caller"),
        (Asks(), r"does not run on an input of shape \(1, 3, 8, 8\): missing .*'scale'"),
        (nn.Sequential(nn.LazyConv2d(4, 3)), r"0 \(LazyConv2d\) takes its sizes from the first"),
        (nn.Identity, r"an instance, not its class.*Identity"),
        (None, r"an nn.Module .*, not None"),
    ],
)
def test_what_no_graph_has(module: nn.Module, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(module, (3, 8, 8))


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (floats(0, 3, 8, 8), r"an example of shape \(0, 3, 8, 8\) holds nothing"),
        (np.zeros((1, 3, 8, 8)), r"not an array \(1, 3, 8, 8\) of numpy's"),
        ((floats(1, 3, 8, 8), 3), r"not \(a tensor \(1, 3, 8, 8\), 3\)$"),
        ("3x8x8", r"not '3x8x8'$"),
    ],
)
def test_an_example_that_is_none(example: object, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Network(nn.ReLU(), example)  # type: ignore[arg-type]


def test_weights_without_values_have_a_table_and_no_trace() -> None:
    network = Network(nn.Conv2d(3, 4, 3, device="meta"), (3, 8, 8))
    assert network.table().totals.parameters == 4 * 3 * 9 + 4
    with pytest.raises(NetworkError, match=r"on the meta device.*a table but no trace"):
        network.trace(floats(1, 3, 8, 8))


def test_weights_made_in_inference_mode() -> None:
    with torch.inference_mode():
        module = nn.Conv2d(3, 4, 3)
        x = floats(1, 3, 8, 8)
        trace = Network(module, (3, 8, 8)).trace(x)
        assert torch.equal(trace.output, module(x))


def test_a_write_that_a_trace_would_repeat() -> None:
    module = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)).eval()
    network = Network(module, (3, 8, 8))
    x = floats(2, 3, 8, 8)
    assert torch.equal(network.trace(x).output, module(x))
    module.train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(NetworkError, match=r"writes into a tensor with out=.*module.eval\(\)"):
        network.trace(x)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


class Locked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lines = (line for line in "abc")

    def forward(self, x: Tensor) -> Tensor:
        return x


def test_a_module_that_cannot_be_copied() -> None:
    with pytest.raises(NetworkError, match=r"Locked cannot be copied.*Keep locks"):
        Network(Locked(), (3, 8, 8))
