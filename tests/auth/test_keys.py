"""Secrets as keys."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import source_of

from gateway.auth.keys import KeyForm, decode_base64, first_match, key_from, passed, wrong_keys


@pytest.mark.parametrize(
    ("form", "secret", "key"),
    [
        ("utf8", b"plain", b"plain"),
        ("utf8", b"whsec_kept", b"whsec_kept"),
        ("utf8", b"", None),
        ("hex", b"00ff", b"\x00\xff"),
        ("hex", b"0", None),
        ("hex", b"\xff", None),
        ("hex", b"", None),
        ("base64", b"AP8=", b"\x00\xff"),
        ("base64", b"AP8", b"\x00\xff"),
        ("base64", b"A", None),
        ("base64", b"AP8!", None),
        ("base64", b"", None),
        ("whsec", b"whsec_AP8=", b"\x00\xff"),
        ("whsec", b"AP8", b"\x00\xff"),
        ("whsec", b"whsec_", None),
    ],
)
def test_a_secret_becomes_a_key(form: KeyForm, secret: bytes, key: bytes | None) -> None:
    """Each form is decoded as its senders do; what is empty or malformed is no key."""
    assert key_from(secret, form) == key


@given(st.binary(max_size=40), st.sampled_from(["utf8", "hex", "base64", "whsec"]))
def test_any_secret_is_a_key_or_none(secret: bytes, form: KeyForm) -> None:
    """No secret makes it raise."""
    assert key_from(secret, form) is None or key_from(secret, form)


@given(st.binary(min_size=1, max_size=40))
def test_base64_with_and_without_padding(raw: bytes) -> None:
    """Padding is optional, the rest is strict."""
    text = b64encode(raw)
    assert decode_base64(text) == decode_base64(text.rstrip(b"=")) == raw


def test_the_first_match_is_named_after_all_were_tried() -> None:
    """Every secret is looked at, the first that passes counts."""
    tried: list[bytes] = []
    assert first_match([b"a", b"b", b"b"], lambda one: tried.append(one) or one == b"b") == 1
    assert tried == [b"a", b"b", b"b"]
    assert first_match([b"a"], lambda _: False) is None


def test_the_record_counts_secrets_from_one() -> None:
    """People count from one, and never see the secret."""
    assert passed("x", 0, source_of("generic")) == "x, secret 1 of 2"


def test_problems_name_the_secret_by_number() -> None:
    """The configuration's author learns which secret is wrong and how, not its text."""
    source = source_of("generic", secrets=(b"", b"\xff\xff"))
    assert wrong_keys(source, "base64") == [
        "secret 1 is empty",
        "secret 2 is not written in base64",
    ]
