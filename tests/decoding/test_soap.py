"""SOAP envelopes and Salesforce's Outbound Messages."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoding.soap import (
    MOST_NOTIFICATIONS,
    OUTBOUND,
    acknowledgement,
    decode_outbound_message,
    soap_body,
    without_session,
)
from gateway.errors import Unreadable

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NOTIFICATION = (
    '<Notification><Id>04l00000000000{}AAA</Id><sObject xsi:type="sf:Lead" '
    'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>00Q000000000001AAA</sf:Id><sf:Email>ana@example.com'
    '</sf:Email><sf:Phone>(212) 555-0123</sf:Phone><sf:Company xsi:nil="true"/></sObject></Notification>'
)


def message(notifications: str, *, head: str = "<SessionId>live</SessionId>", soap: str = SOAP_11) -> bytes:
    """An Outbound Message, laid out as Salesforce documents it, with its byte-order mark."""
    return (
        f'\ufeff<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{soap}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>'
        f'<notifications xmlns="{OUTBOUND}"><OrganizationId>00D000000000001AAA</OrganizationId>'
        f"<ActionId>04k000000000001AAA</ActionId>{head}{notifications}</notifications></e:Body></e:Envelope>"
    ).encode()


def test_a_message_becomes_its_notifications() -> None:
    """Each with its id, the kind of object and the object's fields; the session id is nowhere."""
    decoded = decode_outbound_message(message(NOTIFICATION.format(1) + NOTIFICATION.format(2)))
    record = {"Id": "00Q000000000001AAA", "Email": "ana@example.com", "Phone": "(212) 555-0123", "Company": None}
    assert decoded == {
        "organization_id": "00D000000000001AAA",
        "action_id": "04k000000000001AAA",
        "notifications": [
            {"id": "04l000000000001AAA", "type": "Lead", "record": record},
            {"id": "04l000000000002AAA", "type": "Lead", "record": record},
        ],
    }


@pytest.mark.parametrize(
    "head",
    [
        "<SessionId>live</SessionId>",
        '<sf:SessionId xmlns:sf="http://soap.sforce.com/2005/09/outbound" >live\n</sf:SessionId >',
        "<SessionId><![CDATA[live]]></SessionId>",
        '<SessionId xsi:nil="true"/><Note>x</Note>',
    ],
)
def test_a_session_id_is_let_go(head: str) -> None:
    """However it is written; the rest of the message stays readable and the same."""
    raw = message(NOTIFICATION.format(1), head=head)
    kept = without_session(raw)
    assert b"live" not in kept
    assert decode_outbound_message(kept) == decode_outbound_message(raw)
    assert without_session(kept) == kept


def test_a_message_may_hold_nothing() -> None:
    """No notification is still a message, and an object may have no fields left."""
    assert decode_outbound_message(message(""))["notifications"] == []
    empty = decode_outbound_message(message("<Notification><Id>1</Id><sObject/></Notification>"))
    assert empty["notifications"] == [{"id": "1", "type": "", "record": {}}]


@pytest.mark.parametrize("soap", [SOAP_11, SOAP_12])
def test_both_versions_of_soap_are_read(soap: str) -> None:
    """By the envelope's namespace."""
    assert soap_body(message("", soap=soap)).name == "notifications"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<a/>", "no SOAP envelope"),
        (message("", soap="urn:other"), "no SOAP envelope"),
        (f'<Envelope xmlns="{SOAP_11}"/>'.encode(), "no message, or several"),
        (f'<Envelope xmlns="{SOAP_11}"><Body/></Envelope>'.encode(), "no message, or several"),
        (f'<Envelope xmlns="{SOAP_11}"><Body><a/><b/></Body></Envelope>'.encode(), "no message, or several"),
        (f'<Envelope xmlns="{SOAP_11}"><Body><notifications/></Body></Envelope>'.encode(), "no Salesforce"),
        (message("<Notification><sObject/></Notification>"), "notification 1 has no id"),
        (message("<Notification><Id>1</Id></Notification>"), "notification 1 has no id"),
        (message(NOTIFICATION.format(1) * (MOST_NOTIFICATIONS + 1)), "at most 100"),
        (b"<!DOCTYPE a>" + message(""), "not well-formed|document type"),
    ],
)
def test_anything_else_is_unreadable(raw: bytes, says: str) -> None:
    """A message of another kind, or a broken one, is kept as FAILED, not taken apart by guesses."""
    with pytest.raises(Unreadable, match=says):
        decode_outbound_message(raw)


@pytest.mark.parametrize(("received", "word"), [(True, "true"), (False, "false")])
def test_the_acknowledgement_is_what_salesforce_reads(received: bool, word: str) -> None:
    """An envelope with one Ack in Salesforce's namespace."""
    response = soap_body(acknowledgement(received=received))
    assert (response.uri, response.name, response.text_of(OUTBOUND, "Ack")) == (OUTBOUND, "notificationsResponse", word)


@given(
    st.lists(st.sampled_from([b"<Notification>", b"</Notification>", b"<Id>1</Id>", b"<sObject/>", b"x"]), max_size=9)
)
def test_any_notifications_are_a_value_or_unreadable(pieces: list[bytes]) -> None:
    """Never another error."""
    with suppress(Unreadable):
        decode_outbound_message(message(b"".join(pieces).decode()))
