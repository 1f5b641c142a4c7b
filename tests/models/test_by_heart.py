"""Every named network knows 64 real examples by heart after a short training.

Sizes are small, and still tell the examples apart. An accelerator is used where there is one;
without one the exhaustive run takes minutes for each of the larger networks here, and the better
part of an hour for FCN, whose first layer pads any image by 100 pixels.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from striate.data import load, normalise
from striate.models import Entry, describe, entries
from striate.models.fcn import FCN
from striate.models.stochastic_depth import StochasticDepth
from striate.training import best_device

from .conftest import scores_of, smallest

pytestmark = pytest.mark.timeout(3600)

EXAMPLES = 64
VOID = 11  # the label of pixels that belong to no class


@pytest.fixture(scope="session")
def photographs(shared: Path) -> tuple[Tensor, Tensor]:
    """64 photographs of CIFAR-10, normalised, and their classes."""
    split = load("cifar10", shared / "data").train
    images = torch.from_numpy(split.inputs[:EXAMPLES].astype("float32"))
    return (images - images.mean()) / images.std(), torch.from_numpy(
        split.targets[:EXAMPLES].copy()
    )


def resized(images: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Photographs as a network takes them: as signals, row by row, or as films that stand still."""
    if shape[0] != images.shape[1]:
        images = images.mean(1, keepdim=True).expand(-1, shape[0], -1, -1)
    if len(shape) == 2:
        return F.interpolate(images.flatten(2), shape[1:], mode="linear")
    if len(shape) == 3:
        return F.interpolate(images, shape[1:], mode="bilinear")
    return F.interpolate(images.unsqueeze(2), shape[1:], mode="trilinear")


def prepare_to_learn_by_heart(network: nn.Module) -> float:
    """Let nothing stand in the way of 100%; the rate to learn with.

    Dropping units only slows it. Statistics are to follow a few steps. Where scores are rectified,
    a class that begins below zero for all images would never learn: they begin above.
    """
    leaves = [module for module in network.modules() if next(module.children(), None) is None]
    weighty = [
        number for number, leaf in enumerate(leaves) if "weight" in dict(leaf.named_parameters())
    ]
    last, following = leaves[weighty[-1]], leaves[weighty[-1] + 1 : weighty[-1] + 2]
    if following and isinstance(following[0], nn.ReLU):
        nn.init.ones_(last.get_parameter("bias"))
    normalised = False
    for leaf in leaves:
        if isinstance(leaf, nn.Dropout | nn.Dropout1d | nn.Dropout2d | StochasticDepth):
            leaf.p = 0.0
        if isinstance(leaf, nn.modules.batchnorm._BatchNorm):
            normalised, leaf.momentum = True, 0.3
    return 1e-3 if normalised or len(weighty) < 6 else 3e-4


def heart_shape(entry: Entry) -> tuple[int, ...]:
    """The published channels, and a part of the size but little, unless the least size is more."""
    part, most = (4, 16) if len(entry.least) == 3 else (2, 32)
    sizes = zip(entry.least, entry.input_shape[1:], strict=True)
    return (entry.input_shape[0], *(max(least, min(most, size // part)) for least, size in sizes))


def affordable(entry: Entry) -> Any:
    """The name of an entry, left to the exhaustive run unless a small member of its family."""
    shrunk = prod(heart_shape(entry)) / prod(entry.input_shape)
    small = entry.multiply_adds * shrunk < 12e6 and entry.parameters < 3e6
    mark = [] if small and entry.name == smallest(entry.family) else [pytest.mark.exhaustive]
    return pytest.param(entry.name, marks=mark)


def learn(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    asked: float,
    passes: int,
    batch: int,
    rate: float | None = None,
    steady: int | None = None,
) -> float:
    """The share of targets, (N,) or (N, *spatial), that is right in the end; done when as asked.

    After `steady` passes the rate falls to 0.3 of it.
    """
    suggested = prepare_to_learn_by_heart(network)
    device = best_device()
    network.to(device)
    inputs, targets = inputs.to(device), targets.to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=rate or suggested)
    falling = torch.optim.lr_scheduler.MultiStepLR(optimiser, [steady or passes], gamma=0.3)
    share = 0.0
    for number in range(1, passes + 1):
        network.train()
        for few in torch.split(torch.randperm(len(inputs)), batch):
            output = network(inputs[few])
            outputs = output if isinstance(output, tuple | list) else [output]
            losses = [
                F.cross_entropy(as_targets(one, targets), targets[few], ignore_index=VOID)
                for one in outputs
            ]
            optimiser.zero_grad()
            torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        falling.step()
        if number % 5 == 0:
            share = share_right(network.eval(), inputs, targets, batch)
        if share >= asked:
            break
    return share


def as_targets(output: Tensor, targets: Tensor) -> Tensor:
    """Scores for every pixel where the targets are pixels, for every example else."""
    return output if targets.dim() > 1 else scores_of(output)


@torch.no_grad()
def share_right(network: nn.Module, inputs: Tensor, targets: Tensor, batch: int) -> float:
    """The share of first guesses that are right, of the targets that are not void."""
    guesses = torch.cat(
        [as_targets(network(x), targets).argmax(1) for x in torch.split(inputs, batch)]
    )
    counted = targets != VOID
    return float((guesses == targets)[counted].double().mean())


@pytest.mark.parametrize(
    "name", [affordable(entry) for entry in entries() if entry.task == "classification"]
)
def test_64_photographs(name: str, photographs: tuple[Tensor, Tensor]) -> None:
    entry = describe(name)
    shape = heart_shape(entry)
    images, classes = resized(photographs[0], shape), photographs[1]
    torch.manual_seed(0)
    network = entry.build(input_shape=shape, classes=10)
    assert learn(network, images, classes, asked=1.0, passes=300, batch=EXAMPLES) == 1.0


@pytest.mark.exhaustive
def test_the_arrhythmia_network_on_64_ecgs(shared: Path) -> None:
    dataset = load("cinc2017", shared / "data")
    records = normalise(
        torch.from_numpy(dataset.train.inputs[:EXAMPLES].copy()), dataset.description
    )
    rhythms = torch.from_numpy(dataset.train.targets[:EXAMPLES].copy())
    middle = records[..., 3476 : 3476 + 2048]
    signals = F.avg_pool1d(middle, 4)  # 6.8 s at 75 Hz
    torch.manual_seed(0)
    network = describe("arrhythmia").build(input_shape=(1, 512), classes=4, output="record")
    assert learn(network, signals, rhythms, asked=1.0, passes=300, batch=EXAMPLES) == 1.0


def streets(shared: Path, height: int, width: int) -> tuple[Tensor, Tensor]:
    """64 street scenes from all over the films, normalised, and the class of each pixel."""
    folder = shared / "data" / "camvid-240x180"
    every = sorted((folder / "train").glob("*.jpg"))
    chosen = [every[number * len(every) // EXAMPLES] for number in range(EXAMPLES)]
    scenes = [
        np.asarray(Image.open(path).resize((width, height), Image.Resampling.BOX))
        for path in chosen
    ]
    labels = [
        np.asarray(
            Image.open(folder / "trainannot" / f"{path.stem}.png").resize(
                (width, height), Image.Resampling.NEAREST
            )
        )
        for path in chosen
    ]
    images = torch.from_numpy(np.stack(scenes)).movedim(3, 1).float()
    classes = torch.from_numpy(np.stack(labels)).long()
    return (images - images.mean()) / images.std(), classes


@pytest.mark.exhaustive
def test_u_net_on_64_streets(shared: Path) -> None:
    images, classes = streets(shared, 24, 32)
    torch.manual_seed(0)
    network = describe("unet").build(input_shape=(3, 24, 32), classes=11, padding="same")
    assert learn(network, images, classes, asked=0.99, passes=200, batch=32) >= 0.99


# The size is such that several scores lie in each scene.
@pytest.mark.exhaustive
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("name", "height", "width", "steady"),
    [("fcn_8s", 24, 32, None), ("fcn_16s", 24, 32, None), ("fcn_32s", 48, 64, 20)],
)
def test_fcn_on_64_streets(
    name: str, height: int, width: int, steady: int | None, shared: Path
) -> None:
    images, classes = streets(shared, height, width)
    # In units of pixels, as published: most of what fc6 sees is the padding, so that of images of
    # deviation 1 next to nothing would reach it.
    images = images * 60
    torch.manual_seed(0)
    network = describe(name).build(input_shape=(3, height, width), classes=11)
    assert isinstance(network, FCN)
    # What lies between its scores is interpolated, so it is asked for the pixels of the scores.
    stride = network.stride
    first = (stride - 1 - network.crops[-1]) % stride
    scored = (slice(None), slice(first, None, stride), slice(first, None, stride))
    asked = torch.full_like(classes, VOID)
    asked[scored] = classes[scored]
    share = learn(network, images, asked, asked=1.0, passes=60, batch=4, rate=1e-4, steady=steady)
    assert share == 1.0
