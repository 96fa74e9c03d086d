"""GitHub: any event of a repository, an organisation or an app, as JSON or as a form holding it.

Source of facts: GitHub's documentation ("Validating webhook deliveries", "Webhook events and payloads", "Handling
failed webhook deliveries") and the suite of its webhook library. Phones come only with what one sends oneself.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import first_known
from gateway.decoding.content import content_type, decode_body, decode_json_field
from gateway.decoding.facts import as_object, object_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonValue, Request
from gateway.reasons import Reason

_PROOF = Proof(schemes=(Hmac(name="github", header="X-Hub-Signature-256", prefix="sha256="),))
_PING = "ping"


def _decode(request: Request, _: Source) -> JsonValue:
    if content_type(request).media == "application/x-www-form-urlencoded":
        return decode_json_field(decode_body(request, "form"), "payload")
    return strict_json.loads(request.body)


def _split(payload: JsonValue, request: Request, _: Source) -> Sequence[Event]:
    body, name = as_object(payload), request.header("x-github-event") or ""
    delivery, is_ping = request.header("x-github-delivery"), name == _PING or {"zen", "hook"} <= body.keys()
    return [
        Event(
            payload=body,
            type=".".join(filter(None, (name, text_of(body.get("action"))))),
            key=(delivery,) if delivery else None,
            person=first_known(
                person_in_form(object_at(body, "client_payload")), person_in_form(object_at(body, "inputs"))
            ),
            never_rings=Reason.HANDSHAKE if is_ping else None,
        )
    ]


def _sample_dispatch(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    lead = {"phone": person.phone, "email": person.email, "first_name": person.first_name}
    return orjson.dumps(
        {
            "action": "lead",
            "branch": "main",
            "client_payload": {**lead, "last_name": person.last_name},
            "repository": {"id": 17273051, "full_name": "example/leads", "private": True},
            "sender": {"login": "example", "id": 38302899, "type": "User"},
        }
    )


def _sample_headers(_: datetime, random: Random) -> tuple[tuple[str, str], ...]:
    return (
        ("X-GitHub-Event", "repository_dispatch"),
        ("X-GitHub-Delivery", invent_id(random)),
        ("X-GitHub-Hook-ID", "292430182"),
        ("User-Agent", "GitHub-Hookshot/044aadd"),
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="repository dispatch", make=_sample_dispatch, headers=_sample_headers),)


PROVIDER = Provider(
    name="github",
    title="GitHub",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        thin="all but dispatches, which carry what you send",
        dedupe="the header `X-GitHub-Delivery`",
        retries="none by itself; redelivered by hand or API for 3 days",
        certainty="documented",
    ),
)
