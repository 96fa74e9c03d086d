"""From a source's live secrets to keys, and which of them passed."""

import binascii
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from gateway.contracts import Source

KeyForm: TypeAlias = Literal["utf8", "hex", "base64", "whsec"]
_WHSEC = b"whsec_"


def key_from(secret: bytes, form: KeyForm) -> bytes | None:
    """The key a secret stands for, or None if it is empty or not written in that form.

    `whsec` is base64 behind an optional `whsec_`; base64 may lack its padding (Standard Webhooks).
    """
    try:
        if form == "hex":
            return bytes.fromhex(secret.decode("ascii")) or None
        if form == "base64":
            return decode_base64(secret) or None
        if form == "whsec":
            return decode_base64(secret.removeprefix(_WHSEC)) or None
    except ValueError:
        return None
    return secret or None


def decode_base64(text: bytes) -> bytes:
    """Standard-alphabet base64, padded or not. Raises ValueError for anything else."""
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)


def first_match(secrets: Sequence[bytes], matches: Callable[[bytes], bool]) -> int | None:
    """The number (from 0) of the first secret that matches. Every secret is tried, whichever matches."""
    results = [matches(secret) for secret in secrets]
    return results.index(True) if True in results else None


def passed(scheme: str, position: int, source: Source) -> str:
    """How a passed scheme is recorded: its name and which live secret it was, never the secret."""
    return f"{scheme}, secret {position + 1} of {len(source.secrets)}"


def wrong_keys(source: Source, form: KeyForm) -> list[str]:
    """What is wrong with a source's secrets as keys of this form, in words for the configuration's author."""
    problems = []
    for number, secret in enumerate(source.secrets, start=1):
        if not secret:
            problems.append(f"secret {number} is empty")
        elif key_from(secret, form) is None:
            problems.append(f"secret {number} is not written in {_FORM_NAMES[form]}")
    return problems


_FORM_NAMES: dict[KeyForm, str] = {
    "utf8": "UTF-8",
    "hex": "hexadecimal",
    "base64": "base64",
    "whsec": "base64 (with or without whsec_ before it)",
}
