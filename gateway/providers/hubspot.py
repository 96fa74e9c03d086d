"""HubSpot: app webhooks (batches of up to 100 events) and the workflow action "Send a webhook" (one record).

Source of facts: HubSpot's developer documentation on webhooks and on validating requests, and its SDKs.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Literal, TypeAlias

import orjson
from pydantic import Field, model_validator

from gateway.auth.schemes import Scheme, SchemeChoice, verify
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.content import decode_query
from gateway.decoding.facts import first_text
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.errors import NotAuthentic, Unreadable
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

MOST_EVENTS = 100
_HEADER, _HEADER_V3 = "x-hubspot-signature", "x-hubspot-signature-v3"
_VERSION_HEADER = "x-hubspot-signature-version"
_CONTACT_TYPE = "0-1"
_KEY_PARTS = ("portalId", "subscriptionType", "objectId", "eventId", "occurredAt")  # not attemptNumber: it counts

Version: TypeAlias = Literal["v1", "v2", "v3"]

_SCHEMES: dict[str, Hmac] = {
    "v1": Hmac(name="hubspot-v1", header=_HEADER, keyed=False, signed="{secret}{body}"),
    "v2": Hmac(name="hubspot-v2", header=_HEADER, keyed=False, signed="{secret}{method}{url}{body}"),
    "v3": Hmac(
        name="hubspot-v3",
        header=_HEADER_V3,
        encoding="base64",
        signed="{method}{url:hubspot}{body}{timestamp}",
        timestamp=Timestamp(header="x-hubspot-request-timestamp", unit="ms"),
    ),
}


class HubSpotOptions(Strict):
    """Options of a `hubspot` source."""

    signature_required: bool = Field(True, description="false: unsigned workflow actions pass by `unsigned`")
    unsigned: SchemeChoice | None = Field(None, description="how unsigned requests prove themselves: header or query")
    versions: tuple[Version, ...] = Field(
        ("v3", "v2", "v1"), min_length=1, description="signatures taken; v1 and v2 carry no timestamp"
    )

    @model_validator(mode="after")
    def _another_proof(self) -> "HubSpotOptions":
        if self.signature_required != (self.unsigned is None):
            raise ValueError("signature_required: false and `unsigned` need each other")
        if self.unsigned is not None and not (self.unsigned.header or self.unsigned.query):
            raise ValueError("a workflow action can send a header or a query parameter: choose one for `unsigned`")
        return self


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_scheme_for(request, source.options)], request, source, now)


def _scheme_for(request: Request, options: HubSpotOptions) -> Scheme:
    """The only scheme this request may pass by: the strongest it claims. A bad v3 never falls back."""
    if request.header_values(_HEADER_V3):
        version: str | None = "v3"
    elif request.header_values(_HEADER):
        version = request.header(_VERSION_HEADER)
    elif options.unsigned is not None:
        return options.unsigned.scheme
    else:
        raise NotAuthentic("hubspot: the request is not signed")
    if version not in options.versions or (version == "v3" and not request.header_values(_HEADER_V3)):
        raise NotAuthentic("hubspot: this signature version is not taken")
    return _SCHEMES[version]


def _decode(request: Request, source: Source) -> JsonValue:
    if request.method != "GET":
        return strict_json.loads(request.body)
    options: HubSpotOptions = source.options
    payload = decode_query(request)
    if options.unsigned is not None and options.unsigned.query is not None:
        payload.pop(options.unsigned.query.name, None)
    return payload


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    records = payload if isinstance(payload, list) else [payload]
    if len(records) > MOST_EVENTS:
        raise Unreadable(f"the batch has {len(records)} events; HubSpot sends at most {MOST_EVENTS}")
    return [_event(record, number) for number, record in enumerate(records, start=1)]


def _event(record: JsonValue, number: int) -> Event:
    if not isinstance(record, dict):
        raise Unreadable(f"element {number} of the batch is not an object")
    if "subscriptionType" in record:
        return _app_event(record)
    return Event(payload=record, type="workflow", person=_person_of_record(record))


def _app_event(record: JsonObject) -> Event:
    parts = tuple(text_of(record.get(part)) or "" for part in _KEY_PARTS)
    identified = record.get("eventId") is not None or record.get("objectId") is not None
    return Event(
        payload=record,
        type=text_of(record["subscriptionType"]) or "",
        key=parts if identified else None,
        occurred_at=moment_of(record.get("occurredAt")),
        person=_person_of_event(record),
    )


def _person_of_event(record: JsonObject) -> Person:
    """An app event names its record; it holds a fact about the person only when that very property changed."""
    kind = text_of(record.get("subscriptionType")) or ""
    if not (kind.startswith("contact.") or text_of(record.get("objectTypeId")) == _CONTACT_TYPE):
        return Person()
    changed = text_of(record.get("propertyName"))
    value = text_of(record.get("propertyValue"))
    return Person(
        phone=value if changed in {"phone", "mobilephone"} else None,
        email=value if changed == "email" else None,
        first_name=value if changed == "firstname" else None,
        last_name=value if changed == "lastname" else None,
        contact_id=text_of(record.get("objectId")),
    )


def _person_of_record(record: JsonObject) -> Person:
    return Person(
        phone=_property(record, "phone") or _property(record, "mobilephone"),
        email=_property(record, "email"),
        first_name=_property(record, "firstname"),
        last_name=_property(record, "lastname"),
        contact_id=first_text(record, ("vid", "canonical-vid", "objectId", "properties.hs_object_id.value", "id")),
    )


def _property(record: JsonObject, name: str) -> str | None:
    """A property as the legacy contact shape has it, as the newer record shape has it, or as a customised body."""
    found = select(record, f"properties.{name}")
    return text_of(found["value"] if isinstance(found, dict) and "value" in found else found) or text_of(
        record.get(name)
    )


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    options: HubSpotOptions = source.options
    if options.unsigned is not None:
        return options.unsigned.scheme.sign(request, source, now)
    version = options.versions[0]
    named = () if version == "v3" else ((_VERSION_HEADER, version),)
    return (*named, *_SCHEMES[version].sign(request, source, now))


def _sign_query(source: Source) -> str:
    options: HubSpotOptions = source.options
    return "" if options.unsigned is None else options.unsigned.scheme.query(source)


def _check(source: Source) -> Sequence[str]:
    options: HubSpotOptions = source.options
    scheme: Scheme = _SCHEMES["v3"] if options.unsigned is None else options.unsigned.scheme
    return scheme.check(source)


def _sample_batch(now: datetime, random: Random) -> bytes:
    created = {
        "eventId": random.randrange(10**9, 10**10),
        "subscriptionId": 2426754,
        "portalId": 143553137,
        "appId": 2633736,
        "occurredAt": int(now.timestamp() * 1000),
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": random.randrange(1000, 10**9),
        "changeFlag": "CREATED",
        "changeSource": "CRM_UI",
    }
    changed = {**created, "eventId": random.randrange(10**9, 10**10), "subscriptionType": "contact.propertyChange"}
    del changed["changeFlag"]
    return orjson.dumps([created, {**changed, "propertyName": "phone", "propertyValue": invent_person(random).phone}])


def _sample_workflow(now: datetime, random: Random) -> bytes:
    person, vid = invent_person(random), random.randrange(1000, 10**9)
    values = {
        "phone": person.phone,
        "email": person.email,
        "firstname": person.first_name,
        "lastname": person.last_name,
        "createdate": str(int(now.timestamp() * 1000)),
    }
    return orjson.dumps(
        {
            "vid": vid,
            "canonical-vid": vid,
            "portal-id": 143553137,
            "is-contact": True,
            "properties": {name: {"value": value, "versions": []} for name, value in values.items()},
            "form-submissions": [],
            "identity-profiles": [{"vid": vid, "identities": [{"type": "EMAIL", "value": person.email}]}],
        }
    )


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="workflow action", make=_sample_workflow),
        Sample(name="app webhook", make=_sample_batch),
    )


PROVIDER = Provider(
    name="hubspot",
    title="HubSpot",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    sign_query=_sign_query,
    check=_check,
    samples=_samples,
    options=HubSpotOptions,
    methods=frozenset({"POST", "GET"}),
    facts=ProviderFacts(
        authentication="v3: HMAC-SHA256 over method, address, body, timestamp; v2, v1: SHA-256 with the secret inside",
        batch="app webhooks up to 100, workflow actions one",
        thin="app webhooks, but for a changed phone property",
        dedupe="portal, subscription type, object, event id and time together; workflow records by body",
        retries="app: 10 in 24 h after any 4xx or 5xx; workflow: 5xx for 3 days, of the 4xx only 429",
        certainty="documented",
    ),
    busy_status=503,  # both kinds retry it; a 429's Retry-After has been seen read in milliseconds
)
