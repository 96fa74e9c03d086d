"""Putting a field into a body, and taking one out of a payload: what secrets in bodies need."""

from typing import Annotated, TypeAlias
from urllib.parse import urlencode

import orjson
from pydantic import AfterValidator

from gateway.decoding import strict_json
from gateway.decoding.content import content_type
from gateway.decoding.selectors import parse_selector
from gateway.errors import Unreadable
from gateway.model import JsonValue, Request


def with_field(request: Request, path: str, text: str) -> bytes:
    """The body with a text at a path: of a JSON object, or of a form, where steps become brackets.

    Raises Unreadable for a body that is not JSON, or that holds something else where the path leads.
    """
    names = _names(path)
    if content_type(request).media == "application/x-www-form-urlencoded":
        pair = urlencode({names[0] + "".join(f"[{name}]" for name in names[1:]): text}).encode("ascii")
        return b"&".join(filter(None, (request.body, pair)))
    value = strict_json.loads(request.body)
    place = value
    for name in names[:-1]:
        place = place.setdefault(name, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise Unreadable(f"the body has no place for {path}")
    place[names[-1]] = text
    return orjson.dumps(value)


def without_field(value: JsonValue, path: str) -> JsonValue:
    """The value without what stands at the path; unchanged where nothing does. Nothing is changed in place."""
    return _without(value, _names(path))


def body_without_field(raw: bytes, path: str) -> bytes:
    """A JSON body without what stands at the path, written anew; as it came where it is not JSON or has none there."""
    try:
        value = strict_json.loads(raw)
    except Unreadable:
        return raw
    kept = without_field(value, path)
    return raw if kept is value else orjson.dumps(kept)


def _without(value: JsonValue, names: list[str]) -> JsonValue:
    if not isinstance(value, dict) or names[0] not in value:
        return value
    kept = {name: member for name, member in value.items() if name != names[0]}
    if len(names) == 1:
        return kept
    return {**value, names[0]: _without(value[names[0]], names[1:])}


def _names(path: str) -> list[str]:
    """The path's steps, all of them names. Raises ValueError for any other step."""
    steps = parse_selector(path)
    names = [step.name for step in steps if step.name is not None]
    if len(names) != len(steps):
        raise ValueError(f"{path} is more than names: a secret stands in a member, not in an element")
    return names


def _checked(path: str) -> str:
    _names(path)
    return path


FieldPath: TypeAlias = Annotated[str, AfterValidator(_checked)]
