"""What is wrong with a recipe, in words: the setting, its value, and what would work."""

import json
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from striate.names import nearest

_MUST = "must be "
_MOST_MISTAKES = 50  # as many as somebody may read; a recipe has about as many settings


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return one line a mistake: the path of the setting, and what would be right."""
    found: dict[str, list[str]] = {}
    mistakes = error.errors()
    for details in mistakes[:_MOST_MISTAKES]:
        setting, problem = _one(details, model)
        found.setdefault(setting, []).append(problem)
    # Several problems of one setting are the several forms it may have, none of which it has.
    lines = [
        f"  {setting}: {', or '.join([first, *(other.removeprefix(_MUST) for other in others)])}"
        for setting, (first, *others) in found.items()
    ]
    if len(mistakes) > _MOST_MISTAKES:
        lines.append(f"  ... and {len(mistakes) - _MOST_MISTAKES:,} more")
    return "\n".join(lines)


def near(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'X'?)` for the nearest known word, or nothing when none is near."""
    return "".join(f" (did you mean {name!r}?)" for name in nearest(word, known))


def _one(details: Any, model: type[BaseModel]) -> tuple[str, str]:
    """Return the setting, with its value where that says more, and what is wrong with it."""
    location: tuple[int | str, ...] = details["loc"]
    fields, path, here = _walk(model, location)
    setting = ".".join(path) or "the recipe"
    match details["type"]:
        case "extra_forbidden":
            known = sorted(fields)
            return setting, (
                f"there is no such setting{near(path[-1], known)}; known here: {', '.join(known)}"
            )
        case "missing":
            return setting, "this setting is missing"
        case "union_tag_invalid":
            tag, expected = details["ctx"]["tag"], details["ctx"]["expected_tags"]
            kinds = [kind.strip("' ") for kind in expected.split(",")]
            return f"{setting}.kind", (
                f"there is no {tag!r}{near(tag, kinds)}; known: {', '.join(kinds)}"
            )
        case "union_tag_not_found":
            kinds = [kind for member in _members(here) for kind in _kinds(member)]
            return f"{setting}.kind", f"this setting is missing; known: {', '.join(kinds)}"
        case _:
            value = details["input"]
            shown = json.dumps(value, ensure_ascii=False)
            if isinstance(value, dict | list) or len(shown) > 60:
                return setting, _plainly(details["msg"])
            return f"{setting} (= {shown})", _plainly(details["msg"])


def _plainly(message: str) -> str:
    """Return pydantic's message in the words of TOML."""
    message = message.removeprefix("Value error, ")
    for theirs, ours in (
        ("Input should be ", _MUST),
        ("an object", "a table"),
        ("a valid array", "a list"),
        ("a valid ", "a "),
        ("a integer", "a whole number"),
        ("a string", "text"),
        ("a boolean", "true or false"),
    ):
        message = message.replace(theirs, ours)
    return message


def _walk(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[set[str], list[str], Any]:
    """Follow an error's location to the fields known there, the path the user wrote, and the type.

    pydantic puts into the location which member of a union it tried: the `kind` of a model, or a
    description such as `tuple[int, ...]`. The user did not write those.
    """
    here: Any = model
    fields: set[str] = set(model.model_fields)
    path: list[str] = []
    for part in location:
        members = _members(here)
        tagged = [member for member in members if part in _kinds(member)]
        if tagged:
            here = tagged[0]
        elif isinstance(part, int):
            path[-1] += f"[{part + 1}]"
            here = _item(members)
        else:
            models = [member for member in members if _is_model(member)]
            if path and not models:
                continue
            path.append(part)
            fields = {name for member in models for name in member.model_fields}
            found = [member.model_fields[part] for member in models if part in member.model_fields]
            here = found[0].rebuild_annotation() if found else None
    return fields, path, here


def _members(annotation: Any) -> list[Any]:
    """Return the types an annotation stands for, with unions and `Annotated` taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [member for part in get_args(annotation) for member in _members(part)]
    return [annotation]


def _item(members: list[Any]) -> Any:
    sequences = [member for member in members if get_origin(member) in (tuple, list)]
    return get_args(sequences[0])[0] if sequences else None


def _kinds(member: Any) -> tuple[Any, ...]:
    if not _is_model(member) or "kind" not in member.model_fields:
        return ()
    annotation = member.model_fields["kind"].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _is_model(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, BaseModel)
