"""Messages to a page's socket that no page sends, each certainly wrong, all of them from a seed."""

import json
import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from striate.studio.arithmetic import ArithmeticSession
from striate.studio.frames import encode
from striate.studio.looking import LookSession
from striate.studio.running import TrainSession

REQUESTS = sorted(
    name
    for view in (ArithmeticSession, LookSession, TrainSession)
    for name in view.__new__(view).requests()
)
NO_ID: list[Any] = [None, -1, 1.5, True, "1", [], {}, 2**53, 10**30]
NO_REQUEST: list[Any] = [None, 1, [], "", "look", "look.", "__class__", "x" * 9999]
NO_PARAMETERS: list[Any] = [None, [], "x", 1, False, {"surplus": 1}, {"": {}}, {"\0": "\0" * 50}]
NO_ARRAY: list[Any] = [
    None,
    {},
    [1],
    {"name": "a"},
    {"name": 1, "type": "uint8", "shape": [1]},
    {"name": "a", "type": "object", "shape": [1]},
    {"name": "a", "type": "uint8", "shape": [-1]},
    {"name": "a", "type": "uint8", "shape": [1.0]},
    {"name": "a", "type": "float32", "shape": [2**31 - 1] * 8},
    {"name": "a", "type": "uint8", "shape": [1] * 99},
    {"name": "a", "type": "uint8", "shape": [10**9, 0, 10**9]},
]
NO_JSON = ["", "{", "nul", '{"id": NaN}', '{"id": 1e999}', "[" * 50_000, '{"id": "\\ud800"}', "\0"]


@dataclass(frozen=True)
class Message:
    """What is sent, and the id that its answer must have."""

    content: str | bytes
    id: int | None = None


def malformed_message(chance: random.Random) -> Message:
    """One of the ways in which a message can be wrong."""
    return chance.choice((_rubbish, _cut, _no_object, _wrong_part, _wrong_frame))(chance)


def _whole(chance: random.Random) -> tuple[int, dict[str, Any]]:
    number = chance.randrange(2**53)
    return number, {"id": number, "request": chance.choice(REQUESTS), "parameters": {}}


def _rubbish(chance: random.Random) -> Message:
    content = chance.randbytes(chance.randrange(200))
    # A first byte that no JSON begins with, so that not by chance it is some.
    return Message(content if chance.random() < 0.5 else "\ufffd" + content.decode("latin-1"))


def _cut(chance: random.Random) -> Message:
    _, whole = _whole(chance)
    text = json.dumps(whole)
    if chance.random() < 0.5:
        return Message(text[: chance.randrange(len(text))])
    frame = encode(whole, {"drawing": np.zeros((5, 8), np.uint8)})
    return Message(frame[: chance.randrange(len(frame))])


def _no_object(chance: random.Random) -> Message:
    value = chance.choice([None, True, 5, -0.5, "look.open", [], [{"id": 1}]])
    return Message(chance.choice([*NO_JSON, json.dumps(value)]))


def _wrong_part(chance: random.Random) -> Message:
    number, whole = _whole(chance)
    answered: int | None = number
    match chance.randrange(5):
        case 0:
            whole["id"], answered = chance.choice(NO_ID), None
        case 1:
            whole["request"] = chance.choice(NO_REQUEST)
        case 2:
            whole["parameters"] = chance.choice(NO_PARAMETERS)
        case 3:
            whole["latest"] = chance.choice([1, False, [], {}, ["pen"]])
        case 4:
            whole["cancel"] = chance.choice([*NO_ID, number])
    return Message(json.dumps(whole), answered)


def _wrong_frame(chance: random.Random) -> Message:
    _, whole = _whole(chance)
    frame = encode(whole, {"drawing": np.ones((2, 4), np.uint8)})
    match chance.randrange(4):
        case 0:
            return Message(frame + chance.randbytes(chance.randint(1, 50)))
        case 1:
            size = chance.choice([0, 1, 2, 3, 2**20, 2**31, 2**32 - 1])
            return Message(size.to_bytes(4, "little") + frame[4:])
        case 2:
            return Message(_frame({**whole, "arrays": [chance.choice(NO_ARRAY)]}))
        case _:
            twice = [{"name": "a", "type": "uint8", "shape": [0]}] * 2
            return Message(_frame({**whole, "arrays": chance.choice([twice, None, {}, "a", 7])}))


def _frame(head: dict[str, Any]) -> bytes:
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text
