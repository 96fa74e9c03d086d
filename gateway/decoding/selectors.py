"""Finding one value in a payload: `data.phone`, `answers[field.ref=phone].phone_number`, `/data/phones/0`.

A dotted path: names, `"quoted names"` for those with dots or spaces, `[2]` for an element, `[key=value]` for
the first element whose `key` (itself a dotted path) reads `value`. A path that begins with `/` is a JSON
Pointer (RFC 6901).
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from gateway.model import JsonValue, record

_TOKEN = re.compile(
    r"""(?P<dot>\.)?(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<plain>[^."\[\]=]+))"""
    r"""|\[(?P<index>[0-9]{1,4})\]|\[(?P<key>[^\[\]="]+)=(?P<value>[^\[\]]*)\]""",
)
_LONGEST = 300
_TRUE = frozenset({"true", "1", "yes", "on"})


@record
class Step:
    """One step of a path: into a member by name, an element by index, or the element where key reads value."""

    name: str | None = None
    index: int | None = None
    where: tuple[str, str] | None = None


@lru_cache(maxsize=1024)
def parse_selector(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError saying where it cannot be read."""
    if not path or len(path) > _LONGEST:
        raise ValueError(f"a path has 1 to {_LONGEST} characters")
    if path.startswith("/"):
        return tuple(_pointer_step(part) for part in path[1:].split("/"))
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _TOKEN.match(path, position)
        if match is None or not _joined(match, first=not steps):
            raise ValueError(f"{path!r} cannot be read from character {position + 1} on")
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def _checked(path: str) -> str:
    parse_selector(path)
    return path


Selector: TypeAlias = Annotated[str, AfterValidator(_checked)]


def select(value: JsonValue, path: str) -> JsonValue:
    """The value at the path, or None where there is none."""
    for step in parse_selector(path):
        value = _follow(value, step)
    return value


def text_of(value: JsonValue) -> str | None:
    """A value as the text a person would write: numbers as digits, a list's first, nothing for the rest."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def is_true(value: JsonValue) -> bool:
    """Whether a value means yes: true, 1, "true", "1", "yes", "on"."""
    return value is True or (text_of(value) or "").lower() in _TRUE


def moment_of(value: JsonValue) -> datetime | None:
    """A moment from ISO 8601 text, or seconds or milliseconds since 1970; None where it is none of these."""
    text = text_of(value) or ""
    try:
        if re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,9})?", text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_MILLISECONDS_FROM = 1e11  # as seconds that would be the year 5138


def _joined(match: re.Match[str], *, first: bool) -> bool:
    """Names after the first step need a dot, brackets and the first step must have none."""
    named = match["plain"] is not None or match["quoted"] is not None
    return not named or (match["dot"] is None) == first


def _step(match: re.Match[str]) -> Step:
    if match["index"] is not None:
        return Step(index=int(match["index"]))
    if match["key"] is not None:
        parse_selector(match["key"])
        return Step(where=(match["key"], match["value"]))
    if match["quoted"] is not None:
        return Step(name=re.sub(r"\\(.)", r"\1", match["quoted"]))
    return Step(name=match["plain"])


def _pointer_step(part: str) -> Step:
    index = int(part) if re.fullmatch(r"0|[1-9][0-9]{0,3}", part) else None
    return Step(name=part.replace("~1", "/").replace("~0", "~"), index=index)


def _follow(value: JsonValue, step: Step) -> JsonValue:
    if isinstance(value, dict):
        return value.get(step.name) if step.name is not None else None
    if not isinstance(value, list):
        return None
    if step.where is not None:
        key, wanted = step.where
        return next((one for one in value if text_of(select(one, key)) == wanted), None)
    return value[step.index] if step.index is not None and step.index < len(value) else None
