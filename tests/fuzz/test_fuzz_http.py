"""The same storm over HTTP: a real receiver with the sources of all providers' pages, and never a 5xx."""

import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from fuzz.trial import configuration, drawn, every_source
from receiver import Receiver, running, settings_for

from gateway.model import Request
from gateway.web.patience import HEAD_BYTES

REQUESTS = 500


def head_of(request: Request) -> bytes:
    """The request line and headers, byte by byte: no client's tidying between the storm and the receiver."""
    target = "/" + request.url.partition("://")[2].partition("/")[2]
    unsendable = str.maketrans(dict.fromkeys("\r\n\0"))
    headers = [*request.headers, ("host", "hooks.example.com"), ("connection", "close")]
    lines = [
        f"{request.method} {target} HTTP/1.1",
        *(f"{name}: {value.translate(unsendable)}" for name, value in headers),
    ]
    text = "\r\n".join([*lines, f"content-length: {len(request.body)}", "", ""])
    return text.encode("latin-1")


def status_of(site: Receiver, request: Request) -> int | None:
    """The answer's status; None where the receiver hung up without one."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        try:
            connection.sendall(head_of(request) + request.body)
            answer = connection.makefile("rb").readline()
        except ConnectionError:
            return None
    return int(answer.split(b" ")[1]) if answer else None


@pytest.mark.timeout(300)
def test_no_request_to_any_provider_is_a_5xx(valkey_url: str, tmp_path: Path) -> None:
    """500 requests: each is answered, but for heads over the bound; and the receiver serves on."""
    sources = every_source()
    with running(settings_for(valkey_url, config=configuration(tmp_path))) as site:
        statuses: Counter[int] = Counter()
        for number in range(REQUESTS):
            source = sources[number % len(sources)]
            request = drawn(source, Random(f"http {number}"), datetime.now(UTC))
            status = status_of(site, request)
            assert status is not None or len(head_of(request)) > HEAD_BYTES, f"{number}: {source.name} hung up"
            assert status is None or status < 500, f"{number}: {source.name} answered {status}"
            statuses[status or 0] += 1
        events = site.api("GET", "/v1/events").json()["items"]
    assert statuses[200] > REQUESTS / 5
    assert statuses[401] > REQUESTS / 10
    assert events
