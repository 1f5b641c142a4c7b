"""Capturing and tracing networks, beside a plain forward pass that keeps its outputs.

    python benchmarks/network.py

Prints the time to capture LeNet (the recipe `mnist`) and ResNet-50, and for ResNet-50 at batch 1
and 16 the time of a trace that keeps every layer against that of the module with a hook on every
layer that keeps its output (ReLUs out of place, or the hooks would keep overwritten values);
medians of alternating runs, so that a busy machine slows both alike. Memory is the growth of
the resident set in a process of its own, beside the size of what is kept: a trace keeps the
residual sums too, which no hook sees.
"""

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from striate.models import create
from striate.network import Network

RUNS = 9


def hooked(module: nn.Module, x: Tensor) -> list[Tensor]:
    """The outputs of all layers without parts, kept by hooks."""
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> None:
        kept.append(output)

    leaves = [part for part in module.modules() if next(part.children(), None) is None]
    handles = [leaf.register_forward_hook(keep) for leaf in leaves]
    with torch.no_grad():
        module(x)
    for handle in handles:
        handle.remove()
    return kept


def resnet50() -> nn.Module:
    module = create("resnet50").eval()
    for part in module.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    return module


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def growth(way: str, batch: int) -> tuple[int, int]:
    """Bytes that one pass and what it keeps add to the resident set, and the size of the latter."""
    module, x = resnet50(), torch.randn(batch, 3, 224, 224)
    network = Network(module, x[:1])
    network.trace(x, keep=["fc"])
    before = resident()
    kept = list(network.trace(x).values()) if way == "trace" else hooked(module, x)
    after = resident()
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in kept}
    return after - before, sum(storages.values())


def memory(way: str, batch: int) -> str:
    command = [sys.executable, __file__, "--memory", way, "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, kept = (int(word) / 2**20 for word in done.stdout.split())
    return f"{grown:.0f} MiB for {kept:.0f} MiB of values"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", choices=["trace", "hooks"])
    parser.add_argument("--batch", type=int, default=1)
    options = parser.parse_args()
    if options.memory:
        print(*growth(options.memory, options.batch))
        return
    Network("digits")  # torch.export loads much when it is first used
    for name in ("mnist", "resnet50"):
        times = [seconds(partial(Network, name)) for _ in range(3)]
        print(f"capture of {name}: {statistics.median(times):.2f} s with building it")
    module = resnet50()
    for batch in (1, 16):
        x = torch.randn(batch, 3, 224, 224)
        network = Network(module, x)
        pairs = []
        for _ in range(RUNS):
            plain = seconds(partial(hooked, module, x))
            traced = seconds(partial(network.trace, x))
            pairs.append((plain, traced))
        plain, traced = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = traced / plain
        print(f"ResNet-50, batch {batch}: hooks {plain:.3f} s, trace {traced:.3f} s: {ratio:.2f}")
        for way in ("hooks", "trace"):
            print(f"    {way}: {memory(way, batch)}")


if __name__ == "__main__":
    main()
