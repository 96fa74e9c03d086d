"""XML as plain data, and everything that must not come in with it."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import request_of

from gateway.decoding.content import decode_body
from gateway.decoding.xml import DEEPEST, MOST_NODES, decode_xml, parse_xml, to_value
from gateway.errors import Unreadable
from gateway.model import JsonValue

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<lead><phone>1</phone><name>Ana</name></lead>", {"lead": {"phone": "1", "name": "Ana"}}),
        ("<a>\n  <b> 1 </b>\n</a>", {"a": {"b": "1"}}),
        ("<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
        ('<a id="7"><b/></a>', {"a": {"@id": "7", "b": ""}}),
        ('<a id="7"> x </a>', {"a": {"@id": "7", "#text": "x"}}),
        ("<a>x<b>1</b>y</a>", {"a": {"b": "1", "#text": "xy"}}),
        ("<a/>", {"a": ""}),
        ("<a>&lt;&amp;&#65;</a>", {"a": "<&A"}),
        ("<a><![CDATA[<b>]]></a>", {"a": "<b>"}),
        (f'<a {XSI}><b xsi:nil="true"/><c xsi:nil="false">1</c></a>', {"a": {"b": None, "c": "1"}}),
        ('<x:a xmlns:x="urn:1"><x:b>1</x:b></x:a>', {"a": {"b": "1"}}),
    ],
)
def test_elements_become_plain_data(text: str, expected: JsonValue) -> None:
    """Text, objects, lists for repeats, "@name" for attributes, "#text" beside children, null where it says nil."""
    assert decode_xml(text.encode()) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf<a>\xc3\xa9</a>",
        b"\n <a>\xc3\xa9</a>",
        b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>',
        '<?xml version="1.0" encoding="utf-16"?><a>é</a>'.encode("utf-16"),
    ],
)
def test_a_byte_order_mark_and_a_declared_encoding_are_read(raw: bytes) -> None:
    """Salesforce's own samples begin with a mark."""
    assert decode_xml(raw) == {"a": "é"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1"),
        (b"<a>", "not well-formed XML at line 1, column 4"),
        (b"<a/><b/>", "not well-formed"),
        (b"<a>\xff</a>", "not well-formed"),
        (b"<a>&unknown;</a>", "not well-formed"),
        (b"<a>&#xD800;</a>", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document type"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "encoding|well-formed"),
        (b'<?xml version="1.0" encoding="big5"?><a>\xff\xff</a>', "encoding|well-formed"),
        (b"<a>" * (DEEPEST + 1), "levels"),
        (b"<a>" + b"<b/>" * MOST_NODES, "elements"),
        (b"<a>" + b'<b c="d"/>' * (MOST_NODES // 2), "elements"),
    ],
)
def test_what_is_hostile_or_broken_is_unreadable(raw: bytes, says: str) -> None:
    """No document type, no entity, nothing out of bounds; the error says where."""
    with pytest.raises(Unreadable, match=says):
        decode_xml(raw)


def test_the_bounds_are_reached() -> None:
    """What is just inside them is read."""
    assert decode_xml(b"<a>" * DEEPEST + b"</a>" * DEEPEST)
    assert to_value(parse_xml(b"<a>" + b"<b/>" * (MOST_NODES - 1) + b"</a>")) == {"b": [""] * (MOST_NODES - 1)}


def test_a_namespace_counts_by_its_uri() -> None:
    """A prefix is the sender's own choice; another namespace's element is another element."""
    root = parse_xml(b'<a xmlns="urn:1" xmlns:p="urn:2"><p:b>2</p:b><b> 1 </b><c/></a>')
    assert (root.text_of("urn:1", "b"), root.text_of("urn:2", "b"), root.text_of("urn:1", "c")) == ("1", "2", None)
    assert (root.text_of("", "b"), len(list(root.named("urn:1", "b")))) == (None, 1)


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", "application/xml", "application/soap+xml"])
def test_a_body_is_read_by_its_content_type(content_type: str) -> None:
    """As Zapier sends its XML payloads."""
    assert decode_body(request_of(b"<a>1</a>", {"Content-Type": content_type})) == {"a": "1"}


PIECES = st.sampled_from(
    [b"<a>", b"</a>", b"<a b='c'/>", b"<!DOCTYPE a>", b"<!ENTITY b 'c'>", b"&b;", b"&#1;", b"<?xml version='1.0'?>",
     b"<![CDATA[", b"]]>", b"<!--", b"-->", b"\xff", b"\x00", b"x", b" xmlns='urn:x'", b"<p:a xmlns:p='u}v'>"]
)  # fmt: skip


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=12).map(b"".join))
def test_any_bytes_are_a_value_or_unreadable(raw: bytes) -> None:
    """Never another error, and what comes out can be stored as JSON."""
    with suppress(Unreadable):
        orjson.dumps(decode_xml(raw))
