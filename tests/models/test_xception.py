from collections.abc import Callable
from types import ModuleType

import torch
from torch import nn

from striate.models.xception import XceptionBlock, xception


def test_names_shapes_and_outputs_are_timm_s(
    timm: ModuleType, assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None]
) -> None:
    torch.manual_seed(0)
    ours = xception((3, 75, 90), 10, dropout=0)
    theirs = timm.create_model("legacy_xception", num_classes=10)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert_same_network(ours, theirs, torch.randn(3, 3, 75, 90))


def test_the_sizes_of_figure_5() -> None:
    with torch.device("meta"):
        network = xception().eval()
    shapes: list[tuple[int, ...]] = []
    for module in network.modules():
        if isinstance(module, XceptionBlock):
            module.register_forward_hook(lambda _, __, y: shapes.append(tuple(y.shape[1:])))
    network(torch.empty(1, 3, 299, 299, device="meta"))
    assert shapes == [
        (128, 74, 74),
        (256, 37, 37),
        *[(728, 19, 19)] * 9,
        (1024, 10, 10),
    ]


def test_blocks_do_not_change_their_input() -> None:
    x = torch.randn(1, 728, 3, 3)
    kept = x.clone()
    block = XceptionBlock((728, 728, 728, 728)).eval()
    assert not torch.equal(block(x), kept)
    assert torch.equal(x, kept)


def test_dropout_is_the_paper_s() -> None:
    network = xception((1, 71, 71), 4)
    assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [0.5]
    assert network.eval()(torch.randn(2, 1, 7, 71)).shape == (2, 4)
