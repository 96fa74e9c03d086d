"""ClickFunnels: contacts, orders and form submissions, of version 2.0 (signed) and of Classic (not signed).

Source of facts: 2.0 by ClickFunnels' developer documentation ("Webhooks", "Signature verification") and its SDK's
readme; Classic by captured requests and receivers in public repositories, among them its test request to
`/funnel_webhooks/test`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import orjson
from pydantic import Field

from gateway.auth.schemes import Scheme, verify
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object, first_text
from gateway.decoding.selectors import moment_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.probes import FUNNEL_TEST, answer_subpath
from gateway.model import Event, JsonObject, JsonValue, Request
from gateway.policy import Strict

_SCHEME = Hmac(
    name="clickfunnels",
    header="X-Webhook-ClickFunnels-Signature",
    signed="{timestamp}.{body}",
    timestamp=Timestamp(header="X-Webhook-ClickFunnels-Timestamp", tolerance=timedelta(minutes=10)),
)
# Where a contact stands: version 2, version 1 of 2.0 (JSON:API) and its form submissions, then Classic.
_CONTACTS = (
    *("data", "data.contact", "data.attributes", "data.attributes.contact", "data.attributes.data.contact"),
    *("contact", "contact.contact_profile", "contact_profile"),
)
_OF_EVENT = ("created_at", "data.attributes.updated_at")  # of 2.0
_OF_RECORD = ("updated_at", "contact.updated_at")  # of Classic


class ClickfunnelsOptions(Strict):
    """Options of a `clickfunnels` source."""

    signed: bool = Field(True, description="false: ClickFunnels Classic, which signs nothing; needs a path_token")


def _places(*names: str) -> tuple[str, ...]:
    """The paths of a fact in each contact, then at the top, where Classic has its contact."""
    return (*(f"{contact}.{name}" for contact in _CONTACTS for name in names), *names)


_PERSON = PersonPaths(
    phone=_places("phone_number", "phone"),
    email=_places("email_address", "email"),
    first_name=_places("first_name"),
    last_name=_places("last_name"),
)


def _scheme(source: Source) -> Scheme:
    options: ClickfunnelsOptions = source.options
    return _SCHEME if options.signed else PathToken()


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_scheme(source)], request, source, now)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    kind = first_text(body, ("event_type_id", "event_type", "event")) or ""
    return [
        Event(
            payload=body,
            type=kind,
            key=_key(body, kind),
            occurred_at=moment_of(first_text(body, _OF_EVENT if "data" in body else _OF_RECORD)),
            person=_PERSON.person(body),
        )
    ]


def _key(body: JsonObject, kind: str) -> tuple[str, ...] | None:
    """The event's own id; of Classic, which has none, the record with its version."""
    event_id = first_text(body, ("event_id", "uuid", "public_id"))
    if event_id is not None:
        return (event_id,)
    record_id, version = first_text(body, ("id", "contact.id")), first_text(body, _OF_RECORD)
    return None if record_id is None or version is None else ("classic", kind, record_id, version)


def _handshake(request: Request, _: Source) -> Reply | None:
    return answer_subpath(request)


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _scheme(source).sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    options: ClickfunnelsOptions = source.options
    if options.signed and not source.secrets:
        return ["clickfunnels needs `secrets`, or `signed: false` and a path_token for ClickFunnels Classic"]
    return _scheme(source).check(source)


def _sample_contact(now: datetime, random: Random) -> bytes:
    person, contact = invent_person(random), random.randrange(10**9)
    moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps(
        {
            "id": None,
            "public_id": invent_id(random)[:6],
            "workspace_id": 32,
            "uuid": f"{random.getrandbits(128):032x}",
            "event_type_id": "contact.identified",
            "subject_id": contact,
            "subject_type": "Contact",
            "data": {
                "id": contact,
                "email_address": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "phone_number": person.phone,
                "created_at": moment,
                "updated_at": moment,
                "tags": [],
            },
            "created_at": moment,
        }
    )


def _sample_classic(now: datetime, random: Random) -> bytes:
    person, moment = invent_person(random), now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    facts = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "created_at": moment,
        "updated_at": moment,
    }
    profile = {"id": random.randrange(10**9), **facts}
    return orjson.dumps({"id": random.randrange(10**9), **facts, "funnel_id": 6201126, "contact_profile": profile})


def _samples() -> Sequence[Sample]:
    return (Sample(name="contact", make=_sample_contact), Sample(name="classic", make=_sample_classic))


PROVIDER = Provider(
    name="clickfunnels",
    title="ClickFunnels",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=ClickfunnelsOptions,
    secrets_required=0,
    subpaths=frozenset({FUNNEL_TEST}),
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="2.0: HMAC-SHA256 over timestamp and body; Classic: none, so a secret address",
        thin="enrolments, tags and whatever else holds no contact",
        handshake="Classic: POST to `funnel_webhooks/test`",
        dedupe="the event's id; Classic: record and `updated_at`",
        retries="not documented",
        certainty="documented",
    ),
)
