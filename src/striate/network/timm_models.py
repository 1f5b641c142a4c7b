"""Models of the package timm, an extra."""

from types import ModuleType
from typing import Any

from torch import nn

from striate.data import CentreCrop
from striate.errors import NetworkError
from striate.network.torchvision_import import import_with_torchvision


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


def _timm() -> ModuleType:
    try:
        return import_with_torchvision("timm")
    except ImportError as error:
        raise NetworkError(
            "models of timm need the package timm; install it with `pip install 'striate[timm]'`"
        ) from error
