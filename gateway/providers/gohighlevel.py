"""GoHighLevel (HighLevel): signed webhooks of marketplace apps, and the workflow action "Webhook", which signs nothing.

Sources of facts: HighLevel's "Webhook Integration Guide", its API documentation (the RSA key) and SDK (which signature
counts), its help on retries; the Ed25519 key as two independent receivers print it.

A request with the newer header passes by Ed25519 or not at all: an RSA signature beside it does not help. One key signs
for every app, so a signature says that HighLevel sends, not for whom: the address must be secret as well.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import orjson
from pydantic import Field

from gateway.auth.asymmetric import Asymmetric
from gateway.auth.public_keys import public_key
from gateway.auth.schemes import verify
from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object, first_text
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of
from gateway.errors import NotAuthentic, Unreadable
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

ED25519 = Asymmetric(
    name="gohighlevel-ed25519",
    header="x-ghl-signature",
    published="MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=",
)
RSA_SHA256 = Asymmetric(
    name="gohighlevel-rsa",
    header="x-wh-signature",
    algorithm="rsa-sha256",
    published=(
        "MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAokvo/r9tVgcfZ5DysOSCFrm602qYV0MaAiNnX9O8KxMbiyRKWeL9JpCp"
        "Vpt4XHIcBOK4u3cLSqJGOLaPuXw6dO0t6Q/ZVdAV5Phz+ZtzPL16iCGeK9po6D6JHBpbi989mmzMryUnQJezlYJ3DVfBcsedpinh"
        "eNnyYeFXolrJvcsjDtfAeRx5ByHQmTnSdFUzuAnC9/GepgLT9SM4nCpvuxmZMxrJt5Rw+VUaQ9B8JSvbMPpez4peKaJPZHBbU3Od"
        "eCVx5klVXXZQGNHOs8gF3kvoV5rTnXV0IknLBXlcKKAQLZcY/Q9rG6Ifi9c+5vqlvHPCUJFT5XUGG5RKgOKUJ062fRtN+rLYZUV+"
        "BjafxQauvC8wSWeYja63VSUruvmNj8xkx2zE/Juc+yjLjTXpIocmaiFeAO6fUtNjDeFVkhf5LNb59vECyrHD2SQIrhgXpO4Q3dVN"
        "A5rw576PwTzNh/AMfHKIjE4xQA1SZuYJmNnmVZLIZBlQAF9Ntd03rfadZ+yDiOXCCs9FkHibELhCHULgCsnuDJHcrGNd5/Ddm5hx"
        "GQ0ASitgHeMZ0kcIOwKDOzOU53lDza6/Y09T7sYJPQe7z0cvj7aE4B+Ax1ZoZGPzpJlZtGXCsu9aTEGEnKzmsFqwcSsnw3JB31IG"
        "KAykT1hhTiaCeIY/OwwwNUY2yvcCAwEAAQ=="
    ),
)
_OLDEST = timedelta(hours=2)  # six more tries, ten minutes and some apart, may repeat the first one's timestamp
_PERSON = PersonPaths(
    phone=("phone", "data.phone"),
    email=("email", "data.email"),
    first_name=("firstName", "first_name", "data.firstName"),
    last_name=("lastName", "last_name", "data.lastName"),
)
_WHOLE_NAMES = ("full_name", "name", "data.name")


class GoHighLevelOptions(UnsignedOptions):
    """Options of a `gohighlevel` source."""

    signed: bool = Field(True, description="false: a workflow's webhook, unsigned; needs a `header`")
    legacy: bool = Field(True, description="take the older RSA signature where the newer one is absent")


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    options: GoHighLevelOptions = source.options
    if not options.signed:
        return authenticate_unsigned(request, source, now)
    passed = verify([_scheme_for(request, options)], request, source, now)
    _require_fresh(request, source, now)
    return passed


def _scheme_for(request: Request, options: GoHighLevelOptions) -> Asymmetric:
    """The only scheme this request may pass by. Raises NotAuthentic for an unsigned one."""
    if request.header_values(ED25519.header):
        return ED25519
    if options.legacy and request.header_values(RSA_SHA256.header):
        return RSA_SHA256
    raise NotAuthentic("gohighlevel: the request is not signed")


def _require_fresh(request: Request, source: Source, now: datetime) -> None:
    """Raises NotAuthentic where the signed body says that it is old, or early, or when cannot be read."""
    try:
        stamp = as_object(strict_json.loads(request.body)).get("timestamp")
    except Unreadable:
        return  # it holds no lead, and is kept as what cannot be read
    moment = moment_of(stamp)
    if stamp is not None and (moment is None or not now - _OLDEST <= moment <= now + source.clock_skew):
        raise NotAuthentic("gohighlevel: the signed timestamp is outside the replay window")


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    kind, webhook_id = first_text(body, ("type",)), first_text(body, ("webhookId",))
    return [
        Event(
            payload=body,
            type=kind or "workflow",
            key=(webhook_id,) if webhook_id is not None else None,
            occurred_at=moment_of(body.get("timestamp")),
            person=_person(body, kind or ""),
        )
    ]


def _person(body: JsonObject, kind: str) -> Person:
    """The contact; its id stands at `id` in events about contacts, and under a name of its own elsewhere."""
    found = _PERSON.person(body)
    ids = ("id", "data.id") if kind.startswith("Contact") else ("contact_id", "contactId", "data.contactId")
    whole = person_in_form({"name": first_text(body, _WHOLE_NAMES)})
    parted = found if found.first_name or found.last_name else whole
    return Person(
        phone=found.phone,
        email=found.email,
        first_name=parted.first_name,
        last_name=parted.last_name,
        contact_id=first_text(body, ids),
    )


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    options: GoHighLevelOptions = source.options
    if not options.signed:
        return sign_unsigned(request, source, now)
    legacy = bool(source.secrets) and public_key(source.secrets[0], RSA_SHA256.algorithm) is not None
    return (RSA_SHA256 if legacy else ED25519).sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    options: GoHighLevelOptions = source.options
    if not options.signed:
        missing = [] if options.header is not None else ["`signed: false` needs a `header` and `secrets`"]
        return [*missing, *check_unsigned(source)]
    misplaced = ["`header` is for `signed: false`: a signed webhook needs none"] if options.header is not None else []
    return [*misplaced, *_wrong_keys(source, options)]


def _wrong_keys(source: Source, options: GoHighLevelOptions) -> list[str]:
    taken = (ED25519, RSA_SHA256) if options.legacy else (ED25519,)
    return [
        f"secret {number} is no public key of HighLevel's: leave `secrets` out to take the published ones"
        for number, secret in enumerate(source.secrets, start=1)
        if all(public_key(secret, scheme.algorithm) is None for scheme in taken)
    ]


def _sample_contact(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "type": "ContactCreate",
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "webhookId": invent_id(random),
            "locationId": "ve9EPM428h8vShlRW1KT",
            "id": invent_id(random)[:20],
            "firstName": person.first_name,
            "lastName": person.last_name,
            "email": person.email,
            "phone": person.phone,
            "tags": ["demo"],
        }
    )


def _sample_workflow(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "contact_id": invent_id(random)[:20],
            "first_name": person.first_name,
            "last_name": person.last_name,
            "full_name": f"{person.first_name} {person.last_name}",
            "email": person.email,
            "phone": person.phone,
            "tags": "demo",
            "location": {"id": "ve9EPM428h8vShlRW1KT", "name": "Example Inc."},
            "workflow": {"id": "wf_example", "name": "Call new leads"},
            "customData": {"interest": "demo"},
        }
    )


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="contact created", make=_sample_contact),
        Sample(name="workflow webhook", make=_sample_workflow),
    )


PROVIDER = Provider(
    name="gohighlevel",
    title="GoHighLevel",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=GoHighLevelOptions,
    requires_path_token=True,
    secrets_required=0,
    busy_status=429,
    facts=ProviderFacts(
        authentication="Ed25519, or the older RSA-SHA256, over the body; workflows: a header; each at a secret address",
        replay_window=False,
        dedupe="`webhookId`; workflows: the body",
        retries="after 429 alone: 6, ten minutes apart",
        certainty="documented",
    ),
)
