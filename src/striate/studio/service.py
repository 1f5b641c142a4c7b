"""What a page can ask for: sessions, their requests, and what is answered."""

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from striate.errors import StudioError
from striate.studio.frames import Arrays


class Parameters(BaseModel):
    """The parameters of a request: nothing unknown, nothing infinite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: JSON values, and arrays if there are any."""

    values: Mapping[str, Any]
    arrays: Arrays = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that can be asked for.

    `call` takes (session, parameters, arrays of the message) and blocks; that of a stream takes the
    same and gives an asynchronous iterator of answers.
    """

    name: str
    parameters: type[Parameters]
    call: Callable[..., Any]
    stream: bool

    def validated(self, given: Any) -> Parameters:
        """The parameters of a message.

        Raises StudioError that says which of them is wrong, and how.
        """
        try:
            return self.parameters.model_validate(given)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)
            said = "; ".join(f"{_place(one['loc'])}: {one['msg'][:300]}" for one in wrong[:3])
            raise StudioError(f"{self.name}: {said}") from None
        except RecursionError:
            raise StudioError(f"{self.name}: the parameters are nested too deeply") from None


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:40] for part in path[:8]) or "parameters"


class Session:
    """What one page has asked for in one view, as long as it is open.

    A subclass has the requests of a view as methods marked with `@request`.
    """

    def requests(self) -> dict[str, Request]:
        """The requests by their names."""
        marked = inspect.getmembers(type(self), lambda member: hasattr(member, "_request"))
        return {member._request.name: member._request for _, member in marked}

    def brief(self, parameters: Parameters) -> bool:  # noqa: ARG002
        """Whether a request takes hardly more time than handing it to another thread and back."""
        return False

    def close(self) -> None:
        """The page is gone."""


Method = TypeVar("Method", bound=Callable[..., Any])
Stream = AsyncIterator[Answer]


def request(name: str) -> Callable[[Method], Method]:
    """Mark a method (self, parameters, arrays) of a session as what answers a request.

    The annotation of `parameters` says what they are. An asynchronous generator is a stream.
    """

    def mark(method: Method) -> Method:
        kind = get_type_hints(method)["parameters"]
        stream = inspect.isasyncgenfunction(method)
        method._request = Request(name, kind, method, stream)  # type: ignore[attr-defined]
        return method

    return mark
