"""GoHighLevel: which signature counts, how old a request may be, and whose contact it is."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from inbound import NOW, json_request, source_of

from gateway.auth.public_keys import public_key
from gateway.auth.schemes import source_problems
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Event, JsonValue, Person, Request
from gateway.providers.gohighlevel import ED25519, RSA_SHA256

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def written(key: Any) -> bytes:
    """A private key as a secret."""
    form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b64encode(key.private_bytes(*form))


EDWARDS = written(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
RSA = written(generate_private_key(65537, 2048))


def app(*secrets: bytes, **options: Any) -> Source:
    """An app's source with key pairs of our own."""
    return source_of("gohighlevel", options, secrets=secrets, path_token=PATH)


def signed(*secrets: bytes, body: bytes = b"{}") -> Request:
    """A request signed with each of these keys."""
    request = json_request(body, path_token=PATH)
    headers = [pair for secret in secrets for pair in request_headers(request, app(secret))]
    return replace(request, headers=tuple(headers))


def request_headers(request: Request, source: Source) -> tuple[tuple[str, str], ...]:
    """What the sender adds."""
    return source.provider.sign(request, source, NOW)


def passes(request: Request, source: Source) -> bool:
    """Whether the source takes the request now."""
    try:
        return bool(source.provider.authenticate(request, source, NOW))
    except NotAuthentic:
        return False


def event_of(body: JsonValue) -> Event:
    """The one event of a body."""
    source, request = app(), json_request(orjson.dumps(body))
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_each_signature_passes_by_its_key() -> None:
    """The older one only while it is allowed."""
    assert passes(signed(EDWARDS), app(EDWARDS, RSA))
    assert passes(signed(RSA), app(EDWARDS, RSA))
    assert not passes(signed(RSA), app(EDWARDS, legacy=False))
    assert not passes(json_request(b"{}", path_token=PATH), app(EDWARDS, RSA))
    assert not passes(signed(EDWARDS), app())


@pytest.mark.parametrize("newer", ["N/A", "", "AAAA", b64encode(bytes(64)).decode()])
def test_a_newer_header_is_the_only_one_that_counts(newer: str) -> None:
    """A good older signature does not make up for it, nor does the newer one twice."""
    older = signed(RSA)
    assert passes(older, app(RSA))
    assert not passes(replace(older, headers=(*older.headers, ("x-ghl-signature", newer))), app(EDWARDS, RSA))
    twice = signed(EDWARDS, EDWARDS)
    assert not passes(twice, app(EDWARDS))


@pytest.mark.parametrize(
    ("stamp", "taken"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=119), True),
        (NOW - timedelta(minutes=121), False),
        (NOW + timedelta(minutes=4), True),
        (NOW + timedelta(minutes=6), False),
        ("soon", False),
        ({}, False),
        (None, True),
    ],
)
def test_a_signed_time_must_be_near(stamp: Any, taken: bool) -> None:
    """Two hours back, because a delivery answered 429 comes again that long."""
    text = stamp.isoformat() if isinstance(stamp, datetime) else stamp
    body = orjson.dumps({"timestamp": text})
    assert passes(signed(EDWARDS, body=body), app(EDWARDS)) is taken


def test_a_signed_body_nobody_can_read_is_taken() -> None:
    """It becomes an event that shows what is wrong."""
    assert passes(signed(EDWARDS, body=b"{"), app(EDWARDS))


def test_the_published_keys_are_keys() -> None:
    """A source without secrets relies on them."""
    for scheme in (ED25519, RSA_SHA256):
        assert public_key((scheme.published or "").encode(), scheme.algorithm) is not None
    assert source_problems(app()) == []
    assert "path_token" in source_problems(replace(app(), path_token=None))[0]


def test_a_busy_gateway_says_429() -> None:
    """Nothing else is tried again, for more than an hour at most."""
    provider = app().provider
    assert provider.busy_status == 429
    assert provider.dedupe_window >= timedelta(hours=2)


def test_a_workflow_needs_its_header_and_its_address() -> None:
    """A signature is of no use there."""
    source = source_of("gohighlevel", {"signed": False, "header": "X-Key"}, secrets=[b"k"], path_token=PATH)
    here = replace(json_request(b"{}", path_token=PATH), headers=(("x-key", "k"),))
    assert source_problems(source) == []
    assert passes(here, source)
    assert request_headers(here, source) == (("x-key", "k"),)
    for wrong in (replace(here, headers=()), replace(here, path_token="elsewhere"), signed(EDWARDS)):
        assert not passes(wrong, source)


@pytest.mark.parametrize(
    ("options", "secrets", "says"),
    [
        ({"signed": False}, (), "needs a `header` and `secrets`"),
        ({"signed": False, "header": "X-Key"}, (), "`header` needs `secrets`"),
        ({"header": "X-Key"}, (), "a signed webhook needs none"),
        ({}, (b"a shared secret",), "secret 1 is no public key"),
        ({"legacy": False}, (EDWARDS, RSA), "secret 2 is no public key"),
    ],
)
def test_a_source_must_be_of_one_kind(options: dict[str, Any], secrets: tuple[bytes, ...], says: str) -> None:
    """Said as the configuration loads."""
    source = source_of("gohighlevel", options, secrets=secrets, path_token=PATH)
    assert says in " ".join(source.provider.check(source))


@pytest.mark.parametrize(
    ("body", "person"),
    [
        (
            {"type": "ContactCreate", "id": "c1", "phone": "+1", "firstName": "Ana"},
            Person(phone="+1", first_name="Ana", contact_id="c1"),
        ),
        (
            {"type": "ContactUpdate", "data": {"id": "c1", "phone": 12125550123}},
            Person(phone="12125550123", contact_id="c1"),
        ),
        ({"contact_id": "c1", "full_name": "Ana P"}, Person(first_name="Ana", last_name="P", contact_id="c1")),
        ({"type": "OpportunityCreate", "id": "o1", "contactId": "c1", "name": ""}, Person(contact_id="c1")),
        ({"type": "ContactCreate", "last_name": "P", "name": "B C", "phone": {}}, Person(last_name="P")),
        ([1], Person()),
    ],
)
def test_the_contact_is_found_in_every_shape(body: JsonValue, person: Person) -> None:
    """Flat, inside `data`, or as a workflow writes it."""
    assert event_of(body).person == person


def test_an_event_is_known_by_its_webhook_id() -> None:
    """A workflow has none."""
    event = event_of({"type": "ContactCreate", "webhookId": "w1", "timestamp": "2026-03-04T11:00:00Z"})
    assert (event.type, event.key) == ("ContactCreate", ("w1",))
    assert event.occurred_at == datetime(2026, 3, 4, 11, tzinfo=UTC)
    assert (event_of({}).type, event_of({}).key) == ("workflow", None)
