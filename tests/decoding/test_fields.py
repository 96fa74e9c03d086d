"""Fields put into bodies and taken out of payloads."""

import pytest
from inbound import json_request, request_of
from pydantic import TypeAdapter, ValidationError

from gateway.decoding.content import decode_body
from gateway.decoding.fields import FieldPath, body_without_field, with_field, without_field
from gateway.errors import Unreadable
from gateway.model import JsonValue


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (b"{}", "key", b'{"key":"s"}'),
        (b'{"a":{"b":1}}', "a.key", b'{"a":{"b":1,"key":"s"}}'),
        (b"{}", "a.key", b'{"a":{"key":"s"}}'),
        (b'{"key":1}', "key", b'{"key":"s"}'),
    ],
)
def test_a_field_is_put_into_json(body: bytes, path: str, expected: bytes) -> None:
    """Where the path leads, making objects on the way."""
    assert with_field(json_request(body), path, "s") == expected


@pytest.mark.parametrize("body", [b"[]", b'{"a":1}', b"", b"\xff"])
def test_a_body_without_such_a_place_is_unreadable(body: bytes) -> None:
    """A list, a plain value on the way, or no JSON at all."""
    with pytest.raises(Unreadable):
        with_field(json_request(body), "a.key", "s")


@pytest.mark.parametrize(("body", "path"), [(b"a=1", "key"), (b"", "key"), (b"a=1", "auth.key")])
def test_a_field_is_put_into_a_form(body: bytes, path: str) -> None:
    """With brackets for the steps below the first, and percent-encoded."""
    request = request_of(body, {"Content-Type": "application/x-www-form-urlencoded"})
    filled = with_field(request, path, "s&t")
    decoded = decode_body(request_of(filled, request.headers), "php_form")
    assert decoded == {**({"a": "1"} if body else {}), **({"auth": {"key": "s&t"}} if "." in path else {"key": "s&t"})}


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({"key": 1, "a": 2}, "key", {"a": 2}),
        ({"a": {"key": 1, "b": 2}}, "a.key", {"a": {"b": 2}}),
        ({"a": 2}, "key", {"a": 2}),
        ({"a": 2}, "a.key", {"a": 2}),
        ([1], "key", [1]),
    ],
)
def test_a_field_is_taken_out(value: JsonValue, path: str, expected: JsonValue) -> None:
    """And what does not hold it stays as it is."""
    assert without_field(value, path) == expected


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b'{"key": "s", "a": 1}', b'{"a":1}'),
        (b'{"a": 1}', b'{"a": 1}'),
        (b'["key"]', b'["key"]'),
        (b'{"key": "s"', b'{"key": "s"'),
    ],
)
def test_a_body_is_kept_without_its_secret(raw: bytes, kept: bytes) -> None:
    """Written anew only where it held one."""
    assert body_without_field(raw, "key") == kept


@pytest.mark.parametrize("path", ["a[0]", "a[b=c]", "", "a..b"])
def test_a_field_is_reached_by_names_alone(path: str) -> None:
    """A secret's place is fixed; an element of a list is not a place."""
    assert TypeAdapter(FieldPath).validate_python("auth.key") == "auth.key"
    with pytest.raises(ValidationError):
        TypeAdapter(FieldPath).validate_python(path)
