"""Zoho CRM: workflow webhooks, whose parameters their author names, and notifications ("watch"), which are thin.

Sources of facts: Zoho's help on webhooks of workflow rules, and "Enable Notifications" of its API documentation. There
is no signature: a secret address, and a header of the webhook or the token that notifications repeat in their body.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field, model_validator

from gateway.auth.tokens import BodyToken
from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.batches import elements_of
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.fields import body_without_field, without_field
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

MOST_IDS = 1000
_TOKEN = BodyToken(name="token", kind="json")
_PEOPLE = frozenset({"Leads", "Contacts"})
_IDS = ("id", "lead_id", "contact_id", "Lead Id", "Contact Id", "Lead_Id", "Contact_Id", "leadid", "contactid")
_TYPES = ("event", "event_type")


class ZohoCrmOptions(UnsignedOptions):
    """Options of a `zoho_crm` source."""

    token: bool = Field(False, description="notifications alone: their body's `token` is one of `secrets`")

    @model_validator(mode="after")
    def _one_secret(self) -> "ZohoCrmOptions":
        if self.token and self.header is not None:
            raise ValueError("`token` is for notifications and `header` for workflow webhooks: a source each")
        return self


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    passed = authenticate_unsigned(request, source, now)
    return f"{passed}, {_TOKEN.verify(request, source, now)}" if source.options.token else passed


def _decode(request: Request, source: Source) -> JsonValue:
    payload = decode_body(request)
    secret = source.options.token or _is_notification(payload)
    return without_field(payload, _TOKEN.name) if secret else payload


def _is_notification(payload: JsonValue) -> bool:
    return isinstance(payload, dict) and isinstance(payload.get("ids"), list) and "module" in payload


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    if not _is_notification(body):
        return [_workflow_event(body)]
    return [_changed(body, text_of(one)) for one in elements_of(body["ids"], most=MOST_IDS)]


def _changed(body: JsonObject, record_id: str | None) -> Event:
    """One record of a notification: its id and what happened to it."""
    module, operation = text_of(body.get("module")) or "", text_of(body.get("operation")) or ""
    moment = text_of(body.get("server_time"))
    return Event(
        payload={**body, "id": record_id},
        type=f"{module}.{operation}",
        key=(module, operation, record_id, moment) if record_id is not None and moment is not None else None,
        occurred_at=moment_of(moment),
        person=Person(contact_id=record_id if module in _PEOPLE else None),
    )


def _workflow_event(body: JsonObject) -> Event:
    """A workflow's webhook: parameters under names its author chose; it has no id of its own."""
    named = person_in_form(body)
    return Event(
        payload=body,
        type=first_text(body, _TYPES) or "workflow",
        person=Person(
            phone=named.phone,
            email=named.email,
            first_name=named.first_name,
            last_name=named.last_name,
            contact_id=first_text(body, _IDS),
        ),
    )


def _sign_body(request: Request, source: Source) -> bytes:
    return _TOKEN.fill(request, source) if source.options.token else request.body


def _kept_body(request: Request, source: Source) -> bytes:
    return body_without_field(request.body, _TOKEN.name) if source.options.token else request.body


def _check(source: Source) -> Sequence[str]:
    if not source.options.token:
        return check_unsigned(source)
    return _TOKEN.check(source) if source.secrets else ["`token` needs `secrets`"]


def _sample_workflow(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "event": "lead.created",
            "id": _record_id(random),
            "First_Name": person.first_name,
            "Last_Name": person.last_name,
            "Email": person.email,
            "Phone": person.phone,
        }
    )


def _sample_notification(now: datetime, random: Random) -> bytes:
    return orjson.dumps(
        {
            "server_time": int(now.timestamp() * 1000),
            "query_params": {},
            "module": "Leads",
            "resource_uri": "https://www.zohoapis.com/crm/v8/Leads",
            "ids": [_record_id(random)],
            "operation": "insert",
            "channel_id": "1000000068001",
        }
    )


def _record_id(random: Random) -> str:
    return f"4150868{random.randrange(10**12):012d}"


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="workflow webhook", make=_sample_workflow),
        Sample(name="notification", make=_sample_notification),
    )


PROVIDER = Provider(
    name="zoho_crm",
    title="Zoho CRM",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    sign_body=_sign_body,
    kept_body=_kept_body,
    check=_check,
    samples=_samples,
    options=ZohoCrmOptions,
    methods=frozenset({"POST", "PUT", "GET"}),
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="a header of your choice, or the token in a notification's body, at a secret address",
        covers_body=False,
        replay_window=False,
        batch="notifications: as many as they name ids, up to 1,000",
        thin="notifications",
        dedupe="notifications: module, operation, id and server time; workflow webhooks: the body",
        retries="none known",
        certainty="documented",
    ),
)
