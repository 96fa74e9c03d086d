"""Zendesk: triggers and subscribed events."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hmac import digest
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request

SECRET = b"c2VjcmV0IHRleHQgdGhhdCBsb29rcyBsaWtlIGJhc2U2NA=="
USER = "zen:event-type:user.created"


def signed(body: bytes, headers: dict[str, str] | None = None, *, at: timedelta = timedelta()) -> Request:
    """A request signed here as the documentation says."""
    stamp = (NOW + at).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = b64encode(digest(SECRET, stamp.encode() + body, "sha256")).decode()
    proof = {"X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": stamp}
    return request_of(body, {"Content-Type": "application/json", **proof, **(headers or {})})


def event_in(request: Request, **options: Any) -> Event:
    """The one event of a request that passes."""
    source = source_of("zendesk", options, secrets=(SECRET,))
    assert source.provider.authenticate(request, source, NOW) == "zendesk, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def event_of(payload: Any, headers: dict[str, str] | None = None, **options: Any) -> Event:
    """The one event of a JSON body."""
    return event_in(signed(orjson.dumps(payload), headers), **options)


@pytest.mark.parametrize(
    ("payload", "person"),
    [
        (
            {"phone": 12125550101, "email": "a@b", "first_name": "Ana", "last_name": "Ito", "requester_id": 7},
            Person(phone="12125550101", email="a@b", first_name="Ana", last_name="Ito", contact_id="7"),
        ),
        ({"ticket": {"requester": {"id": "8", "phone": "+1"}}}, Person(phone="+1", contact_id="8")),
        ({"phone": {}, "requester": [], "email": True}, Person()),
        ({"type": USER, "detail": {"id": "9", "email": "c@d"}}, Person(email="c@d", contact_id="9")),
        ({"type": "zen:event-type:organization.created", "detail": {"id": "9"}}, Person()),
        ([1], Person()),
    ],
)
def test_the_person_of_each_shape(payload: Any, person: Person) -> None:
    """A body of one's own, and events about users; an organisation is nobody."""
    assert event_of(payload).person == person


def test_the_paths_can_be_chosen() -> None:
    """A trigger's body is the user's own."""
    assert event_of({"custom": {"mobile": "+1"}}, person={"phone": "custom.mobile"}).person == Person(phone="+1")


def test_a_repetition_is_the_same_event() -> None:
    """Attempts share an invocation; a subscribed event has an id of its own."""
    headers = {"X-Zendesk-Webhook-Invocation-Id": "01F"}
    assert event_of({"type": "ticket_created"}, headers).key == ("invocation", "01F")
    assert event_of({}).key is None
    event = event_of({"type": USER, "id": "2b24", "time": "2026-01-02T03:04:05Z"}, headers)
    assert (event.key, event.type) == (("event", "2b24"), USER)
    assert event.occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert event_of({"type": USER}).key is None


def test_forms_and_xml_are_read() -> None:
    """The other formats a webhook may have."""
    form = signed(urlencode({"phone": "+1"}).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    xml = signed(b"<ticket><phone>+1</phone></ticket>", {"Content-Type": "application/xml"})
    assert event_in(form).person == Person(phone="+1")
    assert event_in(xml, person={"phone": ["phone", "ticket.phone"]}).person == Person(phone="+1")


def test_an_empty_body_is_not_read_from_the_address() -> None:
    """Which is not signed: anyone could have written it."""
    source = source_of("zendesk", secrets=(SECRET,))
    with pytest.raises(Unreadable):
        source.provider.decode(request_of(b"", query="phone=1"), source)
    assert "GET" not in source.provider.methods


def test_zendesks_tests_are_refused() -> None:
    """They are signed with a secret everyone knows; it does not load either."""
    printed = source_of("zendesk", secrets=(b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",))
    assert "everyone knows it" in printed.provider.check(printed)[0]
    request = request_of(b"{}", printed.provider.sign(request_of(b"{}"), printed, NOW))
    own = source_of("zendesk", secrets=(SECRET,))
    assert own.provider.check(own) == []
    with pytest.raises(NotAuthentic):
        own.provider.authenticate(request, own, NOW)
    with pytest.raises(NotAuthentic):
        own.provider.authenticate(signed(b"{}", at=timedelta(minutes=-6)), own, NOW)
