"""The generic provider: everything by options."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, request_of, source_of
from pydantic import ValidationError

from gateway.contracts import Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def generic(options: Mapping[str, Any] | None = None, **more: Any) -> Source:
    """A generic source that takes a bearer token unless told otherwise."""
    return source_of("generic", {"authentication": {"bearer": True}, **(options or {})}, **more)


def events(source: Source, request: Request) -> list[Event]:
    """What the source makes of a request."""
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def test_an_event_takes_its_facts_from_where_the_options_say() -> None:
    """Id, type, time, person and the test mark, by paths."""
    source = generic(
        {
            "event_id": "meta.id",
            "event_type": "meta.kind",
            "event_time": "meta.at",
            "person": {"phone": ["tel", "mobile"], "contact_id": "cid"},
            "test": {"field": "meta.kind", "equals": "test"},
        }
    )
    payload = {"meta": {"id": 7, "kind": "lead", "at": 1705422467}, "mobile": "+1", "cid": "c1"}
    assert events(source, json_request(orjson.dumps(payload))) == [
        Event(
            payload=payload,
            type="lead",
            key=("7",),
            occurred_at=datetime(2024, 1, 16, 16, 27, 47, tzinfo=UTC),
            person=Person(phone="+1", contact_id="c1"),
        )
    ]
    (test,) = events(source, json_request(b'{"meta":{"kind":"test"}}'))
    assert (test.never_rings, test.key) == (Reason.TEST_EVENT, None)


def test_without_options_the_common_names_are_the_person() -> None:
    """phone, email, first_name, last_name; no id, so the body counts for dedupe."""
    (event,) = events(generic(), json_request(b'{"phone":15550100123,"email":"e","first_name":"A","last_name":"B"}'))
    assert event.person == Person(phone="15550100123", email="e", first_name="A", last_name="B")
    assert (event.key, event.type, event.occurred_at, event.never_rings) == (None, "", None, None)


def test_a_list_is_one_event_per_element() -> None:
    """Elements that are no objects are wrapped; `split: none` keeps the list whole."""
    request = json_request(b'[{"id":"a"},5]')
    split = events(generic({"event_id": "id"}), request)
    assert [(event.payload, event.key) for event in split] == [({"id": "a"}, ("a",)), ({"value": 5}, None)]
    assert [event.payload for event in events(generic({"split": "none"}), request)] == [{"value": [{"id": "a"}, 5]}]
    assert events(generic(), json_request(b"[]")) == []


def test_a_thousand_elements_at_most() -> None:
    """A delivery that would make more events than that is not one."""
    assert len(events(generic(), json_request(orjson.dumps([{}] * 1000)))) == 1000
    with pytest.raises(Unreadable, match="1001 events"):
        events(generic(), json_request(orjson.dumps([{}] * 1001)))


def test_an_id_in_a_header_is_one_for_the_whole_delivery() -> None:
    """So each element's key also has its place; a repeated header is no id."""
    source = generic({"event_id": "header: X-Event-Id", "event_type": "header:X-Topic"})
    request = request_of(b"[{},{}]", {"Content-Type": "application/json", "X-Event-Id": "e1", "X-Topic": "lead"})
    assert [(event.key, event.type) for event in events(source, request)] == [
        (("e1", "0"), "lead"),
        (("e1", "1"), "lead"),
    ]
    twice = replace(request, headers=(*request.headers, ("x-event-id", "e2")))
    assert [event.key for event in events(source, twice)] == [None, None]


@pytest.mark.parametrize(
    ("options", "request_", "payload"),
    [
        ({}, request_of(b"a=1&a=2&b[c]=3", FORM), {"a": ["1", "2"], "b[c]": "3"}),
        ({"body": "php_form"}, request_of(b"a[b]=1", FORM), {"a": {"b": "1"}}),
        ({}, request_of(b"", method="GET", query="phone=%2B1"), {"phone": "+1"}),
        ({}, request_of(b' {"a":1}', {"Content-Type": "text/plain"}), {"a": 1}),
        ({"json_field": "payload"}, request_of(b"payload=%7B%22a%22%3A1%7D&x=1", FORM), {"a": 1}),
        ({}, json_request(b'"text"'), {"value": "text"}),
    ],
)
def test_bodies_of_every_kind(options: dict[str, Any], request_: Request, payload: dict[str, Any]) -> None:
    """By content type, or as the options say."""
    assert [event.payload for event in events(generic(options), request_)] == [payload]


def test_a_token_in_the_query_or_body_reaches_no_rule() -> None:
    """A secret that stands in what is stored and shown is taken out."""
    source = generic({"authentication": [{"query": "key"}, {"body": "google_key"}, {"bearer": True}]})
    got = request_of(b"", method="GET", query="a=1&key=first-secret")
    assert source.provider.authenticate(got, source, NOW) == "query token, secret 1 of 2"
    assert events(source, got)[0].payload == {"a": "1"}
    posted = json_request(b'{"google_key":"first-secret","a":1}')
    assert source.provider.authenticate(posted, source, NOW) == "body token, secret 1 of 2"
    assert events(source, posted)[0].payload == {"a": 1}


def test_a_sender_fills_its_token_into_the_body() -> None:
    """Where the body carries the proof, what is sent is the sample with the secret in its field."""
    source = generic({"authentication": {"body": "google_key"}})
    blank = json_request(b'{"a":1}')
    filled = replace(blank, body=source.provider.sign_body(blank, source))
    assert source.provider.authenticate(filled, source, NOW) == "body token, secret 1 of 2"
    assert events(source, filled)[0].payload == {"a": 1}
    assert generic().provider.sign_body(blank, generic()) == blank.body


def test_a_path_token_alone_is_enough() -> None:
    """The address is the secret then, and only that address works."""
    source = source_of("generic", secrets=(), path_token=PATH)
    assert source.provider.check(source) == []
    assert source.provider.authenticate(request_of(path_token=PATH), source, NOW) == "path token"
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_of(), source, NOW)


@pytest.mark.parametrize(
    ("options", "more", "says"),
    [
        ({}, {}, ["generic needs `authentication`, or a path_token: an open endpoint could ring any phone"]),
        ({"authentication": {"bearer": True}}, {"secrets": ()}, ["this authentication needs `secrets`"]),
        ({"authentication": {"path": True}}, {"secrets": ()}, ["authentication by path needs a path_token"]),
        ({"authentication": [{"bearer": True}, {"query": "k"}]}, {"secrets": (b"",)}, ["secret 1 is empty"]),
        (
            {"authentication": {"hmac": {"header": "X", "key": "hex"}}},
            {"secrets": (b"00ff", b"no")},
            ["secret 2 is not written in hexadecimal"],
        ),
        ({"authentication": [{"path": True}, {"bearer": True}]}, {"path_token": PATH}, []),
    ],
)
def test_a_source_that_would_be_open_or_deaf_does_not_load(
    options: dict[str, Any], more: dict[str, Any], says: list[str]
) -> None:
    """What options and secrets contradict each other in is said at load, once each."""
    source = source_of("generic", options, **more)
    assert list(source.provider.check(source)) == says


def test_a_weak_path_token_is_named() -> None:
    """An address that can be guessed is no secret."""
    source = source_of("generic", secrets=(), path_token="leads")
    assert "can be guessed" in source.provider.check(source)[0]


@pytest.mark.parametrize(
    "options",
    [
        {"authentication": "none"},
        {"authentication": {"none": True}},
        {"authentication": {"hmac": {"header": "X"}, "bearer": True}},
        {"event_id": "a..b"},
        {"event_time": "["},
        {"test": {}},
        {"split": "data"},
        {"json_field": ""},
        {"unknown": 1},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    """Unknown keys, broken paths, and any way to switch authentication off."""
    with pytest.raises(ValidationError):
        source_of("generic", options)
