"""Salesforce Outbound Messages: their notifications, their Ack, and whose they are."""

from datetime import UTC, datetime

import pytest
from inbound import NOW, request_of, source_of
from pydantic import ValidationError

from gateway.contracts import Source
from gateway.decoding.soap import OUTBOUND
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Accepted, Event, EventState, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
LEAD = "<sf:Id>00Q000000000001AAA</sf:Id><sf:Email>ana@example.com</sf:Email><sf:FirstName>Ana</sf:FirstName>"


def message(*records: str, organization: str = "00D000000000001AAA", kind: str = "sf:Lead") -> Request:
    """An Outbound Message of these records, shaped as the one that ASP.NET WebHooks' tests captured."""
    notifications = "".join(
        f'<Notification><Id>04l00000000000{number}AAA</Id><sObject xsi:type="{kind}" '
        f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{record}</sObject></Notification>'
        for number, record in enumerate(records, start=1)
    )
    body = (
        '\ufeff<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        f'<notifications xmlns="{OUTBOUND}"><OrganizationId>{organization}</OrganizationId>'
        f"<ActionId>04k000000000001AAA</ActionId><SessionId>live</SessionId>{notifications}"
        "</notifications></soapenv:Body></soapenv:Envelope>"
    )
    return request_of(body.encode(), {"Content-Type": "text/xml; charset=utf-8"}, path_token=PATH)


def salesforce(*organizations: str) -> Source:
    """A source, of these organizations alone if any are named."""
    return source_of("salesforce", {"organization_ids": organizations}, secrets=(), path_token=PATH)


def events(request: Request) -> list[Event]:
    """What is made of a message."""
    source = salesforce()
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def test_each_notification_is_an_event() -> None:
    """With its own id, the record's fields, and nothing of the session."""
    first, second = events(message(LEAD + "<sf:Phone>(212) 555-0123</sf:Phone>", LEAD))
    assert first == Event(
        payload={
            "organization_id": "00D000000000001AAA",
            "action_id": "04k000000000001AAA",
            "id": "04l000000000001AAA",
            "type": "Lead",
            "record": {
                "Id": "00Q000000000001AAA",
                "Email": "ana@example.com",
                "FirstName": "Ana",
                "Phone": "(212) 555-0123",
            },
        },
        type="Lead",
        key=("00D000000000001", "04l000000000001AAA"),
        person=Person(
            phone="(212) 555-0123", email="ana@example.com", first_name="Ana", contact_id="00Q000000000001AAA"
        ),
    )
    assert second.key != first.key
    assert "live" not in repr(first)


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        ("<sf:MobilePhone>+12125550123</sf:MobilePhone>", Person(phone="+12125550123")),
        ('<sf:Phone xsi:nil="true"/><sf:HomePhone>1</sf:HomePhone>', Person(phone="1")),
        ("<sf:PersonEmail>a@example.com</sf:PersonEmail>", Person(email="a@example.com")),
        ("<sf:Id>006000000000001AAA</sf:Id>", Person()),
        ("<sf:Id>006000000000001AAA</sf:Id><sf:ContactId>003A</sf:ContactId>", Person(contact_id="003A")),
        ("<sf:Id>00T000000000001AAA</sf:Id><sf:WhoId>00QA</sf:WhoId>", Person(contact_id="00QA")),
        ("<sf:Phone>1</sf:Phone><sf:Phone>2</sf:Phone>", Person(phone="1")),
        ("<sf:Phone><sf:Odd>1</sf:Odd></sf:Phone>", Person()),
        ("", Person()),
    ],
)
def test_the_person_is_the_records(fields: str, person: Person) -> None:
    """The first phone with a value; an id only where it is a lead's or a contact's."""
    (event,) = events(message(fields))
    assert event.person == person


@pytest.mark.parametrize(
    ("fields", "moment"),
    [
        (
            (
                "<sf:LastModifiedDate>2026-03-04T11:00:00.000Z</sf:LastModifiedDate>"
                "<sf:CreatedDate>2020-01-01T00:00:00.000Z</sf:CreatedDate>"
            ),
            datetime(2026, 3, 4, 11, tzinfo=UTC),
        ),
        ("<sf:LastModifiedDate>soon</sf:LastModifiedDate>", None),
    ],
)
def test_the_time_is_the_last_change(fields: str, moment: datetime | None) -> None:
    """A record made years ago may have become a lead just now."""
    assert events(message(fields))[0].occurred_at == moment


def test_a_message_without_notifications_is_no_event() -> None:
    """Salesforce sends such ones; they are acknowledged like others."""
    assert events(message()) == []


@pytest.mark.parametrize("body", [b"", b"<a/>", b"{}", b"<!DOCTYPE a><a/>"])
def test_what_is_no_message_is_unreadable(body: bytes) -> None:
    """Also a document type, which could read our files."""
    with pytest.raises(Unreadable):
        events(request_of(body, path_token=PATH))


@pytest.mark.parametrize("accepted", [(), (EventState.MATCHED,), (EventState.FAILED,), (EventState.IGNORED,) * 2])
def test_the_ack_is_given_for_whatever_is_stored(accepted: tuple[EventState, ...]) -> None:
    """New, duplicate, ignored, unreadable or nothing at all: else it would come again for a day."""
    outcomes = [
        Accepted(event_id="ev_1", duplicate=True, state=state, call_ids=(), due_call_ids=()) for state in accepted
    ]
    source = salesforce()
    assert source.provider.reply is not None
    reply = source.provider.reply(message(LEAD), source, outcomes)
    assert reply is not None
    assert (reply.status, reply.media_type) == (200, "text/xml")
    assert b"<Ack>true</Ack>" in reply.body


def test_the_ledger_keeps_no_session() -> None:
    """Nor does the body it keeps."""
    source = salesforce()
    assert b"live" not in source.provider.kept_body(message(LEAD), source)


@pytest.mark.parametrize("organization", ["00D000000000001AAA", "00D000000000001"])
def test_the_organization_is_compared_by_its_first_fifteen(organization: str) -> None:
    """Salesforce writes 18 characters, people often 15."""
    source = salesforce("00D000000000009AAA", organization)
    assert source.provider.authenticate(message(LEAD), source, NOW) == "path token, organization"


@pytest.mark.parametrize(
    "request_", [message(LEAD, organization="00D000000000002AAA"), request_of(b"", path_token=PATH)]
)
def test_another_organization_is_refused(request_: Request) -> None:
    """And what names none."""
    source = salesforce("00D000000000001AAA")
    assert salesforce().provider.authenticate(request_, salesforce(), NOW) == "path token"
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_, source, NOW)


def test_a_configured_organization_must_look_like_one() -> None:
    """A typing mistake would refuse every message."""
    with pytest.raises(ValidationError):
        salesforce("00X000000000001")
