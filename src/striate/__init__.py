"""Striate builds, trains and looks inside convolutional networks.

`import striate` is cheap: the public names are loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = [
    "Network",
    "__version__",
    "data",
    "errors",
    "geometry",
    "layers",
    "models",
    "network",
    "notation",
    "training",
]


def __getattr__(name: str) -> Any:
    if name == "Network":
        return import_module("striate.network").Network
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
