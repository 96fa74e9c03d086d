"""How much of a request is read, and how long for: over a raw socket, as a hostile client would."""

import asyncio
import socket
import time

import pytest
from receiver import Receiver

from gateway.errors import EncodingRefused, TooLarge
from gateway.web.bodies import ClientGone, TooSlow, read_body, replay_body

HEAD = (
    b"POST /hooks/bearer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test-bearer-secret-0002\r\n"
    b"Content-Type: application/json\r\n"
)
LIMIT = 4096  # of the source


def exchange(site: Receiver, *parts: bytes) -> bytes:
    """What comes back for these bytes; the connection is ours to keep open."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        answer = b""
        while b"\r\n\r\n" not in answer:
            received = connection.recv(65536)
            if not received:
                break
            answer += received
        return answer


def status_of(answer: bytes) -> int:
    """The status of a raw answer."""
    return int(answer.split(b" ", 2)[1])


def chunked(size: int) -> list[bytes]:
    """A chunked body of a size, in chunks of a kilobyte."""
    return [b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(size // 1024)] + [b"0\r\n\r\n"]


def test_a_length_over_the_limit_is_refused_unread(site: Receiver) -> None:
    """What must hold: 413 as soon as the length is known, before the body is sent, and nothing is stored."""
    assert status_of(exchange(site, HEAD + b"Content-Length: 1000000000\r\n\r\n")) == 413
    assert site.api("GET", "/v1/events").json()["items"] == []


def test_a_chunked_body_over_the_limit_is_refused(site: Receiver) -> None:
    """What must hold: a body that does not tell its length is cut off at the same limit."""
    assert status_of(exchange(site, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunked(LIMIT * 4))) == 413
    assert site.api("GET", "/v1/events").json()["items"] == []


def test_a_chunked_body_at_the_limit_is_read(site: Receiver) -> None:
    """What must hold: the limit itself is allowed, chunked or not."""
    assert status_of(exchange(site, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunked(LIMIT))) == 200
    assert status_of(exchange(site, HEAD + b"Content-Length: 4096\r\n\r\n", b"y" * LIMIT)) == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, identity", "x"])
def test_a_packed_body_is_refused(site: Receiver, encoding: str) -> None:
    """What must hold: a Content-Encoding we would have to unpack is 415, and nothing is stored."""
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    assert status_of(exchange(site, head)) == 415
    assert site.api("GET", "/v1/events").json()["items"] == []


@pytest.mark.parametrize("filler", [b"X-%d: " + b"a" * 1000, b"X-%d: b"])
def test_headers_are_bounded(site: Receiver, filler: bytes) -> None:
    """What must hold: too many bytes or too many lines of headers are refused, whichever layer sees them first."""
    lines = b"".join(filler % number + b"\r\n" for number in range(120))
    assert status_of(exchange(site, HEAD + lines + b"Content-Length: 2\r\n\r\n{}")) in {400, 431}


def test_a_client_that_hangs_up_leaves_nothing(site: Receiver) -> None:
    """What must hold: half a body is not a delivery."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"half":')
    answer = site.lead()
    assert answer.status_code == 200
    assert len(site.api("GET", "/v1/events").json()["items"]) == 1


@pytest.mark.anyio
async def test_a_body_that_drips_is_given_up() -> None:
    """What must hold: the whole body must arrive within the time given, however the sender spreads it."""

    parts = [{"type": "http.request", "body": b"x", "more_body": True}]

    async def drip() -> dict[str, object]:
        if not parts:
            await asyncio.Event().wait()
        return parts.pop()

    started = time.monotonic()
    with pytest.raises(TooSlow):
        await read_body(drip, [], limit=10_000, seconds=0.1)
    assert time.monotonic() - started < 5


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ([(b"content-length", b"11")], TooLarge),
        ([(b"content-encoding", b"gzip")], EncodingRefused),
        ([], ClientGone),
    ],
)
async def test_what_is_refused_is_not_read(headers: list[tuple[bytes, bytes]], error: type[Exception]) -> None:
    """What must hold: a refusal that the headers already decide reads nothing; a hang-up ends the reading."""
    asked = []

    async def gone() -> dict[str, object]:
        asked.append(1)
        return {"type": "http.disconnect"}

    with pytest.raises(error):
        await read_body(gone, headers, limit=10)
    assert len(asked) == (error is ClientGone)


@pytest.mark.anyio
async def test_a_body_is_given_again_once() -> None:
    """What must hold: the body read at the gate reaches the route whole, and then the connection speaks for itself."""

    async def gone() -> dict[str, object]:
        return {"type": "http.disconnect"}

    again = replay_body(b"abc", gone)
    assert await again() == {"type": "http.request", "body": b"abc", "more_body": False}
    assert await again() == {"type": "http.disconnect"}
