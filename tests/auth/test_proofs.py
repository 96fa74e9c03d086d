"""A provider's proof made of schemes."""

from datetime import timedelta

import pytest
from inbound import NOW, request_of, source_of

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.tokens import BEARER
from gateway.errors import NotAuthentic

PROOF = Proof(schemes=(Hmac(header="X-Signature"), BEARER))


def test_any_spelling_counts_and_the_first_signs() -> None:
    """What it signs it takes; the other spelling too; anything else is refused."""
    source, request = source_of("standard_webhooks"), request_of()
    signed = request_of(request.body, PROOF.sign(request, source, NOW))
    assert PROOF.authenticate(signed, source, NOW + timedelta(days=1)) == "hmac, secret 1 of 2"
    bearer = request_of(request.body, {"Authorization": "Bearer second-secret"})
    assert PROOF.authenticate(bearer, source, NOW) == "bearer token, secret 2 of 2"
    with pytest.raises(NotAuthentic):
        PROOF.authenticate(request, source, NOW)
    with pytest.raises(NotAuthentic):
        PROOF.authenticate(request_of(path_token="elsewhere", headers=signed.headers), source, NOW)


def test_it_checks_the_secrets() -> None:
    """By its first scheme, as the loader does."""
    assert PROOF.check(source_of("standard_webhooks")) == []
    assert PROOF.check(source_of("standard_webhooks", secrets=(b"",))) == ["secret 1 is empty"]
