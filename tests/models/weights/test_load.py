"""Loading: everything or nothing, with a report of each tensor, from files and from servers."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from striate.data import CentreCrop
from striate.errors import DownloadError, ModelError, WeightsError
from striate.models import create
from striate.models.weights import (
    Misshapen,
    Source,
    find_source,
    load_weights,
    pretrained,
    published,
)

from .conftest import Save, same, spread, state

small = partial(create, "resnet20")


@pytest.fixture(scope="module")
def trained() -> nn.Module:
    """A small network with batch normalisation, and values that a new one has not."""
    torch.manual_seed(1)
    network = small()
    spread(network)
    return network


def saved(tensors: dict[str, Tensor], path: Path) -> Path:
    save_file(tensors, path)
    return path


def test_all_formats(trained: nn.Module, save: Save) -> None:
    model = small()
    report = load_weights(model, save(trained))
    assert same(state(model), state(trained))
    assert report.fits
    assert set(report.loaded) == set(state(trained))
    assert (report.layout, report.epsilon, report.left_out) == ("the model's own", None, ())


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.", "module.model.", "net."])
def test_names_with_something_in_front(trained: nn.Module, tmp_path: Path, prefix: str) -> None:
    path = saved({prefix + name: value for name, value in state(trained).items()}, tmp_path / "a")
    model = small()
    assert load_weights(model, path).fits
    assert same(state(model), state(trained))
    wrapped = nn.Module()
    wrapped.module = small()
    if prefix == "module.":
        assert load_weights(wrapped, path).fits
        assert same(state(wrapped.module), state(trained))


def test_the_model_stays_itself(trained: nn.Module, tmp_path: Path) -> None:
    path = saved(state(trained), tmp_path / "a")
    model = small().to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    parameters = dict(model.named_parameters())
    parameters["conv1.weight"].requires_grad_(False)
    layout = parameters["layer1.0.conv1.weight"].stride()
    load_weights(model, path)
    assert dict(model.named_parameters()) == parameters
    assert not parameters["conv1.weight"].requires_grad
    assert parameters["layer1.0.conv1.weight"].requires_grad
    assert parameters["layer1.0.conv1.weight"].stride() == layout
    assert model.training


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_numbers_of_other_precision(trained: nn.Module, tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = {
        name: value.to(dtype) if value.is_floating_point() else value
        for name, value in state(trained).items()
    }
    model = small()
    load_weights(model, saved(tensors, tmp_path / "a"))
    for name, value in state(model).items():
        assert torch.equal(value, tensors[name].to(value.dtype))


def test_counters_may_be_missing(trained: nn.Module, tmp_path: Path) -> None:
    tensors = {n: v for n, v in state(trained).items() if not n.endswith("num_batches_tracked")}
    model = small().train()
    model(torch.randn(2, 3, 32, 32))
    assert load_weights(model, saved(tensors, tmp_path / "a")).fits
    assert state(model)["bn1.num_batches_tracked"] == 0


def without(*names: str) -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    return lambda tensors: {name: value for name, value in tensors.items() if name not in names}


def changed(name: str, change: Callable[[Tensor], Tensor]) -> Any:
    return lambda tensors: tensors | {name: change(tensors[name])}


def spoilt(value: float) -> Callable[[Tensor], Tensor]:
    def spoil(tensor: Tensor) -> Tensor:
        tensor = tensor.clone()
        tensor.view(-1)[3] = value
        return tensor

    return spoil


BAD: dict[str, tuple[Any, str]] = {
    "missing": (
        without("layer2.1.conv2.weight", "bn1.bias"),
        r"it lacks 2 tensors \(bn1\.bias, layer2\.1\.conv2\.weight\)",
    ),
    "extra": (
        lambda tensors: tensors | {"fc2.weight": torch.zeros(3, 3)},
        r"it has 1 tensor \(fc2\.weight\) that the model has no place for",
    ),
    "misshapen": (
        changed("layer2.1.conv2.weight", lambda tensor: tensor[:, :7].contiguous()),
        r"layer2\.1\.conv2\.weight is 32x7x3x3 in the file and 32x32x3x3 in the model",
    ),
    "turned": (
        changed("fc.weight", lambda tensor: tensor.T.contiguous()),
        r"fc\.weight is 64x10 in the file and 10x64 in the model",
    ),
    "a single number": (
        changed("fc.bias", lambda _: torch.tensor(1.0)),
        r"fc\.bias is a single number in the file and 10 in the model",
    ),
    "not a number": (
        changed("layer1.0.conv1.weight", spoilt(float("nan"))),
        r"layer1\.0\.conv1\.weight has 1 of 2,304 values that are not finite float32 numbers "
        r"\(the first is nan\)",
    ),
    "infinite": (changed("fc.bias", spoilt(float("-inf"))), r"the first is -inf"),
    "beyond float32": (
        changed("fc.bias", lambda tensor: spoilt(1e300)(tensor.double())),
        r"fc\.bias has 1 of 10 values that are not finite float32 numbers \(the first is 1e\+300\)",
    ),
    "whole numbers": (
        changed("fc.bias", lambda tensor: tensor.to(torch.int8)),
        r"fc\.bias has numbers of type int8 in the file, where the model has float32",
    ),
    "complex": (
        changed("fc.bias", lambda tensor: tensor.to(torch.complex64)),
        "numbers of type complex64",
    ),
    "other classes": (
        lambda tensors: tensors | {"fc.weight": torch.zeros(7, 64), "fc.bias": torch.zeros(7)},
        r'Only the number of classes differs \(7 in the file, 10 in the model\): with head="skip"',
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_is_changed_where_something_is_wrong(
    trained: nn.Module, tmp_path: Path, case: str
) -> None:
    change, words = BAD[case]
    path = tmp_path / "a.pth"
    torch.save(change(state(trained)), path)
    model = small()
    before = state(model)
    with pytest.raises(WeightsError, match=words) as caught:
        load_weights(model, path)
    assert str(path) in str(caught.value)
    assert same(state(model), before)


def test_sparse_and_empty_tensors_are_refused(trained: nn.Module, tmp_path: Path) -> None:
    for value in (torch.zeros(10, 64).to_sparse(), torch.zeros(10, 64, device="meta")):
        torch.save(state(trained) | {"fc.weight": value}, tmp_path / "a.pth")
        with pytest.raises(WeightsError, match=r"fc\.weight is sparse, quantised or without"):
            load_weights(small(), tmp_path / "a.pth")


def test_the_report_says_exactly_what_did_not_fit(trained: nn.Module, tmp_path: Path) -> None:
    tensors = without("bn1.bias")(state(trained)) | {
        "other": torch.zeros(2),
        "fc.weight": torch.zeros(7, 64),
    }
    path = saved({f"module.{name}": value for name, value in tensors.items()}, tmp_path / "a")
    model = small()
    before = state(model)
    with pytest.raises(WeightsError) as caught:
        load_weights(model, path)
    report = caught.value.report
    assert report is not None
    assert report.missing == ("bn1.bias",)
    assert report.unexpected == ("other",)
    assert report.misshapen == (Misshapen("fc.weight", (7, 64), (10, 64)),)
    fitting = set(before) - {"bn1.bias", "fc.weight"}
    assert set(report.loaded) == fitting
    assert load_weights(model, path, strict=False) == report
    for name, value in state(model).items():
        assert torch.equal(value, (tensors if name in fitting else before)[name])


def test_nothing_that_fits_is_an_error_however_strict(tmp_path: Path) -> None:
    path = saved({"a": torch.zeros(2)}, tmp_path / "a")
    with pytest.raises(WeightsError, match="does not fit"):
        load_weights(small(), path, strict=False)


def test_files_of_another_model(tmp_path: Path) -> None:
    path = saved(state(create("resnet56")), tmp_path / "a")
    with pytest.raises(WeightsError, match=r"exactly of resnet56 \(\d+ tensors fit, 0 do not\)"):
        load_weights(small(), path)
    path = saved(state(create("mobilenet_v3_small", classes=3)), tmp_path / "b")
    with pytest.raises(WeightsError, match="most like mobilenet_v3_small"):
        load_weights(small(), path)
    path = saved({f"x{index}": torch.zeros(index) for index in range(1, 9)}, tmp_path / "c")
    with pytest.raises(WeightsError, match="strict=False loads what does fit") as caught:
        load_weights(small(), path)
    assert "most like" not in str(caught.value)


def test_a_model_without_memory(trained: nn.Module, tmp_path: Path) -> None:
    path = saved(state(trained), tmp_path / "a")
    with torch.device("meta"):
        model = small()
    with pytest.raises(WeightsError, match="the model is on the device meta"):
        load_weights(model, path)


def test_classes_of_ones_own(trained: nn.Module, tmp_path: Path) -> None:
    path = saved(state(trained), tmp_path / "a")
    for classes in (3, 10):
        model = small(classes=classes)
        before = state(model)
        report = load_weights(model, path, head="skip")
        assert set(report.left_out) == {"fc.weight", "fc.bias"}
        for name, value in state(model).items():
            assert torch.equal(value, (before if name.startswith("fc.") else state(trained))[name])
    headless = saved(without("fc.weight", "fc.bias")(state(trained)), tmp_path / "b")
    assert load_weights(small(classes=3), headless, head="skip").left_out == ()
    with pytest.raises(WeightsError, match="it lacks 2 tensors"):
        load_weights(small(), headless)
    with pytest.raises(ModelError, match='"load" or "skip"'):
        load_weights(small(), headless, head="drop")  # type: ignore[arg-type]


def test_skipping_the_head_forgives_nothing_else(trained: nn.Module, tmp_path: Path) -> None:
    tensors = changed("conv1.weight", lambda tensor: tensor[:, :2].contiguous())(state(trained))
    with pytest.raises(WeightsError, match=r"conv1\.weight is 16x2x3x3 in the file"):
        load_weights(small(classes=3), saved(tensors, tmp_path / "a"), head="skip")


def without_values(name: str, **options: Any) -> nn.Module:
    with torch.device("meta"):
        network = create(name, **options)
    network = network.to_empty(device="cpu")
    for value in network.state_dict().values():
        value.zero_()
    return network


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_auxiliary_heads(tmp_path: Path, name: str) -> None:
    path = saved(state(without_values(name, heads=True)), tmp_path / "a")
    report = load_weights(without_values(name), path)
    assert report.fits
    assert report.left_out
    assert all(name.startswith(("aux1.", "aux2.", "AuxLogits.")) for name in report.left_out)
    assert load_weights(without_values(name, heads=True), path).left_out == ()
    report = load_weights(without_values(name, heads=True, classes=5), path, head="skip")
    layers = {left.rpartition(".")[0] for left in report.left_out}
    assert layers == (
        {"fc", "aux1.fc2", "aux2.fc2"} if name == "googlenet" else {"fc", "AuxLogits.fc"}
    )
    lacking = saved(state(without_values(name)), tmp_path / "b")
    with pytest.raises(WeightsError, match=r"it lacks .*(aux1|AuxLogits)\."):
        load_weights(without_values(name, heads=True), lacking)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A server of the folder `served`, with the paths that it was asked for."""
    monkeypatch.setenv("no_proxy", "*")
    folder = tmp_path / "served"
    folder.mkdir()
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}", asked
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.fixture
def source(
    server: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Source:
    """The published weights of SqueezeNet 1.1, with other values and on a local server."""
    torch.manual_seed(2)
    content = tmp_path / "content"
    torch.save(create("squeezenet1_1").state_dict(), content)
    digest = hashlib.sha256(content.read_bytes()).hexdigest()
    name = f"squeezenet1_1-{digest[:8]}.pth"
    content.rename(tmp_path / "served" / name)
    real = find_source("squeezenet1_1")
    file = replace(
        real.file, name=name, urls=(f"{server[0]}/{name}",), sha256=None, sha256_prefix=digest[:8]
    )
    local = replace(real, file=file)
    monkeypatch.setattr(published, "_all", lambda: (local,))
    return local


def expected(source: Source, tmp_path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = torch.load(tmp_path / "served" / source.file.name)
    return tensors


def test_published_weights_are_downloaded_once(
    source: Source, server: tuple[str, list[str]], tmp_path: Path, cache: Path
) -> None:
    steps: list[tuple[str, int, int | None]] = []
    model = create("squeezenet1_1")
    report = load_weights(
        model, "squeezenet1_1/torchvision", progress=lambda *step: steps.append(step)
    )
    assert report.source == "squeezenet1_1/torchvision-v1"
    assert report.fits
    assert same(state(model), expected(source, tmp_path))
    kept = cache / "weights" / "torchvision" / source.file.name
    assert kept.is_file()
    assert steps[-1] == (source.file.name, kept.stat().st_size, kept.stat().st_size)
    for name in ("squeezenet1_1", "squeezenet1_1/torchvision-v1", source):
        load_weights(create("squeezenet1_1"), name)
    for name in ("default", "torchvision", "torchvision-v1", "squeezenet1_1"):
        load_weights(create("squeezenet1_1"), name, name="squeezenet1_1")
    assert server[1] == [f"/{source.file.name}"]


def test_weights_that_went_bad_on_the_disk_are_fetched_again(
    source: Source, server: tuple[str, list[str]], tmp_path: Path, cache: Path
) -> None:
    kept = cache / "weights" / "torchvision" / source.file.name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(bytes(1000))
    model = create("squeezenet1_1")
    load_weights(model, source)
    assert same(state(model), expected(source, tmp_path))
    assert len(server[1]) == 1


def test_other_bytes_than_the_published_ones(source: Source, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "served" / source.file.name).write_bytes(bytes(1000))
    model = create("squeezenet1_1")
    before = state(model)
    with pytest.raises(DownloadError, match="another SHA-256") as caught:
        load_weights(model, source)
    assert f"by hand, and put it into {cache / 'weights' / 'torchvision'}, or" in str(caught.value)
    assert same(state(model), before)


def test_weights_of_another_network_are_not_downloaded(
    source: Source, server: tuple[str, list[str]], cache: Path
) -> None:
    with pytest.raises(WeightsError, match="is exactly of squeezenet1_1"):
        load_weights(small(), source)
    with pytest.raises(WeightsError, match='head="skip"'):
        load_weights(create("squeezenet1_1", classes=3), source)
    assert server[1] == []
    report = load_weights(create("squeezenet1_1", classes=3), source, head="skip")
    assert report.left_out == ("classifier.1.weight", "classifier.1.bias")


def test_pretrained(source: Source, tmp_path: Path) -> None:
    found = pretrained("squeezenet1_1")
    assert not found.network.training
    assert same(state(found.network), expected(source, tmp_path))
    assert found.source == source
    assert isinstance(found.preprocessing, CentreCrop)
    assert len(found.preprocessing.classes) == 1000
    with pytest.raises(ModelError, match=r"a\.pth is a file"):
        pretrained("squeezenet1_1", "a.pth")


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ("squeezenet1_1/timm", ModelError, r"those of squeezenet1_1 are squeezenet1_1/torchv"),
        ("squeezenet", ModelError, "neither a file nor published weights.*squeezenet1_"),
        ("lenet5", ModelError, "no published weights of lenet5 are known here"),
        ("absent.pth", WeightsError, r"absent\.pth cannot be read: No such file"),
        ("no/such/file.safetensors", WeightsError, "cannot be read"),
        (Path("squeezenet1_1"), WeightsError, "cannot be read: No such file"),
    ],
)
def test_what_is_not_to_be_had(
    source: Source, asked: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        load_weights(small(), asked)


def test_a_file_may_have_any_name(
    trained: nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(state(trained), Path("weights"))
    assert load_weights(small(), "weights").source == "weights"
    assert load_weights(small(), "./weights", name="resnet20").fits
