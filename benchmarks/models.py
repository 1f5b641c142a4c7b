"""The named networks beside timm's, and beside torchvision's where timm has none.

    python benchmarks/models.py [--quick] [--size PIXELS] [NAME ...]

For each network, at the size that it is published for or at most `--size` pixels: the time of
inference for 1 and for 8 images and of a training step (forward, cross-entropy, backward, SGD with
momentum) for 8, in milliseconds, and the ratio of ours to theirs, at most 1.05 when ours is level.
The two run in one process and take turns, each being first in every other pair, so that a busy
machine slows both alike; times are medians, the ratio is the median of the pairs' ratios. With
`--threads 1` it is the processor's time, which does not pass while other programs run. Neither
drops units or blocks, and neither has auxiliary heads.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

import torch
import torch.nn.functional as F
from torch import nn

from striate.models import create, describe
from striate.models.stochastic_depth import StochasticDepth
from striate.network.torchvision_import import import_with_torchvision
from striate.training import keep_freed_memory

PEERS = {
    "resnet50": "timm:resnet50",
    "vgg16": "timm:vgg16",
    "densenet121": "timm:densenet121",
    "mobilenet_v2": "timm:mobilenetv2_100",
    "mobilenet_v3_large": "timm:mobilenetv3_large_100",
    "efficientnet_b0": "timm:efficientnet_b0",
    "inception_v3": "timm:inception_v3",
    "xception": "timm:legacy_xception",
    "resnext50_32x4d": "timm:resnext50_32x4d",
    "wide_resnet50_2": "timm:wide_resnet50_2",
    "resnet18": "timm:resnet18",
    "alexnet": "torchvision:alexnet",
    "googlenet": "torchvision:googlenet",
    "squeezenet1_1": "torchvision:squeezenet1_1",
    "mobilenet": "timm:mobilenetv1_100",
    "mobilenet_v3_small": "timm:mobilenetv3_small_100",
    "resnet34": "timm:resnet34",
    "resnet101": "timm:resnet101",
    "resnet152": "timm:resnet152",
    "wide_resnet101_2": "timm:wide_resnet101_2",
    "resnext101_32x8d": "timm:resnext101_32x8d",
    "resnext101_64x4d": "timm:resnext101_64x4d",
    "vgg11": "timm:vgg11",
    "vgg13": "timm:vgg13",
    "vgg19": "timm:vgg19",
    "vgg11_bn": "timm:vgg11_bn",
    "vgg13_bn": "timm:vgg13_bn",
    "vgg16_bn": "timm:vgg16_bn",
    "vgg19_bn": "timm:vgg19_bn",
    "densenet161": "timm:densenet161",
    "densenet169": "timm:densenet169",
    "densenet201": "timm:densenet201",
    "squeezenet1_0": "torchvision:squeezenet1_0",
    "efficientnet_b1": "timm:efficientnet_b1",
    "efficientnet_b2": "timm:efficientnet_b2",
    "efficientnet_b3": "timm:efficientnet_b3",
    "efficientnet_b4": "timm:efficientnet_b4",
    "efficientnet_b5": "timm:efficientnet_b5",
    "efficientnet_b6": "timm:efficientnet_b6",
    "efficientnet_b7": "timm:efficientnet_b7",
    "preact_resnet18": "timm:resnetv2_18",
    "preact_resnet50": "timm:resnetv2_50",
    "r2plus1d_18": "torchvision:video.r2plus1d_18",
}
"""Our name, and the package and name of the same architecture; those first that most depend on."""

QUICK = ("resnet50", "vgg16", "densenet121", "mobilenet_v3_large", "efficientnet_b0", "alexnet")

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The seconds of one kind of work, of both in pairs."""

    model: str
    work: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of ours to theirs, pair by pair."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def create_peer(peer: str) -> nn.Module:
    """Return the network of the other package, with random weights."""
    package, _, name = peer.partition(":")
    library = import_with_torchvision(package)
    network: nn.Module
    if package == "timm":
        network = library.create_model(name)
    else:
        headless = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        network = attrgetter(f"models.{name}")(library)(**headless)
    return network


def keep_all_units(network: nn.Module) -> nn.Module:
    """Drop nothing in training."""
    for module in network.modules():
        if isinstance(module, nn.Dropout | nn.Dropout2d | StochasticDepth):
            module.p = 0.0
    return network


def inference(network: nn.Module, x: torch.Tensor) -> None:
    with torch.inference_mode():
        network(x)


def training_step(
    network: nn.Module, optimiser: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> None:
    optimiser.zero_grad()
    F.cross_entropy(network(x), y).backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def seconds(work: Work) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    work()
    return clock() - began


def in_turns(ours: Work, theirs: Work, limit: float) -> tuple[list[float], list[float]]:
    """Return the seconds of both, of at least 5 pairs, and more while they take below `limit`."""
    ours(), theirs()
    found: tuple[list[float], list[float]] = ([], [])
    while len(found[0]) < 5 or sum(found[0]) + sum(found[1]) < limit:
        first = len(found[0]) % 2
        for which in (first, 1 - first):
            found[which].append(seconds((ours, theirs)[which]))
    return found


def compare(name: str, peer: str, limit: float, size: int | None = None) -> Iterator[Comparison]:
    """Yield what each kind of work takes; inputs are as published, or at most `size` wide.

    Raises ValueError where the two do not have the same number of parameters.
    """
    channels, *sizes = describe(name).input_shape
    shape = (channels, *(min(published, size or published) for published in sizes))
    torch.manual_seed(0)
    networks = [keep_all_units(network) for network in (create(name), create_peer(peer))]
    counts = [sum(p.numel() for p in network.parameters()) for network in networks]
    if counts[0] != counts[1]:
        raise ValueError(f"{name} has {counts[0]} parameters and {peer} {counts[1]}")
    x = torch.randn(8, *shape)
    y = torch.arange(8)
    for count in (1, 8):
        works = [partial(inference, network.eval(), x[:count]) for network in networks]
        ours, theirs = in_turns(works[0], works[1], limit)
        yield Comparison(name, f"inference, {count}", tuple(ours), tuple(theirs))
    works = [
        partial(
            training_step,
            network.train(),
            torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9),
            x,
            y,
        )
        for network in networks
    ]
    ours, theirs = in_turns(works[0], works[1], limit)
    yield Comparison(name, "training step, 8", tuple(ours), tuple(theirs))


def main() -> None:
    """Compare what is asked for, and print a line for each kind of work as it is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="networks; all if not given")
    parser.add_argument("--quick", action="store_true", help=", ".join(QUICK))
    parser.add_argument("--seconds", type=float, default=10.0, help="for each kind of work")
    parser.add_argument("--threads", type=int, help="of torch")
    parser.add_argument("--size", type=int, help="at most, in pixels, where the published is slow")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_freed_memory()
    names = options.names or (QUICK if options.quick else PEERS)
    print(f"{'network':20} {'work':18} {'ours':>10} {'theirs':>10} {'ratio':>7}  theirs is")
    for name in names:
        for found in compare(name, PEERS[name], options.seconds, options.size):
            ours, theirs = (1e3 * statistics.median(one) for one in (found.ours, found.theirs))
            print(
                f"{found.model:20} {found.work:18} {ours:7.1f} ms {theirs:7.1f} ms "
                f"{found.ratio:7.3f}  {PEERS[name]}",
                flush=True,
            )
        gc.collect()


if __name__ == "__main__":
    main()
