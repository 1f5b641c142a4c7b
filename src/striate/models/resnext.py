"""ResNeXt: bottlenecks whose 3x3 convolution is split into many groups."""

from functools import partial

from striate.models.entry import Accuracy, Entry
from striate.models.resnet import Stages, residual_network, residual_text


def _entry(
    depth: int,
    blocks: tuple[int, int, int, int],
    groups: int,
    width: int,
    counts: tuple[int, int],
    accuracy: Accuracy,
) -> Entry:
    title = f"ResNeXt-{depth} {groups}x{width}d"
    stages = Stages(blocks, bottleneck=True, width=groups * width, groups=groups)
    return Entry(
        name=f"resnext{depth}_{groups}x{width}d",
        title=title,
        family="resnext",
        year=2016,
        paper="Xie et al., Aggregated residual transformations for deep neural networks, "
        "CVPR 2017, table 1 and section 4.3",
        build=partial(residual_network, stages),
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=counts[0],
        multiply_adds=counts[1],
        least=(1, 1),
        accuracy=accuracy,
        differences="The small stem is not of the paper.",
        layout="torchvision",
        text=partial(residual_text, f"{title}, Xie et al. 2017", stages),
    )


_V1 = "torchvision, IMAGENET1K_V1, one central crop"

ENTRIES = (
    _entry(
        50,
        (3, 4, 6, 3),
        32,
        4,
        (25_028_904, 4_230_479_872),
        Accuracy(0.77618, "ImageNet", _V1),
    ),
    _entry(
        101,
        (3, 4, 23, 3),
        32,
        8,
        (88_791_336, 16_414_015_488),
        Accuracy(0.79312, "ImageNet", _V1),
    ),
    _entry(
        101,
        (3, 4, 23, 3),
        64,
        4,
        (83_455_272, 15_460_270_080),
        Accuracy(0.83246, "ImageNet", _V1),
    ),
)
