"""Salesforce Outbound Messages: SOAP with up to 100 notifications, answered with the Ack that ends its retries.

Source of facts: Salesforce's SOAP API guide ("Outbound Messaging") and its WSDL, and a captured message in the test
suite of ASP.NET WebHooks. Nothing is signed and no header can be added: the address is secret, and the organization,
where it is configured, is compared before anything is stored.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Annotated, TypeAlias
from xml.sax.saxutils import escape

from pydantic import Field, StringConstraints

from gateway.auth.schemes import verify
from gateway.auth.tokens import PathToken
from gateway.auth.unsigned import check_unsigned
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.facts import PersonPaths, first_text, object_at, objects_at
from gateway.decoding.selectors import moment_of, text_of
from gateway.decoding.soap import OUTBOUND, acknowledgement, decode_outbound_message, without_session
from gateway.errors import NotAuthentic, Unreadable
from gateway.fiction import invent_person
from gateway.model import Accepted, Event, JsonObject, JsonValue, Request
from gateway.policy import Strict

OrganizationId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^00D[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$")]

_SIGNIFICANT = 15  # the last three of 18 characters only repeat the case of the others
_PERSON = PersonPaths(
    phone=("Phone", "MobilePhone", "PersonMobilePhone", "HomePhone", "PersonHomePhone"),
    email=("Email", "PersonEmail"),
    first_name=("FirstName",),
    last_name=("LastName",),
    contact_id=("contact_id",),
)
_PERSON_IDS = ("Id", "ContactId", "PersonContactId", "WhoId")
_PERSON_PREFIXES = ("003", "00Q")  # Contact, Lead
_CHANGED = ("LastModifiedDate", "SystemModstamp", "CreatedDate")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SalesforceOptions(Strict):
    """Options of a `salesforce` source."""

    organization_ids: tuple[OrganizationId, ...] = Field(
        (), description="the organizations that may send, 15 or 18 characters each; none named: any"
    )


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    passed = verify([PathToken()], request, source, now)
    options: SalesforceOptions = source.options
    if not options.organization_ids:
        return passed
    try:
        organization = text_of(decode_outbound_message(request.body)["organization_id"]) or ""
    except Unreadable as error:
        raise NotAuthentic("salesforce: the message names no organization") from error
    if organization[:_SIGNIFICANT] not in {one[:_SIGNIFICANT] for one in options.organization_ids}:
        raise NotAuthentic("salesforce: the message is another organization's")
    return f"{passed}, organization"


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_outbound_message(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    return [_event(payload, one) for one in objects_at(payload, "notifications")]


def _event(message: JsonValue, notification: JsonObject) -> Event:
    organization, record = first_text(message, ("organization_id",)) or "", object_at(notification, "record")
    about: JsonObject = {"organization_id": organization, "action_id": first_text(message, ("action_id",))}
    return Event(
        payload={**about, **notification},
        type=text_of(notification.get("type")) or "",
        key=(organization[:_SIGNIFICANT], text_of(notification.get("id")) or ""),
        occurred_at=moment_of(first_text(record, _CHANGED)),
        person=_PERSON.person({**record, "contact_id": _contact_id(record)}),
    )


def _contact_id(record: JsonObject) -> str | None:
    """The id of the lead or contact the record is, or is about."""
    ids = (text_of(record.get(name)) or "" for name in _PERSON_IDS)
    return next((one for one in ids if one.startswith(_PERSON_PREFIXES)), None)


def _kept_body(request: Request, _: Source) -> bytes:
    return without_session(request.body)


def _reply(_: Request, __: Source, ___: Sequence[Accepted]) -> Reply:
    """Whatever became of the events, they are stored: anything but this Ack would bring them again for a day."""
    return Reply(body=acknowledgement(received=True), media_type="text/xml")


def _sign(_: Request, __: Source, ___: datetime) -> tuple[tuple[str, str], ...]:
    return ()


def _sample_lead(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {
        "Id": f"00Q{_draw(random)}AAA",
        "CreatedDate": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Email": person.email,
        "FirstName": person.first_name,
        "LastModifiedDate": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "LastName": person.last_name,
        "Phone": person.phone,
    }
    written = "".join(f"<sf:{name}>{escape(value)}</sf:{name}>" for name, value in fields.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        f'<notifications xmlns="{OUTBOUND}"><OrganizationId>00D000000000001EAA</OrganizationId>'
        '<ActionId>04k000000000001AAA</ActionId><SessionId xsi:nil="true"/>'
        "<EnterpriseUrl>https://example.my.salesforce.com/services/Soap/c/60.0/00D000000000001</EnterpriseUrl>"
        f"<Notification><Id>04l{_draw(random)}AAA</Id>"
        '<sObject xsi:type="sf:Lead" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"{written}</sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _draw(random: Random) -> str:
    return "".join(random.choices(_ALPHABET, k=12))


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead, content_type="text/xml; charset=utf-8"),)


PROVIDER = Provider(
    name="salesforce",
    title="Salesforce Outbound Messages",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=check_unsigned,
    samples=_samples,
    reply=_reply,
    kept_body=_kept_body,
    options=SalesforceOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="none: a secret address, and the organization's id",
        covers_body=False,
        replay_window=False,
        batch="up to 100 notifications",
        dedupe="the notification's id",
        retries="for 24 h, up to 2 h apart, until it reads the Ack",
        certainty="documented",
    ),
)
