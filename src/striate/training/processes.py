"""The processes that train together under `torchrun`, or the one that trains alone."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process's number among those that share each batch.

    Every process takes the same steps on its own part of the global batch, and gradients are
    averaged (DistributedDataParallel); what a step computes does not depend on the count, apart
    from the order of sums and from batch normalisation, which sees its own part only.
    """

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process is the one that speaks and writes."""
        return self.rank == 0

    def part(self, batch: int) -> slice:
        """Return which examples of a global batch are this process's."""
        return slice(self.rank * batch // self.count, (self.rank + 1) * batch // self.count)

    def join(self, network: nn.Module) -> nn.Module:
        """Return the network with gradients averaged over the processes."""
        return DistributedDataParallel(network) if self.count > 1 else network

    def without_averaging(self, network: nn.Module, *, last: bool) -> AbstractContextManager[None]:
        """Put off the averaging of gradients while more pieces of the batch are to come."""
        if isinstance(network, DistributedDataParallel) and not last:
            return network.no_sync()
        return nullcontext()

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum of each process's values."""
        if self.count > 1:
            dist.all_reduce(values)
        return values

    def first(self, value: T | None) -> T | None:
        """Return the value of the first process that has one, in every process."""
        if self.count == 1:
            return value
        values: list[T | None] = [None] * self.count
        dist.all_gather_object(values, value)
        return next((each for each in values if each is not None), None)

    def follow(self, value: T) -> T:
        """Return the leading process's value, in every process."""
        if self.count == 1:
            return value
        box: list[T | None] = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]  # type: ignore[return-value]


ALONE = Processes()


@contextmanager
def started_by_torchrun() -> Iterator[Processes]:
    """Give the group that `torchrun` started this process in; alone where it did not."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend)
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
