"""Schedules: the factor that multiplies every base learning rate as training goes on.

Progress is the share of the whole training that is done, 0 at the first step and 1 after the last,
so a schedule does not change when the number of epochs or the batch does.
"""

from bisect import bisect_right
from itertools import pairwise
from math import cos, pi
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from striate.errors import TrainingError


class _Schedule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _WarmedUp(_Schedule):
    """A schedule that may first rise in a straight line from `start` to 1."""

    warm_up: float = Field(default=0.0, ge=0, lt=1, description="share of training that rises")
    start: float = Field(default=0.0, ge=0, le=1, description="factor at the first step")

    @model_validator(mode="after")
    def _start_needs_warm_up(self) -> Self:
        if self.start and self.warm_up == 0:
            raise ValueError(
                f"start (={self.start:g}) has no effect without a warm-up; "
                "give warm_up, such as warm_up = 0.1"
            )
        return self


class Constant(_WarmedUp):
    """1 throughout, after the warm-up."""

    kind: Literal["constant"] = "constant"


class Linear(_WarmedUp):
    """A straight line from 1, where the warm-up ends, to `end`."""

    kind: Literal["linear"] = "linear"
    end: float = Field(default=0.0, ge=0, le=1)


class Cosine(_WarmedUp):
    """Half a cosine from 1, where the warm-up ends, to `end` (Loshchilov and Hutter 2017)."""

    kind: Literal["cosine"] = "cosine"
    end: float = Field(default=0.0, ge=0, le=1)


class OneCycle(_Schedule):
    """Half a cosine from `start` up to 1 at `peak`, and another down to `end` (Smith 2018)."""

    kind: Literal["one_cycle"] = "one_cycle"
    peak: float = Field(default=0.3, gt=0, lt=1, description="share of training that rises")
    start: float = Field(default=1 / 25, ge=0, le=1)
    end: float = Field(default=1 / 250_000, ge=0, le=1)


class Step(_WarmedUp):
    """Multiplied by `factor` at each milestone, a share of the whole training."""

    kind: Literal["step"] = "step"
    milestones: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(min_length=1)
    factor: float = Field(default=0.1, gt=0, lt=1)

    @model_validator(mode="after")
    def _milestones_in_order(self) -> Self:
        if any(a >= b for a, b in pairwise(self.milestones)):
            raise ValueError(
                f"milestones (={list(self.milestones)}) must rise from one to the next; "
                "they are shares of the whole training, such as [0.5, 0.75]"
            )
        return self


class Exponential(_WarmedUp):
    """`end ** share`, from 1 where the warm-up ends to `end`: the same ratio at every step."""

    kind: Literal["exponential"] = "exponential"
    end: float = Field(default=0.01, gt=0, le=1)


ScheduleSettings = Annotated[
    Constant | Linear | Cosine | OneCycle | Step | Exponential, Field(discriminator="kind")
]


def factor(settings: ScheduleSettings, progress: float) -> float:
    """Return what multiplies every base learning rate at this point of the training.

    Units: progress is the share of training done, 0 to 1; the factor is 0 to 1.

    Raises TrainingError when progress is outside 0 to 1.
    """
    if not 0 <= progress <= 1:
        raise TrainingError(
            f"progress (={progress}) must lie between 0 (the first step) and 1 (after the last)"
        )
    if isinstance(settings, OneCycle):
        return _one_cycle(settings, progress)
    if progress < settings.warm_up:
        return _line(settings.start, 1.0, progress / settings.warm_up)
    return _after_warm_up(settings, progress)


def _after_warm_up(
    settings: Constant | Linear | Cosine | Step | Exponential, progress: float
) -> float:
    share = (progress - settings.warm_up) / (1 - settings.warm_up)
    match settings:
        case Constant():
            return 1.0
        case Linear(end=end):
            return _line(1.0, end, share)
        case Cosine(end=end):
            return _half_cosine(1.0, end, share)
        case Step(milestones=milestones, factor=each):
            return float(each ** bisect_right(milestones, progress))
        case Exponential(end=end):
            return float(end**share)


def _one_cycle(settings: OneCycle, progress: float) -> float:
    if progress < settings.peak:
        return _half_cosine(settings.start, 1.0, progress / settings.peak)
    return _half_cosine(1.0, settings.end, (progress - settings.peak) / (1 - settings.peak))


def _line(first: float, last: float, share: float) -> float:
    return first * (1 - share) + last * share


def _half_cosine(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + cos(pi * share)) / 2
