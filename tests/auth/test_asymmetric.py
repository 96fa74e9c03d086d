"""Signatures by a key pair, in a header."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import NOW, request_of, source_of
from provider_examples import made_up_secret
from pydantic import ValidationError

from gateway.auth.asymmetric import Asymmetric
from gateway.auth.signatures import Pairs
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Source
from gateway.errors import NotAuthentic

PLAIN = Asymmetric(header="X-Signature")
RSA = Asymmetric(header="X-Signature", algorithm="rsa-sha256", encoding="hex")
TIMED = Asymmetric(
    header="X-Signature",
    pairs=Pairs(signature="v1a", separator=" ", joiner=","),
    signed="{timestamp}.{body}",
    timestamp=Timestamp(header="X-Time"),
)
SCHEMES = {"plain": PLAIN, "rsa": RSA, "timed": TIMED}
EACH = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
REQUEST = request_of(b'{"phone":"1"}')


def source_for(scheme: Asymmetric, *numbers: int) -> Source:
    """A source with key pairs of this kind."""
    form = "rsa" if scheme.algorithm == "rsa-sha256" else "ed25519"
    return source_of("generic", secrets=[made_up_secret(form, number).encode() for number in numbers])


@EACH
def test_what_a_key_signs_passes_by_its_public_half(scheme: Asymmetric) -> None:
    """Either live key; another key, another body or another signature does not."""
    request = replace(REQUEST, headers=scheme.sign(REQUEST, source_for(scheme, 2), NOW))
    assert scheme.verify(request, source_for(scheme, 1, 2), NOW) == "asymmetric, secret 2 of 2"
    for wrong in (source_for(scheme, 1), source_for(scheme), source_of("generic")):
        with pytest.raises(NotAuthentic):
            scheme.verify(request, wrong, NOW)
    for body in (b'{"phone":"2"}', b""):
        with pytest.raises(NotAuthentic):
            scheme.verify(replace(request, body=body), source_for(scheme, 2), NOW)


def test_a_published_key_needs_no_secret() -> None:
    """It counts only where the source has none of its own, and nobody but the sender can sign."""
    own = source_for(PLAIN, 1)
    request = replace(REQUEST, headers=PLAIN.sign(REQUEST, own, NOW))
    scheme = PLAIN.model_copy(update={"published": made_up_secret("ed25519", 1)})
    bare = source_for(PLAIN)
    assert scheme.verify(request, bare, NOW) == "asymmetric, the sender's published key"
    assert scheme.check(bare) == []
    with pytest.raises(NotAuthentic):
        scheme.verify(request, source_for(PLAIN, 2), NOW)
    with pytest.raises(ValueError, match="only the sender"):
        scheme.sign(REQUEST, bare, NOW)


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_signed_time_grows_old(late: timedelta) -> None:
    """In both directions."""
    source = source_for(TIMED, 1)
    request = replace(REQUEST, headers=TIMED.sign(REQUEST, source, NOW))
    assert TIMED.verify(request, source, NOW + late / 2)
    with pytest.raises(NotAuthentic, match="replay window"):
        TIMED.verify(request, source, NOW + late)


def test_what_is_wrong_with_its_keys_is_said() -> None:
    """A shared secret in their place, or none at all."""
    assert PLAIN.check(source_of("generic", secrets=[b"secret"])) == [
        "secret 1 is no ed25519 public key: write PEM, base64, or whpk_…"
    ]
    assert PLAIN.check(source_for(PLAIN)) == ["asymmetric: the sender's public key must stand among the secrets"]
    partly = Asymmetric(header="X", signed="{body:first}", covers_body=False)
    assert partly.check(source_for(PLAIN, 1)) == [
        "asymmetric: the signature does not cover the body, so the source needs a path_token too"
    ]
    assert partly.check(replace(source_for(PLAIN, 1), path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")) == []
    assert PLAIN.query(source_for(PLAIN)) == ""


@pytest.mark.parametrize("signed", ["{secret}{body}", "{key}{body}"])
def test_nothing_secret_is_signed(signed: str) -> None:
    """A public key is no secret to mix in."""
    with pytest.raises(ValidationError, match="nothing secret"):
        Asymmetric(header="X", signed=signed)


@given(
    st.text(st.characters(max_codepoint=255), max_size=90)
    | st.binary(max_size=1500).map(lambda raw: b64encode(raw).decode())
)
def test_any_header_is_refused(text: str) -> None:
    """Whatever it holds, of whatever size: NotAuthentic."""
    for scheme in (PLAIN, TIMED):
        with pytest.raises(NotAuthentic):
            scheme.verify(request_of(b"{}", [("x-signature", text), ("x-time", "1")]), source_for(scheme, 1), NOW)
