"""What an answer may show of a person: nothing that identifies them, unless a single record is revealed."""

import re

from gateway.model import JsonValue
from gateway.phones import mask_phone

_DATE = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)"
_NUMBER = re.compile(rf"(?<!\d)(?!{_DATE})\+?\d(?:[ .()/-]{{0,2}}\d){{6,}}")
_HIDDEN = "(hidden)"


def mask_text(text: str) -> str:
    """Free text, such as a detail or an error, with everything that could be a phone number masked."""
    return _NUMBER.sub(lambda found: mask_phone(found.group()), text)


def outline(value: JsonValue) -> JsonValue:
    """A payload's shape: every key, no value. Enough to write a rule by, nothing to know a person by."""
    if isinstance(value, dict):
        return {mask_text(key): outline(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [outline(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    return f"(text, {len(value)})" if isinstance(value, str) else "(number)"


def hidden(value: str | None) -> str | None:
    """Whether something is there, and no more."""
    return _HIDDEN if value else value
