"""Reading the call API's answers, whose shapes are mostly undocumented: ids by place, errors as one safe line."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

MAX_DETAIL = 300
MAX_ID = 200
_MAX_DEPTH = 4
_MESSAGE_KEYS = ("detail", "error", "message", "error_description", "title")
_SECRET_PARTS_FROM = 6  # shorter parts would tear holes into ordinary words
_PHONE_LIKE = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){6,}")
_INVISIBLE_MARKUP = re.compile(r"<(script|style|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def parsed(body: bytes) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None


def id_at(places: Iterable[str], answer: Any) -> str | None:
    """The first id found in `places` (dotted paths); a whole number counts as an id, as text."""
    for place in places:
        found = answer
        for key in place.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, str) and 0 < len(found.strip()) <= MAX_ID and found.isprintable():
            return found.strip()
    return None


def error_text(body: bytes) -> str:
    """What an error answer says, in one line that is safe to show: short, no markup, phone numbers masked.

    Knows `{"detail": …}`, `{"error"|"message": …}`, `{field: [messages]}` in any nesting, plain text and HTML.
    """
    answer = parsed(body)
    text = "; ".join(_said(answer, 0)) if isinstance(answer, dict | list | str) else _plain(body)
    return shown(text)


def shown(text: str) -> str:
    """Any text as one short printable line with phone numbers masked to their last two digits."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 8 * MAX_DETAIL]).split())
    masked = _PHONE_LIKE.sub(_masked, line)
    return masked if len(masked) <= MAX_DETAIL else masked[: MAX_DETAIL - 1] + "…"


def masked_phone(text: str) -> str:
    """A number with all digits but its last two hidden, separators dropped."""
    digits = [char for char in text if char.isdigit()]
    return "•" * (len(digits) - 2) + "".join(digits[-2:])


def without_secret(body: bytes, token: str) -> bytes:
    """The body with the token, whole or the part after its dot, blotted out, should the API echo it."""
    for part in (token, token.partition(".")[2]):
        if len(part) >= _SECRET_PARTS_FROM:
            body = body.replace(part.encode(), b"[secret]")
    return body


def _said(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth >= _MAX_DEPTH:
        yield "…"
    elif isinstance(value, dict):
        yield from _said_by_object(value, depth)
    elif isinstance(value, list):
        for item in value:
            yield from _said(item, depth + 1)
    else:
        yield str(value)


def _said_by_object(value: dict[str, Any], depth: int) -> Iterator[str]:
    message = next((value[key] for key in _MESSAGE_KEYS if value.get(key)), None)
    if message is not None:
        yield from _said(message, depth + 1)
        return
    for key, item in value.items():
        yield f"{key}: {', '.join(_said(item, depth + 1))}"


def _plain(body: bytes) -> str:
    text = body[: 16 * MAX_DETAIL].decode("utf-8", "replace")
    if "<" not in text:
        return text
    return html.unescape(_TAG.sub(" ", _INVISIBLE_MARKUP.sub(" ", text)))


def _masked(found: re.Match[str]) -> str:
    return masked_phone(found.group())
