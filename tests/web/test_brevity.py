"""Refusals before anything is parsed: the same promise, and no way to hide a request behind one."""

import socket
from collections.abc import Iterator

import pytest
from receiver import Receiver, running, settings_for
from waiting import eventually

from gateway.embedded import EmbeddedValkey
from gateway.web.front import Front

POST = b"POST /hooks/%s HTTP/1.1\r\nHost: x\r\n"
WHOLE = POST % b"bearer" + b"Content-Length: 2\r\n\r\n{}"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def look_away(front: Front) -> None:
    """In the watch's place, which would find that there is room."""
    del front


@pytest.fixture(scope="module")
def unwatched(valkey_server: EmbeddedValkey) -> Iterator[Receiver]:
    """A receiver whose room is what the test says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.app.watch_load", look_away)
        with running(settings_for(valkey_server.url)) as receiver:
            yield receiver


@pytest.fixture
def full(unwatched: Receiver, valkey_url: str) -> Receiver:
    """A receiver whose room is taken, on an empty ledger."""
    del valkey_url
    unwatched.front.admission.full = "the test says so"
    return unwatched


def answers(site: Receiver, *parts: bytes, count: int = 1) -> bytes:
    """What comes back for these bytes, up to so many answers."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        heard = b""
        for part in parts:
            connection.sendall(part)
        while heard.count(b"HTTP/1.1 ") < count or not heard.endswith(b"}"):
            received = connection.recv(65536)
            if not received:
                break
            heard += received
        return heard


@pytest.mark.parametrize("source", [b"bearer", b"hidden/0000", b"nowhere", b"bearer?token=x", b"%00", b"\xff\xfe"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_full_door_says_when_to_come_again(full: Receiver, source: bytes, whole: bool) -> None:
    """What must hold: 503 with Retry-After for every address alike, in one piece or two, and nothing is stored."""
    head = POST % source + b"Content-Length: 2\r\n\r\n"
    heard = answers(full, head + b"{}") if whole else answers(full, head)
    expected = b"HTTP/1.1 400 " if source == b"\xff\xfe" and not whole else b"HTTP/1.1 503 "
    assert heard.startswith(expected)
    assert (b"\r\nretry-after: 2\r\n" in heard.lower()) == (expected != b"HTTP/1.1 400 ")
    full.front.admission.full = ""
    assert full.api("GET", "/v1/events").json()["items"] == []


def test_the_connection_goes_on(full: Receiver) -> None:
    """What must hold: the same connection asks for health between two refusals, and is taken once there is room."""
    with socket.create_connection(("127.0.0.1", full.port), timeout=20) as connection:
        for request, status in ((WHOLE, b"503"), (HEALTH, b"200"), (WHOLE, b"503"), (WHOLE, b"503")):
            connection.sendall(request)
            assert connection.recv(65536)[9:12] == status
        full.front.admission.full = ""
        connection.sendall(WHOLE)
        assert connection.recv(65536)[9:12] == b"401"


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"Content-Length: 0\r\n\r\n" + HEALTH,
        b"Content-Length: 4\r\n\r\n{}",
        b"Content-Length: +2\r\n\r\n{}",
        b"Content-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"\r\n{}",
    ],
)
def test_whatever_is_unusual_is_parsed(full: Receiver, lines: bytes) -> None:
    """What must hold: only one whole, plainly delimited request is refused unparsed: its bytes can hide no other."""
    refused = full.front.admission.refused["the test says so"]
    heard = answers(full, POST % b"bearer" + lines)
    assert heard[9:12] in {b"400", b"503", b"200"}
    assert b"x-request-id" in heard.lower() or heard[9:12] == b"400"
    assert full.front.admission.refused["the test says so"] - refused <= 1


def test_a_rush_of_connections_is_taken_at_once(site: Receiver) -> None:
    """What must hold: hundreds of connections that come together are all taken and answered."""
    rush = [socket.create_connection(("127.0.0.1", site.port), timeout=20) for _ in range(200)]
    for connection in rush:
        connection.sendall(HEALTH)
    assert eventually(lambda: all(connection.recv(65536)[9:12] == b"200" for connection in rush))
    for connection in rush:
        connection.close()
