"""What the senders' own libraries sign is taken, what they would refuse is refused, and they take what we sign."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from fuzz.mutations import mutated_body
from provider_examples import other_secret
from senders.libraries import LIBRARIES, Library
from senders.tampering import takes, tampered, with_headers

from gateway.errors import NotAuthentic
from gateway.model import Request

EACH = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
SIGNERS = {name: library for name, library in LIBRARIES.items() if library.sign is not None}
EACH_SIGNER = pytest.mark.parametrize("library", SIGNERS.values(), ids=SIGNERS)


def signed_by(library: Library, request: Request, secret: bytes, now: datetime) -> Request:
    """The request as the library's sender would send it."""
    assert library.sign is not None
    return with_headers(request, library.sign(request, secret.decode(), now))


@EACH_SIGNER
def test_what_it_signs_is_taken_and_nothing_else(library: Library) -> None:
    """Every sample and a body hard to sign: taken under either live secret, refused with one byte changed."""
    now, source = datetime.now(UTC), library.example()
    second = other_secret(source)
    both = replace(source, secrets=(*source.secrets[:1], second))
    for name, request in library.requests(source, now).items():
        for secret in both.secrets:
            signed = signed_by(library, request, secret, now)
            assert takes(both, signed, now), name
            assert not [body for body in tampered(signed) if takes(both, body, now)], name
        assert not takes(both, signed_by(library, request, other_secret(source, 97), now), now), name


@EACH
def test_it_takes_what_we_sign_and_nothing_else(library: Library) -> None:
    """What `dialgate send` signs would pass at the sender's own library, and with one byte changed would not."""
    now, source = datetime.now(UTC), library.example()
    secret = source.secrets[0].decode()
    for name, request in library.requests(source, now).items():
        signed = with_headers(request, source.provider.sign(request, source, now))
        assert library.verifies(signed, secret), name
        assert not [body for body in tampered(signed) if library.verifies(body, secret)], name
        assert not library.verifies(signed, other_secret(source).decode()), name


def test_a_changed_address_is_refused_where_the_address_is_signed() -> None:
    """By Twilio's and HubSpot's own libraries as by our providers."""
    now = datetime.now(UTC)
    for name in ("twilio", "twilio, Event Streams", "hubspot, v2", "hubspot, v3"):
        library = LIBRARIES[name]
        source = library.example()
        for request in library.requests(source, now).values():
            signed = signed_by(library, request, source.secrets[0], now)
            elsewhere = replace(signed, url=signed.url.replace("gate.example.com", "gate.example.org"))
            assert not takes(source, elsewhere, now)
            assert not library.verifies(elsewhere, source.secrets[0].decode())


@pytest.mark.parametrize(
    "name", ["standardwebhooks", "svix", "stripe", "slack-sdk", "twilio", "hubspot, v3", "gidgethub"]
)
def test_both_judge_mangled_requests_alike(name: str) -> None:
    """Bodies mangled before or after they were signed: taken by ours where theirs takes them, and only there."""
    library, now = LIBRARIES[name], datetime.now(UTC)
    source, judged = library.example(), Counter[bool]()
    plain = list(library.requests(source, now).values())
    for number in range(400):
        draws = Random(f"{name} {number}")
        request = mutated_body(draws.choice(plain), draws)
        with suppress(NotAuthentic):  # a form that cannot be read cannot be signed
            signed = with_headers(request, source.provider.sign(request, source, now))
            sent = mutated_body(signed, draws) if draws.random() < 0.4 else signed
            with suppress(ValueError):  # theirs take nothing but text, and one reads it at once
                theirs = library.verifies(sent, source.secrets[0].decode())
                assert takes(source, sent, now) is theirs, (number, sent)
                judged[theirs] += 1
    assert judged[True] > 50
    assert judged[False] > 20
