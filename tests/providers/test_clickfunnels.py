"""ClickFunnels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from inbound import NOW, request_of, source_of
from one_event import one_event

from gateway.errors import NotAuthentic
from gateway.model import Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
ANA = {"first_name": "Ana", "last_name": "P"}
PERSON = Person(phone="+1", email="e", first_name="Ana", last_name="P")
CONTACT = {"id": 12, "phone_number": "+1", "email_address": "e", **ANA}
CLASSIC = {"id": 5, "phone": "+1", "email": "e", **ANA, "updated_at": "2020-02-26T10:05:26.000Z"}


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        (
            {"id": None, "public_id": "Y", "uuid": "u1", "event_type_id": "contact.identified", "data": CONTACT},
            "contact.identified",
            ("u1",),
        ),
        (
            {"event_id": "e1", "event_type": "contact.created", "data": {"id": "12", "attributes": CONTACT}},
            "contact.created",
            ("e1",),
        ),
        (
            {
                "event_id": "e2",
                "event_type": "form_submission.created",
                "data": {"attributes": {"data": {"contact": {"phone": "+1", "email": "e", **ANA}}}},
            },
            "form_submission.created",
            ("e2",),
        ),
        (
            {"uuid": "u2", "event_type_id": "order.created", "data": {"id": 1, "contact": CONTACT}},
            "order.created",
            ("u2",),
        ),
        (CLASSIC, "", ("classic", "", "5", "2020-02-26T10:05:26.000Z")),
        ({**CLASSIC, "event": "created"}, "created", ("classic", "created", "5", "2020-02-26T10:05:26.000Z")),
        ({"contact": {**CLASSIC, "contact_profile": {"phone": "+2"}}}, "", ("classic", "", "5", CLASSIC["updated_at"])),
        ({"contact_profile": {"phone": "+1", "email": "e", **ANA}}, "", None),
        ({"id": 5, "contact_profile": {"phone": "+1", "email": "e", **ANA}, "data": []}, "", None),
    ],
)
def test_a_delivery_is_one_event(body: dict[str, Any], kind: str, key: tuple[str, ...] | None) -> None:
    """Of each version; without an id and a moment, the body counts."""
    event = one_event("clickfunnels", body)
    assert (event.type, event.key, event.person) == (kind, key, PERSON)


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        (
            {"created_at": "2026-01-02T03:04:05Z", "data": {"updated_at": "x"}},
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ({"data": {"attributes": {"updated_at": "2026-01-02T03:04:05Z"}}}, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"created_at": "2019-01-01T00:00:00Z", **CLASSIC}, datetime(2020, 2, 26, 10, 5, 26, tzinfo=UTC)),
        ({"data": 5}, None),
    ],
)
def test_the_moment_is_the_events(body: dict[str, Any], moment: datetime | None) -> None:
    """Not that of a contact made long ago."""
    assert one_event("clickfunnels", body).occurred_at == moment


def test_a_thin_event_has_nobody() -> None:
    """An enrolment names a contact by id alone."""
    body = {"uuid": "u", "event_type_id": "courses/enrollment.created", "data": {"contact_id": 12}}
    assert one_event("clickfunnels", body).person == Person()


def test_a_signature_counts_for_ten_minutes() -> None:
    """As ClickFunnels asks; a source that takes it takes nothing unsigned."""
    source = source_of("clickfunnels")
    headers = source.provider.sign(request_of(b"{}"), source, NOW)
    assert {name for name, _ in headers} == {"x-webhook-clickfunnels-signature", "x-webhook-clickfunnels-timestamp"}
    signed = request_of(b"{}", headers)
    assert source.provider.authenticate(signed, source, NOW + timedelta(minutes=9)) == "clickfunnels, secret 1 of 2"
    for request, now in ((signed, NOW + timedelta(minutes=11)), (request_of(b"{}"), NOW)):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(request, source, now)


def test_classic_needs_a_secret_address() -> None:
    """It signs nothing."""
    source = source_of("clickfunnels", {"signed": False}, secrets=(), path_token=PATH)
    assert list(source.provider.check(source)) == []
    assert source.provider.authenticate(request_of(path_token=PATH), source, NOW) == "path token"
    assert source.provider.check(replace(source, path_token=None))
    assert source.provider.check(source_of("clickfunnels", secrets=()))


def test_its_test_request_is_answered() -> None:
    """At the address below the source's; a lead at the source's own is none."""
    source = source_of("clickfunnels")
    assert source.provider.handshake is not None
    reply = source.provider.handshake(replace(request_of(b"{}"), subpath="funnel_webhooks/test"), source)
    assert reply is not None
    assert reply.status == 200
    assert source.provider.handshake(request_of(b"{}"), source) is None
