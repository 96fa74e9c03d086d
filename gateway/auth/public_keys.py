"""Ed25519 and RSA keys in every form senders hand out: PEM, base64, `whpk_…`; and key pairs to sign samples with."""

from functools import lru_cache
from typing import Literal, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from gateway.auth.keys import decode_base64

PublicAlgorithm: TypeAlias = Literal["ed25519", "rsa-sha256"]
PublicKey: TypeAlias = Ed25519PublicKey | RSAPublicKey
PrivateKey: TypeAlias = Ed25519PrivateKey | RSAPrivateKey

_ED25519_BYTES = 32
_PAIR_BYTES = 64  # Standard Webhooks: the private key's seed, then the public key
_RSA_BITS = range(2048, 8193)  # less can be broken, more only burns our time
_WHPK, _WHSK = b"whpk_", b"whsk_"


def public_key(text: bytes, algorithm: PublicAlgorithm) -> PublicKey | None:
    """The public key a text stands for, or None if it is none of this algorithm.

    Taken: PEM (line breaks may be written as \\n), base64 of DER, base64 of an Ed25519 key's 32 bytes, `whpk_…`.
    A private key stands for its public half.
    """
    key = _parsed(text)
    if isinstance(key, Ed25519PrivateKey | RSAPrivateKey):
        key = key.public_key()
    return _fitting(key, algorithm)


def private_key(text: bytes, algorithm: PublicAlgorithm) -> PrivateKey | None:
    """The private key a text stands for (PEM, base64 of DER, `whsk_…`), or None if it is none of this algorithm."""
    key = _parsed(text)
    if isinstance(key, Ed25519PrivateKey | RSAPrivateKey) and _fitting(key.public_key(), algorithm) is not None:
        return key
    return None


def is_signed_by(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the key's owner signed the message: Ed25519, or RSA PKCS#1 v1.5 with SHA-256. Never raises."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def signature_by(key: PrivateKey, message: bytes) -> bytes:
    """The signature of a message, as `is_signed_by` takes it."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


@lru_cache(maxsize=64)
def _parsed(text: bytes) -> object:
    """Whatever key the text holds; None if it holds none."""
    stripped = text.strip().replace(b"\\n", b"\n")
    try:
        if stripped.startswith(b"-----BEGIN"):
            if b" PRIVATE KEY-----" in stripped:
                return load_pem_private_key(stripped, password=None)
            return load_pem_public_key(stripped)
        if stripped.startswith(_WHSK):
            return _pair(decode_base64(stripped.removeprefix(_WHSK)))
        raw = decode_base64(stripped.removeprefix(_WHPK))
        if len(raw) == _ED25519_BYTES:
            return Ed25519PublicKey.from_public_bytes(raw)
        return _from_der(raw)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _pair(raw: bytes) -> Ed25519PrivateKey | None:
    """The private key of a Standard Webhooks pair, if its two halves belong together."""
    if len(raw) not in {_ED25519_BYTES, _PAIR_BYTES}:
        return None
    key = Ed25519PrivateKey.from_private_bytes(raw[:_ED25519_BYTES])
    return key if raw[_ED25519_BYTES:] in {b"", key.public_key().public_bytes_raw()} else None


def _from_der(raw: bytes) -> object:
    try:
        return load_der_public_key(raw)
    except ValueError:
        return load_der_private_key(raw, password=None)


def _fitting(key: object, algorithm: PublicAlgorithm) -> PublicKey | None:
    if algorithm == "ed25519":
        return key if isinstance(key, Ed25519PublicKey) else None
    return key if isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS else None
