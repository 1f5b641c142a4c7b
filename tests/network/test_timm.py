"""Architectures of timm, captured, tabled and traced; a family each where the families differ."""

from types import ModuleType

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from striate.network import Kind, Network

# name: side of the input. Smaller than the network's own where it allows, to spare time.
ARCHITECTURES = {
    "resnet18": 64,
    "resnet50": 64,
    "resnet26d": 64,
    "resnetblur50": 64,
    "wide_resnet50_2": 64,
    "resnext50_32x4d": 64,
    "seresnet50": 64,
    "seresnext50_32x4d": 64,
    "ecaresnet26t": 64,
    "skresnet18": 64,
    "gcresnet33ts": 64,
    "resnetv2_50": 64,
    "resnest14d": 64,
    "resnetrs50": 64,
    "res2net50_26w_4s": 64,
    "res2next50": 64,
    "densenet121": 64,
    "inception_v3": 96,
    "inception_v4": 96,
    "inception_resnet_v2": 96,
    "inception_next_atto": 64,
    "xception41": 64,
    "legacy_xception": 96,
    "vgg11": 64,
    "vgg16_bn": 64,
    "dpn48b": 64,
    "dla34": 64,
    "dla60_res2net": 64,
    "hrnet_w18_small": 64,
    "hrnet_w18": 64,
    "darknet53": 64,
    "cspdarknet53": 64,
    "cspresnet50": 64,
    "cspresnext50": 64,
    "regnetx_002": 64,
    "regnety_002": 64,
    "regnetz_005": 64,
    "nfnet_l0": 64,
    "eca_nfnet_l0": 64,
    "nf_resnet50": 64,
    "convnext_atto": 64,
    "convnext_tiny": 64,
    "convnextv2_atto": 64,
    "convmixer_768_32": 64,
    "repvgg_a0": 64,
    "repghostnet_050": 64,
    "ghostnet_050": 64,
    "ghostnetv2_100": 64,
    "mobilenetv1_100": 64,
    "mobilenetv2_050": 64,
    "mobilenetv3_small_050": 64,
    "mobilenetv3_large_100": 64,
    "mobilenetv4_conv_small": 64,
    "mobileone_s0": 64,
    "mnasnet_small": 64,
    "semnasnet_075": 64,
    "spnasnet_100": 64,
    "fbnetc_100": 64,
    "lcnet_050": 64,
    "tinynet_e": 64,
    "efficientnet_b0": 64,
    "efficientnet_lite0": 64,
    "tf_efficientnetv2_b0": 64,
    "mixnet_s": 64,
    "rexnet_100": 64,
    "selecsls42": 64,
    "ese_vovnet19b_dw": 64,
    "vovnet39a": 64,
    "hardcorenas_a": 64,
    "edgenext_xx_small": 64,
    "starnet_s1": 64,
    "fasternet_t0": 64,
    "hgnet_tiny": 64,
    "poolformer_s12": 64,
    "focalnet_tiny_srf": 64,
    "visformer_tiny": 224,
}
# Multiply-adds that do not depend on the input, which are no layer's: EdgeNeXt projects the sines
# and cosines of its positions by a 1x1 convolution in every run.
FROM_CONSTANTS = {"edgenext_xx_small": 196_608}


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_an_architecture_is_captured_tabled_and_traced(name: str, timm: ModuleType) -> None:
    torch.manual_seed(0)
    module: nn.Module = timm.create_model(name).eval()
    side = ARCHITECTURES[name]
    x = torch.rand(1, 3, side, side)
    network = Network(module, (3, side, side))
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        expected = module(x)
    table = network.table()
    counted = table.totals.multiply_adds + FROM_CONSTANTS.get(name, 0)
    assert 2 * counted == counter.get_total_flops()
    assert table.totals.parameters + table.totals.unused_parameters == sum(
        p.numel() for p in module.parameters()
    )
    assert not any(row.kind is Kind.OTHER for row in table.rows)
    assert [row.layer for row in table.rows] == [node.name for node in network]
    trace = network.trace(x)
    assert torch.equal(trace.output, expected)
    assert set(trace) == {node.name for node in network}


def test_there_are_enough_of_them() -> None:
    assert len(ARCHITECTURES) >= 60


# Parameters and multiply-adds at 224 pixels (Inception v3 299), as published: torchvision's model
# tables, and Tan and Le, EfficientNet, 2019, table 2.
PUBLISHED = {
    "vgg11": (132_863_336, 7.609),
    "vgg16": (138_357_544, 15.47),
    "vgg19": (143_667_240, 19.632),
    "resnet18": (11_689_512, 1.814),
    "resnet34": (21_797_672, 3.664),
    "resnet50": (25_557_032, 4.089),
    "resnet101": (44_549_160, 7.801),
    "resnet152": (60_192_808, 11.514),
    "mobilenetv2_100": (3_504_872, 0.301),
    "mobilenetv3_large_100": (5_483_032, 0.217),
    "mobilenetv3_small_100": (2_542_856, 0.057),
    "efficientnet_b0": (5_288_548, 0.386),
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_counts_are_the_published_ones(name: str, timm: ModuleType) -> None:
    with torch.device("meta"):
        module = timm.create_model(name)
    totals = Network(module, (3, 224, 224)).table().totals
    parameters, multiply_adds = PUBLISHED[name]
    assert totals.parameters == parameters
    # Published figures have three digits behind the point, of which the last is rounded.
    assert totals.multiply_adds == pytest.approx(multiply_adds * 1e9, rel=0.005, abs=0.5e6)
