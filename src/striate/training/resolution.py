"""Small images first: most of what is to be learned needs fewer pixels, and less time."""

from typing import Annotated, Self

import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor


class ResolutionSettings(BaseModel):
    """Until which share of the training the examples are reduced, and to which size.

    `sizes[i]` (for every spatial axis) holds until the share `until[i]`; after the last the
    examples have their own size. The network must take all sizes: end its convolutions with a
    global pooling.

    Source: Howard 2018, "Training Imagenet in 3 hours for $25" (progressive resizing).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sizes: tuple[Annotated[int, Field(ge=1)], ...] = ()
    until: tuple[Annotated[float, Field(gt=0, le=1)], ...] = ()

    @model_validator(mode="after")
    def _one_end_for_each_size(self) -> Self:
        if len(self.sizes) != len(self.until):
            raise ValueError(
                f"sizes has {len(self.sizes)} entries and until {len(self.until)}; "
                "each size needs the share of the training until which it holds"
            )
        if list(self.until) != sorted(set(self.until)):
            raise ValueError(f"until (={list(self.until)}) must rise from one to the next")
        return self

    def reduce(self, batch: Tensor, progress: float) -> Tensor:
        """Return the batch in the size for this share of the training, by area averages.

        Shapes: `(N, C, *spatial) -> (N, C, *sizes)`.
        """
        for size, until in zip(self.sizes, self.until, strict=True):
            if progress < until:
                return F.interpolate(batch, (size,) * (batch.ndim - 2), mode="area")
        return batch
