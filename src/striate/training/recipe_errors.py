"""What is wrong with a recipe, in words: the setting, its value, and what would work."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return one line a mistake: the path of the setting, and what would be right."""
    return "\n".join(f"  {_one(details, model)}" for details in error.errors())


def near(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'X'?)` for the nearest known word, or nothing when none is near."""
    matches = get_close_matches(word, list(known), n=1)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _one(details: Any, model: type[BaseModel]) -> str:
    location: tuple[int | str, ...] = details["loc"]
    fields, path = _walk(model, location)
    setting = ".".join(path)
    match details["type"]:
        case "extra_forbidden":
            known = sorted(fields)
            return (
                f"{setting}: there is no such setting{near(path[-1], known)}; "
                f"known here: {', '.join(known)}"
            )
        case "missing":
            return f"{setting}: this setting is missing"
        case "union_tag_invalid":
            tag, expected = details["ctx"]["tag"], details["ctx"]["expected_tags"]
            kinds = [kind.strip("' ") for kind in expected.split(",")]
            known_kinds = f"known: {', '.join(kinds)}"
            return f"{setting}.kind: there is no {tag!r}{near(tag, kinds)}; {known_kinds}"
        case "union_tag_not_found":
            return f"{setting}: say which `kind`"
        case _:
            value = details["input"]
            shown = "" if isinstance(value, dict | list) else f" (= {str(value)[:60]!r})"
            return f"{setting}{shown}: {details['msg'].removeprefix('Value error, ').lower()}"


def _walk(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[set[str], list[str]]:
    """Follow an error's location to the fields known there and the path the user wrote.

    pydantic puts the `kind` of a union's member into the location, which the user did not write.
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
            if any(part == member.__name__ for member in models):
                here = next(member for member in models if member.__name__ == part)
                continue
            path.append(part)
            fields = {name for member in models for name in member.model_fields}
            found = [member.model_fields[part] for member in models if part in member.model_fields]
            here = found[0].rebuild_annotation() if found else None
    return fields, path


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
