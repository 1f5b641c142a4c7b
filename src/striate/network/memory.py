"""Whether what is to be kept fits in memory, asked before any is taken."""

import os
from collections.abc import Collection
from math import prod

import torch

from striate.errors import NetworkError
from striate.network.graph import Graph
from striate.network.node import Node

_GIB = 1 << 30
_LITTLE = 1 << 24  # asking the system takes longer than such a network does


def check_room(graph: Graph, keep: Collection[Node], device: torch.device) -> None:
    """Raise NetworkError when the kept values, with the largest two besides, exceed free memory."""
    sizes = {node: prod(node.shape) * node.dtype.itemsize for node in graph.nodes}
    needed = sum(sizes[node] for node in keep) + sum(sorted(sizes.values())[-2:])
    if needed < _LITTLE:
        return
    free = free_memory(device)
    if free is not None and needed > free:
        shape = "x".join(map(str, graph.inputs[0].shape))
        raise NetworkError(
            f"an input of {shape} makes {needed / _GIB:.1f} GiB of activations, and "
            f"{free / _GIB:.1f} GiB of memory are free; a smaller input or batch, or keep=[...] "
            "with the layers that matter, needs less"
        )


def free_memory(device: torch.device) -> int | None:
    """The bytes of memory that a device has left, None where the system does not say."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
