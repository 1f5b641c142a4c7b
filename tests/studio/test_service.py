"""What a page may ask for is checked before anything is done."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from striate.errors import StudioError
from striate.studio.frames import Arrays
from striate.studio.service import Answer, Parameters, Request, Session, request


class Wanted(Parameters):
    """What the request below takes."""

    layer: str
    index: tuple[int, ...] = ()
    rate: Annotated[float, Field(gt=0, le=10)] = 1.0
    kind: Literal["maps", "filters"] = "maps"
    more: Mapping[str, float] = {}


class Looking(Session):
    """A view with an answer and a stream."""

    @request("test.look")
    def look(self, parameters: Wanted, arrays: Arrays) -> Answer:
        """Say what was asked."""
        return Answer({"layer": parameters.layer})

    @request("test.follow")
    async def follow(self, parameters: Wanted, arrays: Arrays) -> AsyncIterator[Answer]:
        """Say it twice."""
        for _ in range(2):
            yield Answer({"layer": parameters.layer})

    def helper(self) -> None:
        """Not a request."""


class Deeper(Looking):
    """A view that adds to another."""

    @request("test.deeper")
    def deeper(self, parameters: Wanted, arrays: Arrays) -> Answer:
        """Say nothing."""
        return Answer({})


@pytest.fixture
def look() -> Request:
    """The request of the view above."""
    return Looking().requests()["test.look"]


def test_the_requests_of_a_session_are_its_marked_methods() -> None:
    requests = Looking().requests()
    assert set(requests) == {"test.look", "test.follow"}
    assert requests["test.follow"].stream
    assert not requests["test.look"].stream
    assert set(Deeper().requests()) == {"test.look", "test.follow", "test.deeper"}


def test_a_request_is_called_with_what_it_takes(look: Request) -> None:
    wanted = look.validated({"layer": "conv1", "index": [1, 2], "rate": 2})
    assert wanted == Wanted(layer="conv1", index=(1, 2), rate=2.0)
    assert look.call(Looking(), wanted, {}) == Answer({"layer": "conv1"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "layer: Field required"),
        ({"layer": None}, "layer: Input should be a valid string"),
        ({"layer": 1}, "layer: Input should be a valid string"),
        ({"layer": "a", "unknown": 1}, "unknown: Extra inputs are not permitted"),
        ({"layer": "a", "index": "1"}, "index: Input should be a valid tuple"),
        ({"layer": "a", "index": [1.5]}, "index.0: Input should be a valid integer"),
        ({"layer": "a", "index": [2**200]}, None),
        ({"layer": "a", "rate": 0}, "rate: Input should be greater than 0"),
        ({"layer": "a", "rate": 1e300}, "rate: Input should be less than or equal to 10"),
        ({"layer": "a", "rate": float("nan")}, "rate: Input should be a finite number"),
        ({"layer": "a", "rate": float("inf")}, "rate: Input should be a finite number"),
        ({"layer": "a", "more": {"x": float("-inf")}}, "more.x: Input should be a finite number"),
        ({"layer": "a", "kind": "pictures"}, "kind: Input should be 'maps' or 'filters'"),
        (None, "parameters: Input should be a valid dictionary"),
        ([], "parameters: Input should be a valid dictionary"),
        ("layer", "parameters: Input should be a valid dictionary"),
        (1, "parameters: Input should be a valid dictionary"),
    ],
)
def test_wrong_parameters_are_refused_in_words(look: Request, given: Any, said: str | None) -> None:
    if said is None:  # a whole number of any size is one; who takes it says how large it may be
        look.validated(given)
        return
    with pytest.raises(StudioError) as refused:
        look.validated(given)
    assert str(refused.value).startswith(f"test.look: {said}")


def test_all_that_is_wrong_is_not_said_at_once(look: Request) -> None:
    """A refusal is short, whatever was sent: a hostile name does not come back at full length."""
    many = {"layer": 1} | {f"{number}" * 1000: number for number in range(500)}
    with pytest.raises(StudioError) as refused:
        look.validated(many)
    assert len(str(refused.value)) < 500
    with pytest.raises(StudioError) as refused:
        look.validated({"layer": "a", "kind": "x" * 100_000})
    assert len(str(refused.value)) < 500


def test_deep_parameters_are_refused(look: Request) -> None:
    deep: Any = json.loads("[" * 900 + "]" * 900)
    with pytest.raises(StudioError):
        look.validated({"layer": deep})
    with pytest.raises(StudioError):
        look.validated(deep)
