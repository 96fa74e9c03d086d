"""Clients that keep us waiting, over real sockets: each is given up in time, and real senders are served meanwhile."""

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from receiver import BEARER, Receiver, running, settings_for
from waiting import eventually

from gateway.web import bodies, patience, server

HEAD = b"POST /hooks/bearer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test-bearer-secret-0002\r\n"
PING = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def connected(site: Receiver, *, window: int = 0) -> Iterator[socket.socket]:
    """A connection; a small receive window makes a slow reader of it."""
    with socket.socket() as connection:
        connection.settimeout(10)
        if window:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        connection.connect(("127.0.0.1", site.port))
        yield connection


def send_until_cut(connection: socket.socket, data: bytes, *, most: int) -> bool:
    """Whether the other side stops taking these bytes, again and again, before so many of them went."""
    with suppress(OSError):
        for _ in range(most // len(data)):
            connection.sendall(data)
        return False
    return True


def gone(connection: socket.socket) -> bool:
    """Whether the other side gave it up, seen without reading what it sent."""
    error = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    established = 1
    return bool(error) or info[0] != established


def test_an_answer_nobody_reads_is_given_up(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a client that asks on and never reads is cut off, whatever waits for it."""
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.1)
    with connected(site, window=4096) as connection:
        connection.settimeout(0.5)
        assert send_until_cut(connection, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 500, most=100_000_000)
        assert eventually(lambda: gone(connection))
    assert eventually(lambda: site.lead().status_code == 200)


def test_what_was_not_read_is_not_kept(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: who asked once and never reads hears at once that it is over; no answer waits in the kernel."""
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.1)
    with connected(site, window=4096) as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        assert eventually(lambda: gone(connection))


def test_a_slow_reader_that_reads_gets_all(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: who takes the answer, if slowly, is not cut off."""
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(patience, "ANSWER_BYTES_PER_SECOND", 1)
    with connected(site, window=4096) as connection:
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        taken = iter(lambda: connection.recv(2048), b"")
        assert b"".join(taken).endswith(b"}")


def test_a_body_that_drips_is_answered_408(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a body must be complete in time however many bytes still come; the connection is closed then."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    with connected(site) as connection:
        connection.sendall(HEAD + b"Content-Length: 4000\r\n\r\n")
        connection.settimeout(0.02)
        answer = b""
        while not answer:
            connection.sendall(b"x")
            with suppress(TimeoutError):
                answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()


def test_a_body_after_its_answer_is_not_read_for_ever(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a client that goes on sending a body already refused is cut off, soon and at a bound of bytes."""
    monkeypatch.setattr(patience, "SURPLUS_BYTES", 100_000)
    with connected(site) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        assert send_until_cut(connection, b"400\r\n" + b"x" * 1024 + b"\r\n", most=20_000_000)


def test_a_refused_body_that_stalls_is_given_up(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: after a refusal the rest of the body need not come, and is not waited for either."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.2)
    with connected(site) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\nx")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
        connection.sendall(b"x")
        assert connection.recv(65536) == b""


def test_an_idle_connection_is_closed(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a connection kept open after an answer is closed when nothing comes."""
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 0.2)
    with running(settings_for(valkey_url)) as site, connected(site) as connection:
        connection.sendall(PING)
        assert b" 200 " in connection.recv(65536)
        assert connection.recv(65536) == b""


@pytest.mark.parametrize("start", [b"", b"POST /hooks/bearer HT", HEAD + b"Content-Length: 90\r\n\r\n{", PING])
@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
def test_hundreds_of_half_open_connections_starve_nobody(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch, start: bytes, trusted: str
) -> None:
    """What must hold: with more half-open connections than there may be, from one address or behind a proxy, each real
    sender is served at once: the connections that have kept us waiting longest make room.
    """
    monkeypatch.setattr(server, "CONNECTIONS", 150)
    monkeypatch.setattr(server, "CONNECTIONS_EACH", 100)
    with running(settings_for(valkey_url, trusted_proxies=trusted)) as site, ExitStack() as held:
        half_open = []
        for number in range(400):
            half_open.append(held.enter_context(connected(site)))
            half_open[-1].sendall(start)
            if number % 40 == 0:
                assert site.lead().status_code == 200
        for _ in range(5):
            with connected(site) as real:
                real.sendall(HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                assert b" 200 " in real.recv(65536)
        kept = 150 if trusted else 100
        assert eventually(lambda: kept // 2 <= sum(not gone(one) for one in half_open) <= kept)


def test_what_does_not_fit_is_told_to_come_again(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: while every connection is being served, one more hears 503 with Retry-After at once."""
    monkeypatch.setattr(server, "CONNECTIONS", 0)
    with running(settings_for(valkey_url)) as site, connected(site) as connection:
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 2\r\n" in answer
        assert connection.recv(65536) == b""


def test_a_body_is_not_held_twice_over(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: when bodies still arriving fill the memory there is for them, the next hears 503, and is taken
    once there is room.
    """
    monkeypatch.setattr(site.front.admission, "_held_bytes", 3000)
    with connected(site) as slow:
        slow.sendall(HEAD + b"Content-Length: 3500\r\n\r\n" + b"x" * 2500)
        assert eventually(lambda: site.front.admission.held == 2500)
        answer = site.post("/hooks/bearer", b"y" * 1000, BEARER)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert eventually(lambda: site.front.admission.held == 0)
    assert site.post("/hooks/bearer", b"y" * 1000, BEARER).status_code == 200
