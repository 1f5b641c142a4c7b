"""timm's names of the networks that are made of inverted bottlenecks.

timm numbers blocks by stage and place in it and calls their parts by what they do; torchvision
numbers the parts. A part that is absent (widening in the first blocks, squeeze and excitation in
some) shifts the numbers of those behind it, so a block's parts are looked at together.
"""

import re
from collections.abc import Collection

_BLOCK = re.compile(r"blocks\.(\d+)\.(\d+)\.(.+)\.(\w+)$")

_Block = tuple[int, int]


def efficientnet(names: Collection[str]) -> dict[str, str]:
    """The names of a timm EfficientNet in torchvision's."""
    blocks = _blocks(names)
    last = 2 + max((stage for stage, _ in blocks), default=0)
    renamed = _ends(
        names,
        {
            "conv_stem": "features.0.0",
            "bn1": "features.0.1",
            "conv_head": f"features.{last}.0",
            "bn2": f"features.{last}.1",
            "classifier": "classifier.1",
        },
    )
    for (stage, place), parts in blocks.items():
        here = _with_gates(parts, f"features.{stage + 1}.{place}.block")
        renamed |= _inside(names, (stage, place), here)
    return renamed


def mobilenet_v3(names: Collection[str]) -> dict[str, str]:
    """The names of a timm MobileNet v3 in torchvision's."""
    renamed = _ends(
        names,
        {
            "conv_stem": "features.0.0",
            "bn1": "features.0.1",
            "conv_head": "classifier.0",
            "classifier": "classifier.3",
        },
    )
    for number, (block, parts) in enumerate(_blocks(names).items(), 1):
        if "conv" in parts:
            here = {"conv": f"features.{number}.0", "bn1": f"features.{number}.1"}
        else:
            here = _with_gates(parts, f"features.{number}.block")
        renamed |= _inside(names, block, here)
    return renamed


def mobilenet_v2(names: Collection[str]) -> dict[str, str]:
    """The names of a timm MobileNet v2 in torchvision's."""
    blocks = _blocks(names)
    renamed = _ends(
        names,
        {
            "conv_stem": "features.0.0",
            "bn1": "features.0.1",
            "conv_head": f"features.{len(blocks) + 1}.0",
            "bn2": f"features.{len(blocks) + 1}.1",
            "classifier": "classifier.1",
        },
    )
    for number, (block, parts) in enumerate(blocks.items(), 1):
        units = _units(parts)
        here = {}
        for index, (convolution, norm) in enumerate(units):
            unit = f"features.{number}.conv.{index}"
            narrowing = index == len(units) - 1  # has no activation, and no container either
            here[convolution] = unit if narrowing else f"{unit}.0"
            here[norm] = f"features.{number}.conv.{index + 1}" if narrowing else f"{unit}.1"
        renamed |= _inside(names, block, here)
    return renamed


def _blocks(names: Collection[str]) -> dict[_Block, frozenset[str]]:
    """The parts of each block, the blocks in their order in the network."""
    parts: dict[_Block, set[str]] = {}
    for name in names:
        if found := _BLOCK.match(name):
            parts.setdefault((int(found[1]), int(found[2])), set()).add(found[3])
    return {block: frozenset(parts[block]) for block in sorted(parts)}


def _units(parts: frozenset[str]) -> list[tuple[str, str]]:
    """A block's convolutions in their order, each with its normalisation."""
    order = ("conv_pw", "conv_dw", "conv_pwl") if "conv_pwl" in parts else ("conv_dw", "conv_pw")
    return [(convolution, f"bn{index}") for index, convolution in enumerate(order, 1)]


def _with_gates(parts: frozenset[str], block: str) -> dict[str, str]:
    """Where the parts of a block stand that may have squeeze and excitation before its last."""
    here = {}
    units = _units(parts)
    gated = "se.conv_reduce" in parts
    for index, (convolution, norm) in enumerate(units):
        number = index + (gated and index == len(units) - 1)
        here[convolution], here[norm] = f"{block}.{number}.0", f"{block}.{number}.1"
    if gated:
        gate = f"{block}.{len(units) - 1}"
        here["se.conv_reduce"], here["se.conv_expand"] = f"{gate}.fc1", f"{gate}.fc2"
    return here


def _inside(names: Collection[str], block: _Block, here: dict[str, str]) -> dict[str, str]:
    start = f"blocks.{block[0]}.{block[1]}."
    return {
        name: f"{here[found[3]]}.{found[4]}"
        for name in names
        if name.startswith(start) and (found := _BLOCK.match(name)) and found[3] in here
    }


def _ends(names: Collection[str], here: dict[str, str]) -> dict[str, str]:
    """The parts before and behind the blocks."""
    return {
        name: f"{here[module]}.{value}"
        for name in names
        for module, _, value in [name.rpartition(".")]
        if module in here
    }
