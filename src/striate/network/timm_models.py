"""Models of the package timm, an extra."""

from contextlib import suppress
from typing import Any

import torch
from torch import nn

from striate.data import CentreCrop
from striate.errors import NetworkError


def create(name: str) -> nn.Module:
    """A model of timm's by its name, with random weights.

    Raises NetworkError when timm is not installed or has no model of that name.
    """
    timm = _timm()
    known = timm.list_models()
    if name not in known:
        near = [other for other in known if other.startswith(name.split("_", maxsplit=1)[0])][:5]
        hint = f"; it has {', '.join(near)}" if near else ""
        raise NetworkError(f"timm has no model {name!r}{hint}")
    model: nn.Module = timm.create_model(name)
    return model


def input_shape(model: nn.Module) -> tuple[int, ...]:
    """The shape (C, H, W) that timm names for a model's input."""
    return tuple(_settings(model)["input_size"])


def preprocessing(model: nn.Module, shape: tuple[int, ...]) -> CentreCrop:
    """The preprocessing that timm names for a model, for an input of the given shape."""
    known = _settings(model)
    height, width = shape[1:]
    resized = round(max(height, width) / known.get("crop_pct", 1.0))
    return CentreCrop(
        (height, width),
        max(resized, height, width),
        tuple(known["mean"]),
        tuple(known["std"]),
        (),
        "bicubic" if known.get("interpolation") == "bicubic" else "bilinear",
    )


def _settings(model: Any) -> dict[str, Any]:
    return dict(model.pretrained_cfg)


def _timm() -> Any:
    # torchvision, which timm imports, describes two operators that a build of it for another torch
    # cannot define; no classification network uses them.
    definitions = (
        ("nms", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"),
        ("qnms", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"),
    )
    try:
        import timm  # noqa: PLC0415
    except ImportError as error:
        raise NetworkError(
            "models of timm need the package timm; install it with `pip install 'striate[timm]'`"
        ) from error
    except RuntimeError:
        define: Any = torch.library.define
        for name, schema in definitions:
            with suppress(RuntimeError):  # defined already
                define(f"torchvision::{name}", schema)
        import timm  # noqa: PLC0415
    return timm
