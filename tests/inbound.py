"""Requests and sources for tests of what comes in: authentication, decoding, providers."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.contracts import Source
from gateway.model import Request
from gateway.providers import load_providers

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
URL = "https://gate.example.com/hooks/demo"

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


def request_of(
    body: bytes = b"{}",
    headers: Headers = (),
    *,
    method: str = "POST",
    query: str = "",
    url: str = "",
    path_token: str | None = None,
) -> Request:
    """A request as the web layer hands it on: header names in lower case, order and repeats kept."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Request(
        method=method,
        url=url or URL + (f"?{query}" if query else ""),
        query=query,
        headers=tuple((name.lower(), value) for name, value in pairs),
        body=body,
        remote="192.0.2.1",
        received_at=NOW,
        path_token=path_token,
    )


def json_request(body: bytes, **more: Any) -> Request:
    """A request with a JSON body."""
    return request_of(body, {"Content-Type": "application/json"}, **more)


def source_of(
    provider: str,
    options: Mapping[str, Any] | None = None,
    *,
    secrets: Iterable[bytes] = (b"first-secret", b"second-secret"),
    path_token: str | None = None,
) -> Source:
    """A source of a provider, its options validated as the loader does."""
    kind = load_providers()[provider]
    return Source(
        name="demo",
        provider=kind,
        options=kind.options.model_validate(options or {}),
        secrets=tuple(secrets),
        path_token=path_token,
    )
