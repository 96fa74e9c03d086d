"""What comes around a body, over real sockets: heads without end, trailers, requests at once, other protocols."""

import re
import socket
from contextlib import suppress

import pytest
from receiver import Receiver

from gateway.web.patience import HEAD_BYTES

TOKEN = b"Authorization: Bearer test-bearer-secret-0002\r\n"
HEAD = b"POST /hooks/bearer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
EVENT = re.compile(rb"ev_[0-9a-z]+")
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def heard(site: Receiver, data: bytes, *, piece: int = 1_000_000) -> bytes:
    """Everything that comes back until the connection ends; the data goes in pieces of so many bytes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection, suppress(ConnectionError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), piece):
            connection.sendall(data[start : start + piece])
        while part := connection.recv(65536):
            answer += part
    return answer


def cut(connection: socket.socket) -> bool:
    """Whether the other side stops taking bytes, again and again, before a great many went."""
    with suppress(OSError):
        for _ in range(10_000):
            connection.sendall(b"x" * HEAD_BYTES)
        return False
    return True


@pytest.mark.parametrize(
    "start",
    [
        b"POST /hooks/bearer?a=",
        HEAD + b"X: ",
        HEAD + TOKEN + b"Transfer-Encoding: chunked\r\n\r\n2;x=",
        HEAD + TOKEN + CHUNKED + b"0\r\nX: ",
    ],
    ids=["target", "header", "chunk extension", "trailer"],
)
def test_what_is_no_body_has_an_end(site: Receiver, start: bytes) -> None:
    """What must hold: bytes of a request that are no body are taken up to a bound, and then the connection ends."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(start)
        assert cut(connection)
    assert site.lead().status_code == 200


def test_a_head_without_end_is_told_so(site: Receiver) -> None:
    """What must hold: who sends too large a head hears 431, not silence."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(HEAD + b"X: ")
        for _ in range(5):
            connection.sendall(b"x" * (HEAD_BYTES // 4))
        assert connection.recv(65536).startswith(b"HTTP/1.1 431 ")


def test_a_trailer_is_no_header(site: Receiver) -> None:
    """What must hold: a proof that comes behind the body, where no proxy looks for one, proves nothing."""
    assert b" 401 " in heard(site, HEAD + CHUNKED + b"0\r\n" + TOKEN + b"\r\n" + LAST)
    assert b" 200 " in heard(site, HEAD + TOKEN + CHUNKED + b"0\r\nX: y\r\n\r\n" + LAST).split(b"\r\n")[0]


def test_requests_sent_at_once_are_answered_in_order(site: Receiver) -> None:
    """What must hold: of several requests in one piece each gets its own answer, in the order they were sent."""
    right = HEAD + TOKEN + b"Content-Length: 2\r\n\r\n{}"
    wrong = HEAD + b"Content-Length: 2\r\n\r\n{}"
    answer = heard(site, right + wrong + right + LAST)
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"401", b"200", b"200"]


def test_requests_sent_at_once_have_a_bound(site: Receiver) -> None:
    """What must hold: of thousands of requests in one piece the first are answered, and then the connection ends."""
    answer = heard(site, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 6000)
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert set(statuses) <= {b"200"}
    assert len(statuses) < 6000
    assert site.lead().status_code == 200


def test_a_whole_request_is_answered_whatever_follows(site: Receiver) -> None:
    """What must hold: what cannot be read behind a delivery takes nothing from it."""
    answer = heard(site, HEAD + TOKEN + b"Content-Length: 2\r\n\r\n{}" + b"\0\0 nonsense\r\n\r\n")
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200"]


def test_a_whole_request_is_answered_before_a_broken_one(site: Receiver) -> None:
    """What must hold: a body that cannot be read behind a delivery takes nothing from it either."""
    broken = HEAD + TOKEN + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"
    answer = heard(site, HEAD + TOKEN + b"Content-Length: 2\r\n\r\n{}" + broken)
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200"]


def test_one_request_has_one_answer(site: Receiver) -> None:
    """What must hold: of a body already refused, what cannot be read gets no second answer: it would be another's."""
    refused = HEAD + TOKEN + b"Transfer-Encoding: chunked\r\n\r\n80000\r\n" + b"x" * 0x80000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection, suppress(ConnectionError):
        connection.sendall(refused)
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        connection.sendall(b"nonsense\r\n")
        while part := connection.recv(65536):
            answer += part
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    "body",
    [b'Content-Length: 13\r\n\r\n{"id":"up-1"}', b'Transfer-Encoding: chunked\r\n\r\nd\r\n{"id":"up-1"}\r\n0\r\n\r\n'],
)
@pytest.mark.parametrize(("piece", "behind"), [(1, b""), (1000, LAST)])
def test_who_asks_for_another_protocol_is_served_in_this_one(
    site: Receiver, protocol: bytes, body: bytes, piece: int, behind: bytes
) -> None:
    """What must hold: a delivery with an Upgrade (Java's client and `curl --http2` send one) is taken with its body,
    however it comes, and the connection ends, as nobody can tell in which protocol it would go on.
    """
    [plain] = EVENT.findall(heard(site, HEAD + TOKEN + b'Connection: close\r\nContent-Length: 13\r\n\r\n{"id":"up-1"}'))
    wish = HEAD + TOKEN + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n" + body
    answer = heard(site, wish + behind, piece=piece)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert EVENT.findall(answer) == [plain]


@pytest.mark.parametrize("hosts", [b"", b"Host: x\r\nHost: y\r\n"])
def test_a_request_names_one_host(site: Receiver, hosts: bytes) -> None:
    """What must hold: with two hosts, or none, a proxy and we might mean different sites (RFC 9112, 3.2): 400."""
    assert heard(site, b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n").startswith(b"HTTP/1.1 400 ")
