"""monday.com: one event of a board each, with a signed token where an app made the webhook.

Sources of facts: monday.com's developer documentation ("Webhooks", "Verifying requests" of its app framework) and
captured requests. The token proves the sender and the address, not the body: the address must be secret too.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.jwt import Jwt
from gateway.auth.schemes import Scheme, verify
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text, object_at
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.challenges import echo_in_json
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

_TOKEN = Jwt(name="monday", audience="{url}")
_KEY_PARTS = ("type", "pulseId", "columnId", "triggerUuid")


class MondayOptions(Strict):
    """Options of a `monday` source."""

    signed: bool = Field(True, description="false: made on the board itself, which sends no token")


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_scheme(source)], request, source, now)


def _scheme(source: Source) -> Scheme:
    options: MondayOptions = source.options
    return _TOKEN if options.signed else PathToken()


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    event = object_at(body, "event")
    return [
        Event(
            payload=body,
            type=first_text(body, ("event.type", "type")) or "",
            key=_key(event),
            occurred_at=moment_of(event.get("triggerTime")),
            person=_person(event),
        )
    ]


def _key(event: JsonObject) -> tuple[str, ...] | None:
    """The trigger, and what it did to which item: one trigger may have several effects."""
    if text_of(event.get("triggerUuid")) is None:
        return None
    return tuple(text_of(event.get(part)) or "" for part in _KEY_PARTS)


def _person(event: JsonObject) -> Person:
    """What a phone column and an e-mail column hold, whatever their ids; the item's id."""
    columns = [*object_at(event, "columnValues").values(), event.get("value")]
    return Person(
        phone=next((text for column in columns if (text := first_text(column, ("phone",)))), None),
        email=next((text for column in columns if (text := first_text(column, ("email",)))), None),
        contact_id=text_of(event.get("pulseId")),
    )


def _handshake(request: Request, source: Source) -> Reply | None:
    return echo_in_json(request, source)


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _scheme(source).sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    options: MondayOptions = source.options
    if options.signed and not source.secrets:
        return ["monday needs the app's signing secret among `secrets`, or `signed: false` for a board's own webhook"]
    if not options.signed and source.secrets:
        return ["with `signed: false` nothing would use the `secrets`"]
    return _scheme(source).check(source)


def _sample_item(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    columns = {
        "phone": {"phone": person.phone, "countryShortName": "US"},
        "email": {"email": person.email, "text": person.email},
    }
    event = {
        "userId": 9603417,
        "originalTriggerUuid": None,
        "boardId": 1771812698,
        "pulseId": random.randrange(10**9, 10**10),
        "pulseName": f"{person.first_name} {person.last_name}",
        "groupId": "topics",
        "columnValues": columns,
        "app": "monday",
        "type": "create_pulse",
        "triggerTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "subscriptionId": 73759690,
        "triggerUuid": invent_id(random),
    }
    return orjson.dumps({"event": event})


def _samples() -> Sequence[Sample]:
    return (Sample(name="item created", make=_sample_item),)


PROVIDER = Provider(
    name="monday",
    title="monday.com",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    handshake=_handshake,
    options=MondayOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="a token signed with HMAC-SHA256 for the address, at a secret address",
        covers_body=False,
        thin="changes of other columns than phone and e-mail",
        handshake="`challenge` is sent back as JSON",
        dedupe="`triggerUuid` with type, item and column",
        retries="once a minute for 30 min",
        certainty="documented",
    ),
)
