"""The worked examples of the lectures, each as the parameters of a request with its answer."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Part = Literal["slide", "pool", "size"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A worked example: `parameters` of `arithmetic.<part>`, and what the lecture says it gives.

    `lecture` names the lecturer; `rule` is what is said in words or symbols.
    """

    part: Part
    id: str
    lecture: str
    title: str
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""


@cache
def presets() -> tuple[Preset, ...]:
    """All worked examples, in the order in which they are shown."""
    text = (files("striate.studio.arithmetic") / "presets.toml").read_text("utf-8")
    return tuple(Preset(**entry) for entry in tomllib.loads(text)["preset"])
