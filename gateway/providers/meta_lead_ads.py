"""Meta Lead Ads (Facebook and Instagram): a lead's id, and nothing of the person.

Source of facts: Meta's developer documentation ("Webhooks: getting started", "Webhooks for leads"); the shape of a
delivery as in a captured request of a public test suite (rudder-transformer); the ids of the dashboard's test.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field, SecretStr

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.batches import objects_of
from gateway.decoding.facts import as_object, first_text, objects_at
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.errors import Unreadable
from gateway.handshakes.challenges import echo_to_verified
from gateway.model import Event, JsonObject, JsonValue, Request
from gateway.policy import Strict
from gateway.reasons import Reason

MOST_CHANGES = 1000
_PROOF = Proof(schemes=(Hmac(name="meta", header="X-Hub-Signature-256", prefix="sha256="),))
_LEAD = "leadgen"
_OF_THE_TEST_BUTTON = re.compile(r"4{9,}")  # the dashboard's sample: every id is made of fours


class MetaOptions(Strict):
    """Options of a `meta_lead_ads` source."""

    verify_token: SecretStr | None = Field(
        None, min_length=1, description="the verify token typed into the app; without one no address is verified"
    )


def _handshake(request: Request, source: Source) -> Reply | None:
    options: MetaOptions = source.options
    token = options.verify_token
    return echo_to_verified(request, [] if token is None else [token.get_secret_value().encode("utf-8")])


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    """An event a change, each with what its entry says beside it."""
    body = as_object(payload)
    if not isinstance(body.get("entry"), list):
        return [Event(payload=body)]
    kind = body.get("object")
    entries = objects_of(body["entry"], most=MOST_CHANGES)
    changes = [{"object": kind, **change} for entry in entries for change in _changes(entry)]
    if len(changes) > MOST_CHANGES:
        raise Unreadable(f"the batch has {len(changes)} changes; at most {MOST_CHANGES} are taken")
    return [_event(change) for change in changes]


def _changes(entry: JsonObject) -> list[JsonObject]:
    """The changes of one page; an entry of another kind (messages) counts as one."""
    about = {name: value for name, value in entry.items() if name != "changes"}
    return [{**about, **change} for change in objects_at(entry, "changes")] or [about]


def _event(change: JsonObject) -> Event:
    field, lead = text_of(change.get("field")) or "", first_text(change, ("value.leadgen_id",))
    is_lead = field == _LEAD and lead is not None
    return Event(
        payload=change,
        type=field,
        key=(_LEAD, lead) if is_lead and lead is not None else None,
        occurred_at=moment_of(select(change, "value.created_time")) or moment_of(change.get("time")),
        never_rings=Reason.TEST_EVENT if _OF_THE_TEST_BUTTON.fullmatch(lead or "") else None,
    )


def _sample_lead(now: datetime, random: Random) -> bytes:
    page, created = "134587000111222", int(now.timestamp())
    value = {
        "leadgen_id": str(random.randrange(10**15, 10**16)),
        "page_id": page,
        "form_id": "1616801872291121",
        "ad_id": "120210000000000001",
        "adgroup_id": "120210000000000002",
        "created_time": created,
    }
    entry = {"id": page, "time": created, "changes": [{"field": _LEAD, "value": value}]}
    return orjson.dumps({"object": "page", "entry": [entry]})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = Provider(
    name="meta_lead_ads",
    title="Meta Lead Ads",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    options=MetaOptions,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        batch="many entries of many changes, up to 1,000 taken",
        thin="every event",
        handshake="GET with the verify token, its challenge echoed",
        dedupe="`leadgen_id`",
        retries="at once, then ever more seldom for 36 h",
        certainty="documented",
    ),
)
