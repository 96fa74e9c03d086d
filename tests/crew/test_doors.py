"""The sockets of a crew: one port, one for each, and nobody else's."""

import socket
from contextlib import closing

import pytest

from gateway.crew.doors import Doors, close_doors, open_doors


def taken(doors: Doors) -> int:
    """How many connections wait there, now taken."""
    count = 0
    for door in doors:
        while True:
            try:
                connection, _ = door.accept()
            except BlockingIOError:
                break
            connection.close()
            count += 1
    return count


def test_all_members_listen_on_one_port_and_share_what_comes() -> None:
    """What must hold: each has a socket of its own on the same port, and connections go to all of them."""
    doors = open_doors("127.0.0.1", 0, 2)
    ports = {door.getsockname()[1] for each in doors for door in each}
    assert len(ports) == 1
    assert not any(door.get_inheritable() for each in doors for door in each)
    for each in doors:
        each[0].listen(256)
    visitors = [socket.create_connection(("127.0.0.1", *ports), timeout=10) for _ in range(64)]
    counts = [taken(each) for each in doors]
    assert sum(counts) == 64
    assert all(counts)
    for visitor in visitors:
        visitor.close()
    close_doors(doors)


@pytest.mark.parametrize("ours", [True, False])
def test_a_port_that_is_taken_is_told(ours: bool) -> None:
    """What must hold: neither a crew's port nor another program's is shared with a second crew."""
    doors = open_doors("127.0.0.1", 0, 2) if ours else [[socket.create_server(("127.0.0.1", 0))]]
    with closing(doors[0][0]):
        doors[0][0].listen()
        with pytest.raises(OSError, match="in use"):
            open_doors("127.0.0.1", doors[0][0].getsockname()[1], 2)
    close_doors(doors)


def test_a_name_with_several_addresses_has_a_door_at_each() -> None:
    """What must hold: of `localhost` every member has a socket for each address it has here."""
    expected = {one[4][0] for one in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
    doors = open_doors("localhost", 0, 2)
    assert [{door.getsockname()[0] for door in each} for each in doors] == [expected, expected]
    close_doors(doors)
