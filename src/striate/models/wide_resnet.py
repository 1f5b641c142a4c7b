"""Wide residual networks: fewer blocks with more channels."""

from functools import partial

from striate.errors import ModelError
from striate.models.entry import Accuracy, Entry
from striate.models.preactivation import PreActivationResNet
from striate.models.resnet import Stages, residual_network, residual_text

_PAPER = "Zagoruyko and Komodakis, Wide residual networks, BMVC 2016, "


def wide_resnet(
    input_shape: tuple[int, ...] = (3, 32, 32),
    classes: int = 10,
    *,
    depth: int = 28,
    width: int = 10,
    dropout: float = 0.0,
) -> PreActivationResNet:
    """The WRN-depth-width of the paper for small images (C, H, W).

    6n + 4 layers in three stages of 16, 32 and 64 times `width` channels; `dropout` stands between
    the convolutions of a block (the paper has 0.3).
    Raises ModelError for a depth that is not 6n + 4, and for a width below 1.
    """
    if depth < 10 or depth % 6 != 4:
        raise ModelError(f"depth (={depth}) of a wide residual network must be 6n + 4: 16, 28, 40")
    if width < 1:
        raise ModelError(f"width (={width}) must be at least 1: it multiplies the channels")
    return PreActivationResNet(
        input_shape[0],
        classes,
        blocks=(depth // 6,) * 3,
        channels=(16 * width, 32 * width, 64 * width),
        dropout=dropout,
    )


def _imagenet(
    depth: int,
    blocks: tuple[int, int, int, int],
    parameters: int,
    multiply_adds: int,
    top1: float,
) -> Entry:
    title = f"Wide ResNet-{depth}-2"
    stages = Stages(blocks, bottleneck=True, width=128)
    return Entry(
        name=f"wide_resnet{depth}_2",
        title=title,
        family="wide_resnet",
        year=2016,
        paper=_PAPER + "section 3.3 (WRN-50-2-bottleneck)",
        build=partial(residual_network, stages),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=parameters,
        multiply_adds=multiply_adds,
        least=(1, 1),
        accuracy=Accuracy(top1, "ImageNet", "torchvision, IMAGENET1K_V1, one central crop"),
        differences="Twice as wide inside the bottlenecks only, after the activation as in ResNet. "
        "The small stem is not of the paper.",
        layout="torchvision",
        text=partial(residual_text, f"{title}, Zagoruyko and Komodakis 2016", stages),
    )


ENTRIES = (
    _imagenet(50, (3, 4, 6, 3), 68_883_240, 11_398_021_120, 0.78468),
    _imagenet(101, (3, 4, 23, 3), 126_886_696, 22_753_050_624, 0.78848),
    Entry(
        name="wide_resnet28_10",
        title="WRN-28-10",
        family="wide_resnet",
        year=2016,
        paper=_PAPER + "table 1",
        build=wide_resnet,
        input_shape=(3, 32, 32),
        classes=10,
        parameters=36_479_194,
        multiply_adds=5_243_328_768,
        least=(1, 1),
        accuracy=Accuracy(0.96, "CIFAR-10", "Zagoruyko and Komodakis 2016, table 5"),
    ),
)
