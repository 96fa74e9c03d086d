"""Choosing the reader by content type."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import request_of

from gateway.decoding.content import BodyKind, ContentType, content_type, decode_body, decode_json_field, decode_query
from gateway.errors import Unreadable
from gateway.model import JsonValue

FORM = "application/x-www-form-urlencoded"
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("declared", "body", "value"),
    [
        ("application/json", b'{"a":1}', {"a": 1}),
        ("Application/JSON; Charset=UTF-8", b'{"a":1}', {"a": 1}),
        ("application/vnd.api+json", b"[1]", [1]),
        (FORM, b"a=1&a=2", {"a": ["1", "2"]}),
        (FORM + "; charset=iso-8859-1", b"a=%E9", {"a": "é"}),
        (FORM, b"a[b]=1", {"a[b]": "1"}),
        ("multipart/form-data; boundary=b", MULTIPART, {"a": "1"}),
        ('multipart/form-data; boundary="b"', MULTIPART, {"a": "1"}),
        ("text/plain", b' \n{"a":1}', {"a": 1}),
        ("text/plain; charset=utf-8", b"\xef\xbb\xbf[1]", [1]),
        ("application/octet-stream", b"{}", {}),
        ("", b"{}", {}),
    ],
)
def test_auto_goes_by_the_content_type(declared: str, body: bytes, value: JsonValue) -> None:
    """And text/plain, octet-stream or nothing at all may hold JSON."""
    assert decode_body(request_of(body, {"Content-Type": declared} if declared else {})) == value


@pytest.mark.parametrize(
    ("declared", "body", "says"),
    [
        ("application/json", b"a=1", "not JSON"),
        ("application/json; charset=iso-8859-1", b"{}", "must be in UTF-8"),
        ("application/json; charset=utf-16", b"{}", "send UTF-8"),
        ("text/plain", b"hello", "does not look like JSON"),
        ("text/html", b"{}", "'text/html' is not supported"),
        ("application/yaml", b"<a/>", "not supported"),
        ("x" * 5000, b"<a/>", "not supported"),
        ("multipart/form-data", MULTIPART, "boundary"),
        (FORM + "; charset=utf-7", b"a=1", "charset"),
    ],
)
def test_what_cannot_be_read_says_so(declared: str, body: bytes, says: str) -> None:
    """A short text, whatever the header holds."""
    with pytest.raises(Unreadable, match=says) as error:
        decode_body(request_of(body, {"Content-Type": declared}))
    assert len(str(error.value)) < 200


def test_without_a_body_the_query_is_the_payload() -> None:
    """As GET senders, and a POST without a body, mean it; with neither there is nothing."""
    assert decode_body(request_of(b"", method="GET", query="phone=%2B1&x=a&x=b")) == {"phone": "+1", "x": ["a", "b"]}
    assert decode_body(request_of(b"", {"Content-Type": FORM}, query="a=1")) == {"a": "1"}
    with pytest.raises(Unreadable, match="neither a body nor a query"):
        decode_body(request_of(b"", {"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    ("kind", "value"),
    [("form", {'{"a[b]":': "1}"}), ("php_form", {'{"a[b]":': "1}"}), ("query", {"q": "1"}), ("json", {"a[b]=": 1})],
)
def test_the_configuration_may_overrule_the_content_type(kind: BodyKind, value: JsonValue) -> None:
    """For senders that label their bodies wrongly."""
    body = b'{"a[b]=":1}' if kind == "json" else b'{"a[b]":=1}'
    assert decode_body(request_of(body, {"Content-Type": "text/html"}, query="q=1"), kind) == value


def test_php_forms_nest() -> None:
    """Brackets mean structure only where the configuration says so."""
    assert decode_body(request_of(b"a[b]=1", {"Content-Type": FORM}), "php_form") == {"a": {"b": "1"}}


def test_two_content_types_are_none() -> None:
    """What is ambiguous is not believed."""
    request = request_of(b"a=1", [("Content-Type", FORM), ("Content-Type", "application/json")])
    assert content_type(request) == ContentType(media="", charset="", boundary="")
    with pytest.raises(Unreadable):
        decode_body(request)


def test_json_inside_a_field() -> None:
    """Read as strictly as a body; the error names the field."""
    assert decode_json_field({"rawRequest": '{"a":[1]}'}, "rawRequest") == {"a": [1]}
    for payload in ({}, {"rawRequest": 1}, {"rawRequest": ["{}"]}, ["{}"], None):
        with pytest.raises(Unreadable, match="no text field 'rawRequest'"):
            decode_json_field(payload, "rawRequest")
    with pytest.raises(Unreadable, match="the field 'rawRequest': the key 'a' stands twice"):
        decode_json_field({"rawRequest": '{"a":1,"a":2}'}, "rawRequest")


KINDS = st.sampled_from(["auto", "json", "form", "php_form", "multipart", "query"])
DECLARED = st.sampled_from(["application/json", FORM, "multipart/form-data; boundary=b", "text/plain", ""]) | st.text(
    max_size=30
)


@given(KINDS, DECLARED, st.binary(max_size=120), st.text(max_size=40))
def test_any_request_is_a_value_or_unreadable(kind: BodyKind, declared: str, body: bytes, query: str) -> None:
    """Whatever is combined with whatever."""
    request = request_of(body, {"Content-Type": declared}, query=query)
    for read in (lambda: decode_body(request, kind), lambda: decode_query(request)):
        with contextlib.suppress(Unreadable):
            read()
