"""Airtable: a ping that something in a base changed, and nothing of what.

Source of facts: Airtable's Web API documentation ("Webhooks overview"); the signature as receivers in public
repositories verify it.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id
from gateway.model import Accepted, Event, JsonValue, Request

_PROOF = Proof(
    schemes=(Hmac(name="airtable", header="X-Airtable-Content-MAC", prefix="hmac-sha256=", key="base64"),),
)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    webhook, moment = first_text(body, ("webhook.id",)), text_of(body.get("timestamp"))
    return [
        Event(
            payload=body,
            type="ping",
            key=(webhook, moment) if webhook is not None and moment is not None else None,
            occurred_at=moment_of(moment),
        )
    ]


def _reply(_: Request, __: Source, ___: Sequence[Accepted]) -> Reply | None:
    return Reply(body=b"")  # the documentation asks for an empty answer


def _sample_ping(now: datetime, random: Random) -> bytes:
    return orjson.dumps(
        {
            "base": {"id": "app00000000000000"},
            "webhook": {"id": f"ach{invent_id(random)[:14]}"},
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="ping", make=_sample_ping),)


PROVIDER = Provider(
    name="airtable",
    title="Airtable",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    reply=_reply,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body, the secret in base64",
        replay_window=False,
        thin="every event",
        dedupe="webhook and timestamp",
        retries="with growing gaps; the webhook lapses after 7 days unless refreshed",
        certainty="observed",
    ),
)
