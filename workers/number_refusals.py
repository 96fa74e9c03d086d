"""Whether a refusal is about the number a call is made from, and about nothing else.

The calls endpoint documents no errors, so only what names the number is taken for it: the field `fromNumberId`, or a
sentence that speaks of the from-number or the phone-number integration. An answer that also names the contact or the
campaign, or names nothing, is not.
"""

import re
from typing import Any

_NUMBER_FIELDS = frozenset({"fromnumberid", "fromnumber", "phonenumberid", "callerid"})
_WRAPPERS = frozenset({"errors", "error", "detail", "details", "message", "messages"})
_OF_NO_FIELD = frozenset(
    {"code", "status", "statuscode", "type", "success", "ok", "title", "requestid", "nonfielderrors"}
)
_SPEAKS_OF_IT = re.compile(
    r"\bfrom[ _-]?(?:phone[ _-]?)?number|\bphone[ _-]?number[ _-]?integration|\bcaller[ _-]?id\b", re.IGNORECASE
)
_SPEAKS_OF_ANOTHER = re.compile(
    r"\bcontact|\bcampaign|\brecipient|\bcallee|\bto[ _-]?number|\bdestination|\bdo[ -]not[ -]call|\bopt(ed)?[ -]?out",
    re.IGNORECASE,
)
_MAX_DEPTH = 4


def is_about_the_number(answer: Any) -> bool:
    """Of the parsed body of a definite refusal; None or anything unclear is not."""
    fields, texts = _fields(answer, 0), _texts(answer, 0)
    said = " ".join(texts)
    if _SPEAKS_OF_ANOTHER.search(said) or fields - _NUMBER_FIELDS - _OF_NO_FIELD:
        return False
    return bool(fields & _NUMBER_FIELDS) or bool(_SPEAKS_OF_IT.search(said))


def _fields(value: Any, depth: int) -> frozenset[str]:
    """The fields an answer complains of, in small letters without `_`; what only wraps them is looked into."""
    if depth >= _MAX_DEPTH or not isinstance(value, dict):
        return frozenset()
    found: frozenset[str] = frozenset()
    for key, inner in value.items():
        name = re.sub(r"[_-]", "", str(key)).lower()
        found |= _fields(inner, depth + 1) if name in _WRAPPERS else frozenset({name})
    return found


def _texts(value: Any, depth: int) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if depth >= _MAX_DEPTH or not isinstance(value, dict | list):
        return ()
    items = value.values() if isinstance(value, dict) else value
    return tuple(text for item in items for text in _texts(item, depth + 1))
