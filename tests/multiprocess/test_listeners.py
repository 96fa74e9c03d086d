"""The sockets of a group: one port, one for each, and nobody else's."""

import socket
from contextlib import closing

import pytest

from gateway.multiprocess.listeners import Listeners, open_listeners


def taken(listeners: Listeners) -> int:
    """How many connections wait there, now taken."""
    count = 0
    for listener in listeners:
        while True:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                break
            connection.close()
            count += 1
    return count


def test_all_members_listen_on_one_port_and_share_what_comes() -> None:
    """What must hold: each has a socket of its own on the same port, and connections go to all of them."""
    entrance = open_listeners("127.0.0.1", 0, 2)
    ports = {listener.getsockname()[1] for each in entrance.listeners for listener in each}
    assert len(ports) == 1
    assert not any(listener.get_inheritable() for each in (*entrance.listeners, entrance.claims) for listener in each)
    for each in entrance.listeners:
        each[0].listen(256)
    visitors = [socket.create_connection(("127.0.0.1", *ports), timeout=10) for _ in range(64)]
    counts = [taken(each) for each in entrance.listeners]
    assert sum(counts) == 64
    assert all(counts)
    for visitor in visitors:
        visitor.close()
    entrance.close()


def test_a_port_that_is_taken_is_told() -> None:
    """What must hold: another program's port is not shared with a group."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken_listener, pytest.raises(OSError, match="in use"):
        open_listeners("127.0.0.1", taken_listener.getsockname()[1], 2)


@pytest.mark.parametrize("listening", [False, True])
def test_a_groups_port_is_its_own(listening: bool) -> None:
    """What must hold: nor is a group's with another, also while nobody listens yet; when it is gone, it is free."""
    with closing(open_listeners("127.0.0.1", 0, 2)) as first:
        port = first.listeners[0][0].getsockname()[1]
        if listening:
            first.listeners[0][0].listen()
        with pytest.raises(OSError, match="in use"):
            open_listeners("127.0.0.1", port, 2)
        open_listeners("127.0.0.2", port, 2).close()
    open_listeners("127.0.0.1", port, 2).close()


def test_a_name_with_several_addresses_has_a_listener_at_each() -> None:
    """What must hold: of `localhost` every member has a socket for each address it has here."""
    expected = {one[4][0] for one in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
    with closing(open_listeners("localhost", 0, 2)) as entrance:
        assert [{listener.getsockname()[0] for listener in each} for each in entrance.listeners] == [expected, expected]
