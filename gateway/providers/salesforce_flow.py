"""Salesforce flows and Apex: HTTP callouts with a body their author writes.

Source of facts: Salesforce's help on HTTP callouts in Flow Builder and on named credentials. The body is the author's;
the header with the secret comes from an external credential. There is no signature.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.batches import objects_of
from gateway.decoding.content import decode_body
from gateway.decoding.facts import PersonPaths, first_text
from gateway.decoding.selectors import Selector, moment_of, select
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

MOST_RECORDS = 200  # the most Salesforce hands to one transaction at a time


class SalesforceFlowOptions(UnsignedOptions):
    """Options of a `salesforce_flow` source."""

    event_id: Selector | None = Field(
        None, description="path of what is new with each event, such as an interview's id; a record's id is not"
    )
    event_type: Selector = Field("event", description="path of the event's type")
    event_time: Selector = Field("LastModifiedDate", description="path of when it happened")
    person: PersonPaths = Field(
        PersonPaths(
            phone=("Phone", "MobilePhone", "phone"),
            email=("Email", "email"),
            first_name=("FirstName", "first_name"),
            last_name=("LastName", "last_name"),
            contact_id=("Id", "id"),
        ),
        description="where the body holds the person",
    )


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    return [_event(record, source) for record in objects_of(payload, most=MOST_RECORDS)]


def _event(body: JsonObject, source: Source) -> Event:
    options: SalesforceFlowOptions = source.options
    event_id = first_text(body, (options.event_id,)) if options.event_id is not None else None
    return Event(
        payload=body,
        type=first_text(body, (options.event_type,)) or "callout",
        key=(event_id,) if event_id is not None else None,
        occurred_at=moment_of(select(body, options.event_time)),
        person=options.person.person(body),
    )


def _sample_lead(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "event": "lead.created",
            "interview": invent_id(random),
            "Id": f"00Q{invent_id(random)[:12]}AAA",
            "Phone": person.phone,
            "Email": person.email,
            "FirstName": person.first_name,
            "LastName": person.last_name,
            "LastModifiedDate": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead callout", make=_sample_lead),)


PROVIDER = Provider(
    name="salesforce_flow",
    title="Salesforce flows and Apex",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=SalesforceFlowOptions,
    methods=frozenset({"POST", "PUT", "PATCH", "GET"}),
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="a header of your choice, at a secret address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, up to 200",
        dedupe="the configured id, else the body",
        retries="none known: the flow's fault path",
        certainty="unsure",
    ),
)
