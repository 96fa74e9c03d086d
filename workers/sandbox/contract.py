"""What the call API takes and refuses. Pure functions; an expected "no" is a Refusal.

Documented: the paths, the body fields with their types, which are required, the token's shape, that JWTs are refused,
that X-Organization-ID is a UUID, and the probe's parameters. Assumed: every error status and body, and that fields
which are not documented are refused (stricter than most servers, so that our own mistakes show).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from gateway.model import record

Fields = Mapping[str, Any]
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_STATUSES = frozenset({"active", "paused", "stopped", "completed", "draft"})


@record
class Refusal:
    """An error answer."""

    status: int
    body: dict[str, Any]


@record
class Caller:
    """Who asks: the organization the token or the header names."""

    organization: str


def caller(authorization: str | None, organization: str | None) -> Caller | Refusal:
    """The caller behind the two headers; any well-shaped token is taken, since no account exists here."""
    if not authorization:
        return _detail(401, "Authentication credentials were not provided.")
    scheme, _, token = authorization.partition(" ")
    parts = token.split(".")
    if scheme.lower() == "bearer" and len(parts) == 3:
        return _detail(401, "JWT tokens are not accepted: use {orgId}.{secretToken}.")
    if scheme.lower() != "bearer" or len(parts) != 2 or not is_uuid(parts[0]) or not parts[1].strip():
        return _detail(401, "Invalid token: expected Bearer {orgId}.{secretToken}.")
    if organization is not None and not is_uuid(organization):
        return Refusal(status=400, body={"X-Organization-ID": ["Must be a valid UUID."]})
    return Caller(organization=organization or parts[0])


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def call_fields(content_type: str, body: bytes) -> Fields | Refusal:
    """The body of POST /api/calls/outbound: three strings, the campaign optional."""
    checks = {"fromNumberId": _text, "contactId": _text, "campaignId": _text}
    return _checked(content_type, body, checks, required=("fromNumberId", "contactId"))


def contact_fields(content_type: str, body: bytes) -> Fields | Refusal:
    """The body of POST /api/contacts. Assumed: phone is E.164, custom fields are an object."""
    checks = {
        "phone": _phone,
        "firstName": _text,
        "lastName": _text,
        "email": _email,
        "tags": _tags,
        "fields": _object,
    }
    return _checked(content_type, body, checks, required=("phone",))


def listing_refusal(query: Mapping[str, str]) -> Refusal | None:
    """What is wrong with the parameters of a listing, if anything."""
    wrong = {name: ["A valid integer is required."] for name in _INTEGERS if not query.get(name, "0").isdecimal()}
    if query.get("status", "active") not in _STATUSES:
        wrong["status"] = [f"Must be one of {', '.join(sorted(_STATUSES))}."]
    return Refusal(status=400, body=wrong) if wrong else None


_INTEGERS = ("limit", "offset", "page", "page_size")
_Check = Callable[[Any], str | None]  # what is wrong with a value


def _checked(
    content_type: str, body: bytes, checks: Mapping[str, _Check], *, required: tuple[str, ...]
) -> Fields | Refusal:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return _detail(415, f'Unsupported media type "{content_type[:100]}" in request.')
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _detail(400, f"JSON parse error - {error}")
    if not isinstance(fields, dict):
        return _detail(400, "Invalid data. Expected an object.")
    wrong = {name: ["This field is required."] for name in required if name not in fields}
    for name, value in fields.items():
        problem = checks[name](value) if name in checks else "This field is not documented."
        if problem:
            wrong[name] = [problem]
    return Refusal(status=400, body=wrong) if wrong else fields


def _text(value: Any) -> str | None:
    if value is None:
        return "This field may not be null."
    if not isinstance(value, str):
        return "Not a valid string."
    return None if value.strip() else "This field may not be blank."


def _phone(value: Any) -> str | None:
    return _text(value) or (None if _E164.fullmatch(value) else "Enter a phone number with country code.")


def _email(value: Any) -> str | None:
    return _text(value) or (None if _EMAIL.fullmatch(value) else "Enter a valid email address.")


def _tags(value: Any) -> str | None:
    fine = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if fine else "Expected a list of strings."


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "Expected an object."


def _detail(status: int, text: str) -> Refusal:
    return Refusal(status=status, body={"detail": text})
