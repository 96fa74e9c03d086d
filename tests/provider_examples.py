"""The sources of every provider's page, ready to use, and the requests its senders would make to them."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from inbound import NOW, request_of

from gateway.auth.schemes import source_problems
from gateway.contracts import Sample, Source
from gateway.model import Request
from gateway.providers import load_providers
from gateway.rules.config import SourceConfig

PAGES = Path(__file__).parent.parent / "docs" / "providers"
PROVIDERS = load_providers()
FORMS = ("text", "ed25519", "rsa")


@cache
def made_up_secret(form: str, number: int) -> str:
    """A secret for tests. `text` is readable as text, hex and base64; the others are private keys.

    With a private key a source verifies by its public half, and can also sign as its sender would.
    """
    if form == "text":
        return sha256(b"secret %d" % number).hexdigest()
    if form == "ed25519":
        seed = sha256(b"key %d" % number).digest()
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return "whsk_" + b64encode(seed + public).decode()
    key = generate_private_key(65537, 2048)
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def example_sources(name: str) -> dict[str, Source]:
    """The sources of the provider's page, with made-up secrets for ${NAME}, and all able to sign samples."""
    return {source: loaded(source, entry) for source, entry in example_entries(name).items()}


def example_entries(name: str) -> dict[str, dict[str, Any]]:
    """The same as they would stand under `sources:`.

    None for a provider without a page: that is told by the test for pages, not by every other.
    """
    path = PAGES / f"{name}.md"
    page = path.read_text(encoding="utf-8") if path.is_file() else ""
    entries: dict[str, dict[str, Any]] = {}
    for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
        for source in yaml.safe_load(block)["sources"]:
            found = next(_usable(source, block), None) or _filled(source, block, "text")
            entries[source] = _signing(source, found)
    return entries


def _usable(source: str, block: str) -> Iterator[dict[str, Any]]:
    made = (_filled(source, block, form) for form in FORMS)
    return (one for one in made if not source_problems(loaded(source, one)))


def _filled(source: str, block: str, form: str) -> dict[str, Any]:
    numbers = iter(range(100))
    text = re.sub(r"\$\{\w+\}", lambda _: made_up_secret(form, next(numbers)), block)
    entry: dict[str, Any] = yaml.safe_load(text)["sources"][source]
    return {**entry, "path_token": made_up_secret("text", 50)} if "path_token" in entry else entry


def loaded(source: str, entry: dict[str, Any]) -> Source:
    """One source as the loader makes it."""
    config = SourceConfig.model_validate(entry)
    provider = PROVIDERS[config.provider]
    return Source(
        name=source,
        provider=provider,
        options=provider.options.model_validate(config.model_extra),
        secrets=tuple(secret.get_secret_value().encode() for secret in config.secrets),
        path_token=config.path_token.get_secret_value() if config.path_token else None,
    )


def other_secret(source: Source, number: int = 99) -> bytes:
    """A secret of the same form as the source's own, and none of them; each number gives another."""
    made = (made_up_secret(form, number).encode() for form in FORMS)
    return next(one for one in made if not source_problems(replace(source, secrets=(one,))))


def _signing(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry itself, or, where only the sender could sign for it, the same with a key pair of our own."""
    source = loaded(name, entry)
    try:
        sent(source, source.provider.samples()[0])
    except ValueError:
        return {**entry, "secrets": [other_secret(source, 98).decode()]}
    return entry


def sent(source: Source, sample: Sample, seed: int = 1) -> Request:
    """The sample as its sender would send it."""
    return signed(unsigned(source, sample, seed), source)


def unsigned(source: Source, sample: Sample, seed: int = 1, now: datetime = NOW) -> Request:
    """The sample without any proof."""
    body, query = sample.make(now, Random(seed)), ""
    if sample.method == "GET":
        query, body = body.decode(), b""
    headers = [*sample.headers(now, Random(seed)), ("Content-Type", sample.content_type)]
    return request_of(body, headers, method=sample.method, query=query, path_token=source.path_token)


def signed(request: Request, source: Source, now: datetime = NOW) -> Request:
    """The request with all its sender proves itself by: in the query, the body, and headers."""
    token = source.provider.sign_query(source)
    if token:
        address = request.url + ("&" if "?" in request.url else "?") + token
        request = replace(request, query="&".join(filter(None, (request.query, token))), url=address)
    if request.method != "GET":
        request = replace(request, body=source.provider.sign_body(request, source))
    return replace(request, headers=(*request.headers, *source.provider.sign(request, source, now)))
