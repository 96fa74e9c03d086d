"""Public keys in every form senders hand out, and what is none."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.public_keys import PublicAlgorithm, is_signed_by, private_key, public_key, signature_by

SEED = bytes(range(32))
ED25519 = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = ED25519.public_key().public_bytes_raw()
RSA = rsa(65537, 2048)
INFO = PublicFormat.SubjectPublicKeyInfo
PKCS8 = PrivateFormat.PKCS8
RSA_PEM = RSA.public_key().public_bytes(Encoding.PEM, INFO)
ED25519_PEM = ED25519.public_key().public_bytes(Encoding.PEM, INFO)


def written(key: bytes) -> bytes:
    """Base64."""
    return b64encode(key)


@pytest.mark.parametrize(
    "text",
    [
        ED25519_PEM,
        ED25519_PEM.replace(b"\n", b"\\n"),
        b"  " + ED25519_PEM + b"\n",
        written(ED25519.public_key().public_bytes(Encoding.DER, INFO)),
        written(PUBLIC),
        written(PUBLIC).rstrip(b"="),
        b"whpk_" + written(PUBLIC),
        b"whsk_" + written(SEED + PUBLIC),
        b"whsk_" + written(SEED),
        ED25519.private_bytes(Encoding.PEM, PKCS8, NoEncryption()),
    ],
)
def test_an_ed25519_key_is_read_in_every_form(text: bytes) -> None:
    """PEM with real or written line breaks, DER or raw bytes in base64, Standard Webhooks' prefixes, a private half."""
    key = public_key(text, "ed25519")
    assert key is not None
    assert is_signed_by(key, ED25519.sign(b"message"), b"message")
    assert not is_signed_by(key, ED25519.sign(b"message"), b"massage")
    assert public_key(text, "rsa-sha256") is None


@pytest.mark.parametrize(
    "text",
    [
        RSA_PEM,
        written(RSA.public_key().public_bytes(Encoding.DER, INFO)),
        written(RSA.private_bytes(Encoding.DER, PKCS8, NoEncryption())),
    ],
)
def test_an_rsa_key_is_read_in_every_form(text: bytes) -> None:
    """PEM, or DER in base64."""
    key = public_key(text, "rsa-sha256")
    assert key is not None
    assert is_signed_by(key, signature_by(RSA, b"message"), b"message")
    assert not is_signed_by(key, b"\0" * 256, b"message")
    assert not is_signed_by(key, b"", b"message")
    assert public_key(text, "ed25519") is None


CURVE = elliptic(SECP256R1())


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa-sha256"])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"secret",
        b"whpk_",
        b"whpk_AAAA",
        b"whsk_AAAA",
        b"whsk_" + b64encode(SEED + SEED),
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        CURVE.public_key().public_bytes(Encoding.PEM, INFO),
        ED25519.private_bytes(Encoding.PEM, PKCS8, BestAvailableEncryption(b"password")),
        rsa(65537, 1024).public_key().public_bytes(Encoding.PEM, INFO),
    ],
)
def test_anything_else_is_no_key(text: bytes, algorithm: PublicAlgorithm) -> None:
    """Another curve, a weak or encrypted key, halves that do not belong together, or no key at all."""
    assert public_key(text, algorithm) is None
    assert private_key(text, algorithm) is None


def test_only_a_private_key_signs() -> None:
    """A public key stands for no private one."""
    assert private_key(b"whsk_" + written(SEED + PUBLIC), "ed25519") is not None
    assert private_key(b"whsk_" + written(SEED + PUBLIC), "rsa-sha256") is None
    assert private_key(b"whpk_" + written(PUBLIC), "ed25519") is None


@given(st.binary(max_size=100) | st.binary(max_size=100).map(b64encode))
def test_any_text_is_a_key_or_none(text: bytes) -> None:
    """Never an error."""
    for algorithm in ("ed25519", "rsa-sha256"):
        public_key(text, algorithm)
