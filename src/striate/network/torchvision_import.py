"""Packages that import torchvision, beside a torch that torchvision was not built for."""

import importlib
from contextlib import suppress
from types import ModuleType
from typing import Any

import torch

_OPERATORS = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def import_with_torchvision(name: str) -> ModuleType:
    """The package `name`, which is torchvision or imports it.

    As it is imported, torchvision describes two of its compiled operators, which do not load beside
    another torch. They are given a name; no classification network calls them.
    Raises ImportError when the package is not installed.
    """
    try:
        return importlib.import_module(name)
    except RuntimeError:
        define: Any = torch.library.define
        for operator in _OPERATORS:
            with suppress(RuntimeError):  # defined already
                define(f"torchvision::{operator}", _SCHEMA)
        return importlib.import_module(name)
