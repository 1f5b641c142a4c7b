"""Striate builds, trains and looks inside convolutional networks.

`import striate` is cheap: the public names are loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PACKAGES = ("geometry", "layers", "notation", "data", "training", "errors")

__all__ = ["__version__", *_PACKAGES]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
