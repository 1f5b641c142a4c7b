"""The names that others give to the tensors of the same networks.

This project's names are torchvision's wherever torchvision has the network, so the files of both
need no layout. timm's are the same for ResNet, Wide ResNet, ResNeXt, DenseNet, Inception v3 and
Xception. Its MobileNet v1 is left out: it cuts activations off at 6, which the paper's does not.
Of its networks whose names begin with `tf_` the weights fit, but they pad images in another way.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from torch import Tensor

from striate.models.weights.mobile_blocks import efficientnet, mobilenet_v2, mobilenet_v3

Rename = Callable[[Collection[str]], Mapping[str, str]]
"""Of all names in a file, those that are called otherwise here, with their names here."""


@dataclass(frozen=True)
class Layout:
    """How a file's tensors become the tensors that a network here has.

    `flattened` are names here of matrices that the file has as kernels of convolutions: the pixels
    under a kernel are the columns of the matrix, row by row. `epsilon` is what these networks'
    batch normalisations add to variances, where that is not what the ones here add.
    """

    name: str
    rename: Rename
    flattened: frozenset[str] = frozenset()
    epsilon: float | None = None

    def translate(self, tensors: Mapping[str, Tensor]) -> dict[str, tuple[str, Tensor]]:
        """The tensors by their names here, each with its name in the file."""
        names = self.rename(tensors.keys())
        translated: dict[str, tuple[str, Tensor]] = {}
        for old, tensor in tensors.items():
            new = names.get(old, old)
            if new in tensors:  # one of the two is too many, and neither may hide the other
                new = old
            value = tensor.flatten(1) if new in self.flattened and tensor.ndim > 2 else tensor
            translated[new] = (old, value)
        return translated


def _by_rules(*rules: tuple[str, str]) -> Rename:
    """Rename by the first pattern that a name matches."""
    compiled = [(re.compile(pattern), replacement) for pattern, replacement in rules]

    def rename(names: Collection[str]) -> dict[str, str]:
        renamed = {}
        for name in names:
            for pattern, replacement in compiled:
                new, count = pattern.subn(replacement, name)
                if count:
                    renamed[name] = new
                    break
        return renamed

    return rename


def _same(_: Collection[str]) -> dict[str, str]:
    return {}


LAYOUTS = (
    Layout("the model's own", _same),
    Layout(
        "torchvision's of 2017",  # in which its DenseNets are still published
        _by_rules((r"(\.denselayer\d+\.(?:norm|conv))\.([12])\.", r"\1\2.")),
    ),
    Layout(
        "timm's VGG",
        _by_rules(
            (r"^pre_logits\.fc1\.", "classifier.0."),
            (r"^pre_logits\.fc2\.", "classifier.3."),
            (r"^head\.fc\.", "classifier.6."),
        ),
        flattened=frozenset({"classifier.0.weight", "classifier.3.weight"}),
    ),
    Layout("timm's MobileNet v2", mobilenet_v2),
    Layout(
        "timm's MobileNet v3",
        mobilenet_v3,
        flattened=frozenset({"classifier.0.weight"}),
        epsilon=1e-5,
    ),
    Layout("timm's EfficientNet", efficientnet, epsilon=1e-5),
)
"""The first of those that fit a file equally well is taken."""
