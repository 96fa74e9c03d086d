"""uvicorn as we run it: bounded heads, bounded patience, nothing told about itself."""

import socket

import pytest
from receiver import Receiver
from waiting import eventually

from gateway.web import patience
from gateway.web.server import server_config


def closed(connection: socket.socket) -> bool:
    """Whether the other side has closed; waits for at most the socket's timeout."""
    try:
        return connection.recv(65536) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("start", [b"", b"POST /hooks/bearer HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_ends_is_given_up(site: Receiver, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    """What must hold: a client that sends no head, or half of one, is disconnected; also after a first request."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.2)
    for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
            if before:
                connection.sendall(before)
                assert b"200" in connection.recv(65536)
            connection.sendall(start or b"G")
            assert closed(connection)


def test_a_slow_body_is_not_cut_by_the_heads_clock(site: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: once the head is there, only the body's own bound counts."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.1)
    head = b"POST /hooks/bearer HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer test-bearer-secret-0002\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
        connection.sendall(head + b"Content-Length: 2\r\n\r\n")
        with socket.create_connection(("127.0.0.1", site.port), timeout=5) as other:
            assert closed(other)  # the clock of a connection opened later has run out
        connection.sendall(b"{}")
        assert b" 200 " in connection.recv(65536)


def test_a_kept_connection_serves_again(site: Receiver) -> None:
    """What must hold: a sender may post many times over one connection."""
    assert eventually(lambda: all(site.lead().status_code == 200 for _ in range(20)))


def test_the_server_trusts_and_tells_nothing() -> None:
    """What must hold: forwarded addresses are our setting's business, and addresses are never logged."""
    config = server_config("gateway.app:app", host="127.0.0.1", port=0)
    assert (config.proxy_headers, config.server_header, config.date_header, config.access_log) == (False,) * 4
