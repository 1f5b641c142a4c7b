import pytest
import torch
from tests.networks import LENET
from torch import nn

from striate.errors import ModelError
from striate.models import describe
from striate.models.sequence_text import sequence_text
from striate.notation import build, check


def text_of(name: str, shape: tuple[int, ...], classes: int) -> str:
    entry = describe(name)
    assert entry.text is not None
    return entry.text(input_shape=shape, classes=classes)


def test_lenet_reads_as_in_the_lectures() -> None:
    assert text_of("lenet5", (1, 32, 32), 10) == LENET


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("linear", (1, 28, 28)),
        ("mlp", (1, 28, 28)),
        ("lenet5", (3, 28, 40)),
        ("convnetjs_cifar10", (3, 32, 32)),
        ("alexnet_2012", (3, 67, 67)),
        ("zfnet", (1, 53, 60)),
        ("nin", (3, 32, 32)),
        ("nin_imagenet", (3, 67, 67)),
        ("allcnn_a", (3, 32, 32)),
        ("allcnn_b", (3, 20, 32)),
        ("allcnn_c", (3, 9, 9)),
        ("alexnet", (3, 224, 224)),
        ("vgg11_bn", (3, 224, 224)),
    ],
)
def test_the_text_gives_the_same_outputs(name: str, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    network = describe(name).build(input_shape=shape, classes=4).eval()
    with torch.device("meta"):
        other = build(text_of(name, shape, 4)).eval()
    tensors = [*network.state_dict().values()]
    assert [value.shape for value in other.state_dict().values()] == [t.shape for t in tensors]
    other.load_state_dict(dict(zip(other.state_dict(), tensors, strict=True)), assign=True)
    x = torch.randn(1, *shape)
    with torch.no_grad():
        torch.testing.assert_close(other(x), network(x), rtol=1e-5, atol=1e-6)


def test_an_adaptive_pooling_that_does_something_is_left_out_and_said() -> None:
    text = text_of("vgg11", (3, 64, 64), 5)
    assert "# no adaptive pooling to 7x7: the linear layers see all 512x2x2 values\nflatten" in text
    report = check(text)
    assert report.ok
    assert report.output_shape == (5,)
    assert "adaptive" not in text_of("vgg11", (3, 224, 224), 1000)


def test_every_option_that_is_not_the_notation_s_own_is_written() -> None:
    def network(input_shape: tuple[int, ...], classes: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(input_shape[0], 8, (3, 5), (1, 2), (0, 1), dilation=2, groups=2, bias=False),
            nn.BatchNorm2d(8, eps=0.001, momentum=0.01),
            nn.ReLU6(),
            nn.MaxPool2d(3, 2, 1, dilation=2, ceil_mode=True),
            nn.AvgPool2d(2, 1, 1),
            nn.LocalResponseNorm(3),
            nn.AdaptiveAvgPool2d(1),
            nn.Linear(8, classes, bias=False),
        )

    text = sequence_text(network, "all of it", input_shape=(2, 30, 40), classes=3)
    assert text.splitlines()[2:] == [
        "conv 8 3x5 stride 1x2 pad 0x1 dilation 2 groups 2 bias no",
        "batchnorm momentum 0.01 eps 0.001",
        "relu6",
        "maxpool 3x3 stride 2 pad 1 ceil dilation 2",
        "avgpool 2x2 stride 1 pad 1 countpad yes",
        "lrn 3 alpha 0.0001 beta 0.75 k 1",
        "avgpool global",
        "flatten",
        "linear 3 bias no",
    ]
    made, built = network((2, 30, 40), 3), build(text)
    theirs = dict(zip(built.state_dict(), made.state_dict().values(), strict=True))
    built.load_state_dict(theirs)
    x = torch.randn(2, 2, 30, 40)
    torch.testing.assert_close(built(x), nn.Sequential(*list(made)[:-1], nn.Flatten(), made[-1])(x))


def test_a_layer_that_the_notation_has_not() -> None:
    with pytest.raises(ModelError, match="`1` is a Softmin, which the notation has not"):
        sequence_text(
            lambda **_: nn.Sequential(nn.ReLU(), nn.Softmin(1)), "", input_shape=(1,), classes=1
        )
