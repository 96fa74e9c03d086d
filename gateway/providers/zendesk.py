"""Zendesk: webhooks of triggers and automations, whose body is the user's own, and of subscribed events.

Source of facts: Zendesk's developer documentation ("Verifying webhooks", "Webhook event types", "Creating and
monitoring webhooks"). Its tests are signed with a secret that the documentation prints.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import PersonPaths, as_object
from gateway.decoding.selectors import moment_of, text_of
from gateway.errors import Unreadable
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonValue, Request
from gateway.policy import Strict

_PROOF = Proof(
    schemes=(
        Hmac(
            name="zendesk",
            header="X-Zendesk-Webhook-Signature",
            encoding="base64",
            signed="{timestamp}{body}",  # the secret is the key as it stands, though it looks like base64
            timestamp=Timestamp(header="X-Zendesk-Webhook-Signature-Timestamp", unit="iso8601"),
        ),
    )
)
_PRINTED_SECRET = b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
_SUBSCRIBED = "zen:event-type"


class ZendeskOptions(Strict):
    """Options of a `zendesk` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=("phone", "requester.phone", "ticket.requester.phone", "detail.phone"),
            email=("email", "requester.email", "ticket.requester.email", "detail.email"),
            first_name=("first_name", "requester.first_name", "ticket.requester.first_name"),
            last_name=("last_name", "requester.last_name", "ticket.requester.last_name"),
            contact_id=("requester_id", "requester.id", "ticket.requester.id"),
        ),
        description="where the payload holds the person",
    )


def _decode(request: Request, _: Source) -> JsonValue:
    if not request.body:
        raise Unreadable("the body is empty, and what stands in the address is not signed")
    return decode_body(request)


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    options: ZendeskOptions = source.options
    body, kind = as_object(payload), text_of(as_object(payload).get("type")) or ""
    if not kind.startswith(_SUBSCRIBED):
        invocation = request.header("x-zendesk-webhook-invocation-id")
        key = ("invocation", invocation) if invocation else None
        return [Event(payload=body, type=kind, key=key, person=options.person.person(body))]
    event_id, paths = text_of(body.get("id")), options.person
    if ":user." in kind or "/user." in kind:
        paths = paths.model_copy(update={"contact_id": ("detail.id",)})
    return [
        Event(
            payload=body,
            type=kind,
            key=("event", event_id) if event_id is not None else None,
            occurred_at=moment_of(body.get("time")),
            person=paths.person(body),
        )
    ]


def _check(source: Source) -> Sequence[str]:
    printed = ["that is the secret Zendesk signs its tests with: everyone knows it, so use the webhook's own"]
    return [*_PROOF.check(source), *(printed if _PRINTED_SECRET in source.secrets else [])]


def _sample_trigger(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "type": "ticket_created",
            "ticket": {"id": random.randrange(10**3, 10**8), "title": "Please call me", "priority": "Urgent"},
            "phone": person.phone,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
        }
    )


def _sample_user(now: datetime, random: Random) -> bytes:
    user, moment = str(random.randrange(10**12, 10**13)), now.strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "created_at": moment,
        "email": invent_person(random).email,
        "external_id": "",
        "default_group_id": "0",
        "id": user,
        "organization_id": "0",
        "role": "end-user",
        "updated_at": moment,
    }
    return orjson.dumps(
        {
            "type": f"{_SUBSCRIBED}:user.created",
            "account_id": 12514403,
            "id": invent_id(random),
            "time": moment,
            "zendesk_event_version": "2022-06-20",
            "subject": f"zen:user:{user}",
            "detail": detail,
            "event": {},
        }
    )


def _sample_headers(_: datetime, random: Random) -> tuple[tuple[str, str], ...]:
    return (
        ("X-Zendesk-Account-Id", "12514403"),
        ("X-Zendesk-Webhook-Id", "01F1KRFQ6BG29CNWFR60NK5FNY"),
        ("X-Zendesk-Webhook-Invocation-Id", f"01{invent_id(random).upper()}"),
    )


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="trigger", make=_sample_trigger, headers=_sample_headers),
        Sample(name="user created", make=_sample_user, headers=_sample_headers),
    )


PROVIDER = Provider(
    name="zendesk",
    title="Zendesk",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_check,
    samples=_samples,
    options=ZendeskOptions,
    methods=frozenset({"POST", "PUT", "PATCH"}),  # those with a body: the address is not signed
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body",
        thin="subscribed events",
        dedupe="`id` of subscribed events; of triggers the header `X-Zendesk-Webhook-Invocation-Id`",
        retries="after 409, and after 429 and 503 with a short `Retry-After`; many failures pause the webhook",
        certainty="documented",
    ),
)
