"""Raw bytes at the socket of a receiver process: malformed, smuggled, flooded. And what its log then holds."""

import json
import random
import socket
from collections import Counter
from collections.abc import Iterator

import httpx
import plain_http
import pytest
from faults.overload import Receiver, receiver
from faults.rig import API_KEY, SENDER

SECRET = SENDER["Authorization"].removeprefix("Bearer ")
PHONE = "+14155550123"
TRIES = 400
HEAD = b"POST /hooks/mad HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + SECRET.encode() + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
INNER = b"GET /v1/calls HTTP/1.1\r\nHost: x\r\n\r\n"
SHAPES = {
    "length and chunks": HEAD + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n" + INNER,
    "two lengths in one": HEAD + b"Content-Length: 0, 40\r\n\r\n" + INNER,
    "a folded header": HEAD + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "a folded length": HEAD + b"Content-Length:\r\n 2\r\n\r\n{}",
    "chunked twice": HEAD + CHUNKED * 2 + b"\r\n0\r\n\r\n",
    "chunked, spelt otherwise": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
    "a bad chunk size": HEAD + CHUNKED + b"\r\nzz\r\n\r\n",
    "an endless chunk size": HEAD + CHUNKED + b"\r\n" + b"f" * 5000 + b"\r\n",
    "a NUL in a header": HEAD + b"X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a NUL in the target": b"POST /hooks/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is not UTF-8": b"POST /hooks/%ff%fe\xff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a giant target": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a giant header": HEAD + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    "a flood of headers": HEAD + b"X: y\r\n" * 20_000 + b"\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100a5010000a1030300") + bytes(200),
    "an upgrade": b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
    "only line ends": b"\r\n" * 5000,
}


@pytest.fixture(scope="module")
def on() -> Iterator[Receiver]:
    """A receiver process that logs everything."""
    with receiver(level="debug") as running:
        yield running


def heard(on: Receiver, data: bytes) -> bytes:
    """Everything that comes back until the connection ends; we say nothing more after these bytes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", on.port), timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except OSError:  # it was refused before all of it was sent
            return answer
    return answer


def statuses(answer: bytes) -> list[int]:
    """The status of each answer."""
    return [int(part[9:12]) for part in answer.split(b"\r\n") if part.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_known_trick_is_refused(on: Receiver, shape: str) -> None:
    """What must hold: no 5xx, no hang, and no second request that was hidden in the first is ever answered 200."""
    found = statuses(heard(on, SHAPES[shape]))
    assert all(status < 500 for status in found), found
    if "lengths" in shape or "length and" in shape:
        assert 400 in found
        assert 200 not in found
    assert plain_http.get(f"{on.url}/healthz").status_code == 200


def mangled(rng: random.Random) -> bytes:
    """One of the shapes, or a sound request, with bytes changed, cut out, doubled or put in."""
    lead = json.dumps({"id": f"f{rng.random()}", "contact": "c", "phone": PHONE}).encode()
    sound = HEAD + b"Content-Length: %d\r\n\r\n" % len(lead) + lead
    data = bytearray(rng.choice([sound, *(shape[:4000] for shape in SHAPES.values())]))
    for _ in range(rng.randrange(6)):
        at, size = rng.randrange(len(data)), rng.randrange(1, 9)
        data[at : at + rng.choice([0, size])] = rng.choice(
            [rng.randbytes(size), b"", b"\r\n", b"\0", b"Content-Length: 9\r\n", bytes(data[at : at + size]) * 2]
        )
        data = data or bytearray(b"x")
    return bytes(data)


def test_mangled_bytes_are_no_5xx_and_leave_no_trace(on: Receiver) -> None:
    """What must hold: whatever arrives, no 5xx and no hang; the receiver serves on; its log holds no traceback, no
    secret and no phone number, though all of them were sent.
    """
    rng, seen = random.Random(20261122), Counter[int]()
    for _ in range(TRIES):
        seen.update(statuses(heard(on, mangled(rng))))
    assert {status for status in seen if status >= 500} == set(), seen
    assert {200, 400} <= set(seen)
    client = httpx.Client(base_url=on.url, trust_env=False)
    with client:
        lead = {"id": "after", "contact": PHONE, "phone": PHONE}
        assert client.post("/hooks/mad", json=lead, headers=SENDER).status_code == 200
        assert client.post(f"/hooks/mad/{SECRET}?token={SECRET}&phone={PHONE}", json=lead).status_code == 401
        assert client.get("/v1/calls", headers={"Authorization": f"Bearer {API_KEY}"}).status_code == 200
        assert client.get("/v1/calls", headers={"Authorization": f"Bearer x{API_KEY}"}).status_code == 401
    log = (on.folder / "serve.log").read_text()
    assert '"delivery"' in log
    for never in ("Traceback", "unexpected_error", SECRET, API_KEY, PHONE, PHONE[1:]):
        assert never not in log, never
